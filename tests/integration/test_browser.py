#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The page of actor-trace report in a browser: it sorts, filters, zooms, and has a dark side."""

import html
import json
import re
import shutil
import struct
import sys
import unittest
import zlib

from recording import Recorded
from support import PATIENCE

BROWSER = shutil.which("chromium") or shutil.which("chromium-headless-shell")

# Acts as a user does, then leaves what it found where the dump of the document shows it.
ACTS = """
<script>
'use strict';
(function () {
	var found = {};
	function column(table, index) {
		return Array.prototype.map.call(table.tBodies[0].rows, function (row) {
			return row.cells[index].dataset.v ? Number(row.cells[index].dataset.v)
				: row.cells[index].textContent;
		});
	}
	function fire(element, type, x, y) {
		element.dispatchEvent(new MouseEvent(type, {bubbles: true, clientX: x, clientY: y}));
	}
	var table = document.querySelector('#types table');
	table.tHead.rows[0].cells[3].click();
	found.down = column(table, 3);
	table.tHead.rows[0].cells[3].click();
	found.up = column(table, 3);
	var filter = document.querySelector('input.filter');
	filter.value = 'MATCHMAKER';
	filter.dispatchEvent(new Event('input'));
	found.filtered = Array.prototype.filter.call(
		document.querySelectorAll('#actors-table tbody tr'),
		function (row) { return !row.hidden; }).map(function (row) { return row.cells[0].textContent; });
	var plot = document.querySelector('.plot.zoom'), box = plot.getBoundingClientRect();
	var times = document.querySelector('.times');
	found.before = times.textContent;
	found.hidden = document.getElementById('reset').hidden;
	fire(plot, 'mousemove', box.left + 50, box.top + 20);
	found.tip = document.getElementById('tip').textContent;
	fire(plot, 'mousedown', box.left + box.width / 4, box.top + 20);
	fire(window, 'mousemove', box.left + box.width / 2, box.top + 20);
	fire(window, 'mouseup', box.left + box.width / 2, box.top + 20);
	found.after = times.textContent;
	found.views = Array.prototype.map.call(document.querySelectorAll('.plot.zoom svg'),
		function (svg) { return svg.getAttribute('viewBox').split(' ')[0] /
			svg.dataset.size.split(' ')[0]; });
	found.shown = !document.getElementById('reset').hidden;
	document.getElementById('reset').click();
	found.reset = times.textContent;
	var heat = document.querySelector('.plot[data-cells]'), at = heat.getBoundingClientRect();
	found.heat = [];
	for (var y = 0; y < at.height; y += 3)
		for (var x = 0; x < at.width; x += 7) {
			fire(heat, 'mousemove', at.left + x, at.top + y);
			found.heat.push(document.getElementById('tip').textContent);
		}
	found.heat = found.heat.filter(function (text) { return /messages/.test(text); }).slice(0, 5);
	found.wide = document.documentElement.scrollWidth <= innerWidth;
	document.documentElement.dataset.found = JSON.stringify(found);
})();
</script>
"""


class Browser(Recorded):
    def page(self):
        path = self.path("report.html")
        run = self.tracer("report", self.trace, "-o", path)
        self.assertEqual(run.returncode, 0, run.stderr)
        return path

    def browse(self, path, *arguments):
        run = self.run_program("timeout", str(int(2 * PATIENCE)), BROWSER, "--headless",
                               "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                               "--user-data-dir=" + self.path("profile"),
                               "--window-size=1280,900", *arguments, "file://" + path)
        self.assertEqual(run.returncode, 0, run.stderr)
        return run

    def test_acts_of_a_user(self):
        path = self.page()
        with open(path, "a", encoding="utf-8") as file:
            file.write(ACTS)
        dump = self.browse(path, "--dump-dom").stdout
        self.assertIn('data-ready="yes"', dump)
        found = json.loads(html.unescape(re.search(r'data-found="([^"]*)"', dump).group(1)))
        self.assertEqual(found["down"], sorted(found["down"], reverse=True))
        self.assertEqual(found["up"], sorted(found["up"]))
        self.assertGreater(len(set(found["up"])), 3)
        self.assertEqual(len(found["filtered"]), 1)
        self.assertIn("matchmaker", found["filtered"][0])
        self.assertRegex(found["tip"], r"messages/s")
        self.assertTrue(found["hidden"])
        self.assertNotEqual(found["before"], found["after"])
        self.assertTrue(found["shown"])
        for left in found["views"]:
            self.assertAlmostEqual(left, 0.25, delta=0.01)
        self.assertNotEqual(found["reset"], found["after"])
        self.assertEqual(len(found["heat"]), 5)
        self.assertTrue(found["wide"], "the page is wider than the window")

    def corner(self, path, scheme):
        """The colour of the first pixel: a row of a PNG begins with its filter, then the pixel."""
        shot = self.path(f"{scheme}.png")
        self.browse(path, "--screenshot=" + shot, "--blink-settings=preferredColorScheme=" +
                    ("0" if scheme == "dark" else "1"))
        with open(shot, "rb") as file:
            data = file.read()
        self.assertEqual(data[:8], b"\x89PNG\r\n\x1a\n")
        parts, at = b"", 8
        while at < len(data):
            size, kind = struct.unpack(">I4s", data[at:at + 8])
            if kind == b"IDAT":
                parts += data[at + 8:at + 8 + size]
            at += 12 + size
        return zlib.decompressobj().decompress(parts, 16)[1:4].hex()

    def test_light_and_dark(self):
        path = self.page()
        self.assertEqual(self.corner(path, "light"), "f6f7f9")
        self.assertEqual(self.corner(path, "dark"), "0f1318")


if __name__ == "__main__":
    if BROWSER is None:
        print("skipped: no chromium here; apt-get install chromium")
        sys.exit(77)
    unittest.main()
