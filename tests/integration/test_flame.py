#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""actor-trace flame: what is in the picture, and what a user does with it in a browser. The trace is
a stored one of examples/slow, so that it needs no privileges."""

import gzip
import html
import json
import os
import re
import shutil
import sqlite3
import unittest
import xml.etree.ElementTree

from support import PATIENCE, Case, program

BROWSER = shutil.which("chromium") or shutil.which("chromium-headless-shell")
DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data")
SVG = "{http://www.w3.org/2000/svg}"

# Acts as a user does, then leaves what it found in the document.
ACTS = """
<script><![CDATA[
'use strict';
(function () {
	var found = {}, on = document.getElementById('on');
	function frame(section, name) {
		return Array.prototype.filter.call(section.querySelectorAll('.f'), function (f) {
			return f.querySelector('text').dataset.n === name; })[0];
	}
	function width(f) { return Number(f.querySelector('rect').getAttribute('width')); }
	function shown(section) {
		return Array.prototype.filter.call(section.querySelectorAll('.f'), function (f) {
			return getComputedStyle(f).display !== 'none'; }).length;
	}
	function key(name) {
		document.documentElement.dispatchEvent(new KeyboardEvent('keydown', {key: name}));
	}
	var toucher = frame(on, 'toucher'), spinner = frame(on, 'spinner'), search =
		document.getElementById('search');
	found.all = shown(on);
	found.before = width(toucher);
	toucher.dispatchEvent(new MouseEvent('mouseover', {bubbles: true}));
	found.detail = document.getElementById('detail').textContent;
	toucher.dispatchEvent(new MouseEvent('click', {bubbles: true}));
	found.zoomed = width(toucher);
	found.hidden = getComputedStyle(spinner).display;
	found.few = shown(on);
	found.off = shown(document.getElementById('off'));
	key('Escape');
	found.again = shown(on);
	found.after = width(toucher);
	search.value = 'TOUCHER';
	search.dispatchEvent(new Event('input'));
	found.hits = document.querySelectorAll('#on .hit').length;
	found.share = document.getElementById('found').textContent;
	search.value = '/^clock_nano/';
	search.dispatchEvent(new Event('input'));
	found.sleep = document.getElementById('found').textContent;
	search.value = '/[/';
	search.dispatchEvent(new Event('input'));
	found.wrong = document.getElementById('found').textContent;
	document.documentElement.dataset.found = JSON.stringify(found);
})();
]]></script>
</svg>
"""


class Flame(Case):
    def trace(self):
        path = self.path("kernel.db")
        with gzip.open(os.path.join(DATA, "kernel-3.db.gz")) as packed, \
                open(path, "wb") as file:
            shutil.copyfileobj(packed, file)
        return path

    def draw(self, *options):
        path = self.path("flame.svg")
        run = self.tracer("flame", self.trace(), "-o", path, *options)
        self.assertEqual(run.returncode, 0, run.stderr)
        return path

    def frames(self, path):
        """{section: {path of names: (ns, x, w)}}"""
        sections = {}
        for section in xml.etree.ElementTree.parse(path).getroot().iter(SVG + "g"):
            if section.get("class") != "s":
                continue
            trail, frames = [], {}
            for frame in section.iter(SVG + "g"):
                if frame.get("class") != "f":
                    continue
                depth = int(frame.get("data-d"))
                trail[depth:] = [frame.find(SVG + "text").get("data-n")]
                frames[tuple(trail)] = (int(frame.get("data-ns")), float(frame.get("data-x")),
                                        float(frame.get("data-w")))
            sections[section.get("id")] = frames
        return sections

    def test_the_frames_are_those_of_the_trace(self):
        sections = self.frames(self.draw())
        on, off = sections["on"], sections["off"]
        inside = ("all", "spinner", "spinner_spin", "spinner_handle_call_", "spinner_run_spin_",
                  "spinner_handle_spin", "burn_cpu")
        self.assertIn(inside, on)
        self.assertTrue(any(path[:3] == ("all", "toucher", "toucher_touch") and
                            path[-1] == "[page fault]" for path in on))
        sleep = [path for path in off if path[-1] == "[clock_nanosleep]"]
        self.assertEqual(len(sleep), 1)
        self.assertEqual(sleep[0][:3], ("all", "sleeper", "sleeper_doze"))
        self.assertIn("sleeper_handle_doze", sleep[0])
        self.assertGreaterEqual(off[sleep[0]][0], 60_000_000)
        self.assertIn(("all", "starved", "starved_toil", "[preempted by neighbour]"), off)
        for frames in (on, off):
            for path, (ns, x, w) in frames.items():
                below = [frame for other, frame in frames.items()
                         if other[:-1] == path and len(other) > 1]
                self.assertLessEqual(sum(frame[0] for frame in below), ns, path)
                for _, left, width in below:
                    self.assertGreaterEqual(left, x - 1e-5, path)
                    self.assertLessEqual(left + width, x + w + 1e-5, path)
        db = sqlite3.connect(os.path.join(self.folder, "kernel.db"))
        self.addCleanup(db.close)
        run = self.tracer("sql", "--json", self.path("kernel.db"), "SELECT count(*) AS n FROM"
                          " cpu_samples")
        samples = json.loads(run.stdout)["n"]
        self.assertEqual(on[("all",)][0], samples * (1_000_000_000 // 199))

    def test_a_part(self):
        sections = self.frames(self.draw("--actor", "toucher", "--tag", "toucher_touch"))
        for frames in sections.values():
            self.assertEqual({path[1:3] for path in frames if len(path) > 2},
                             {("toucher", "toucher_touch")})
        run = self.tracer("flame", self.trace(), "--since", "1000", "-o", self.path("x.svg"))
        self.assertEqual(run.returncode, 2)
        self.assertFalse(os.path.exists(self.path("x.svg")))

    def test_without_samples(self):
        path = self.trace()
        db = sqlite3.connect(path)
        db.execute("DELETE FROM meta WHERE key = 'profile_hz'")
        db.commit()
        db.close()
        run = self.tracer("flame", path, "-o", self.path("f.svg"))
        self.assertEqual(run.returncode, 0, run.stderr)
        on = self.frames(self.path("f.svg"))["on"]
        self.assertGreaterEqual(on[("all", "spinner", "spinner_spin")][0], 55_000_000)
        self.assertLess(on[("all", "sleeper", "sleeper_doze")][0], 10_000_000)
        self.assertEqual(max(len(path) for path in on), 3)

    def test_without_the_kernel(self):
        trace = self.path("plain.db")
        run = self.tracer("record", "-o", trace, "--", program("SLOW"), "--which", "sleep",
                          "--rounds", "1", "--ms", "1")
        self.assertEqual(run.returncode, 0, run.stderr)
        run = self.tracer("flame", trace, "-o", self.path("f.svg"))
        self.assertEqual(run.returncode, 2)
        self.assertIn("record with --profile 99", run.stderr)
        self.assertFalse(os.path.exists(self.path("f.svg")))
        self.assertEqual(self.tracer("flame", trace).returncode, 2)

    @unittest.skipIf(BROWSER is None, "no chromium here; apt-get install chromium")
    def test_acts_of_a_user(self):
        path = self.draw()
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self.assertNotRegex(text.replace("http://www.w3.org/2000/svg", "")
                            .replace("http://www.w3.org/1999/xhtml", ""), r"https?:|href|src=")
        with open(path, "w", encoding="utf-8") as file:
            file.write(re.sub(r"</svg>\s*$", lambda _: ACTS, text))
        run = self.run_program("timeout", str(int(2 * PATIENCE)), BROWSER, "--headless",
                               "--no-sandbox", "--disable-gpu",
                               "--user-data-dir=" + self.path("profile"),
                               "--window-size=1280,900", "--dump-dom", "file://" + path)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn('data-ready="yes"', run.stdout)
        found = json.loads(html.unescape(re.search(r'data-found="([^"]*)"', run.stdout).group(1)))
        self.assertRegex(found["detail"], r"^toucher · [\d.]+ ms · [\d.]+%$")
        self.assertGreater(found["zoomed"], 2 * found["before"])
        self.assertAlmostEqual(found["zoomed"], 1180, delta=1)
        self.assertEqual(found["hidden"], "none")
        self.assertLess(found["few"], found["all"])
        self.assertGreater(found["off"], 5)
        self.assertEqual(found["again"], found["all"])
        self.assertAlmostEqual(found["after"], found["before"], delta=0.1)
        self.assertGreater(found["hits"], 2)
        share = float(re.match(r"on ([\d.]+)%, off [\d.]+%$", found["share"]).group(1))
        self.assertAlmostEqual(share, 100 * found["before"] / 1180, delta=0.5)
        self.assertRegex(found["sleep"], r"^on 0.0%, off [1-9][\d.]*%$")
        self.assertEqual(found["wrong"], "no pattern")


if __name__ == "__main__":
    unittest.main()
