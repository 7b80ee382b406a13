#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The page that actor-trace report makes, read as text; test_browser.py looks at it."""

import html.parser
import os
import re
import sqlite3
import unittest

from recording import HOSTILE, Recorded

VOID = {"meta", "input", "br", "rect", "path", "circle"}


class Page(html.parser.HTMLParser):
    """Tables by the id of their section, all elements and attributes."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.attributes, self.tables = [], [], {}
        self.section, self.cell = None, None
        self.open = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        self.attributes += [(tag, *attribute) for attribute in attrs]
        if tag not in VOID:
            self.open.append(tag)
        if tag == "section":
            self.section = dict(attrs)["id"]
        elif tag == "tr":
            self.tables.setdefault(self.section, []).append([])
        elif tag in ("td", "th"):
            self.cell = ""

    def handle_endtag(self, tag):
        while self.open and self.open.pop() != tag:
            pass
        if tag in ("td", "th"):
            self.tables[self.section][-1].append(self.cell.strip())
            self.cell = None

    def handle_data(self, data):
        if self.cell is not None:
            self.cell += data


def number(text):
    return 0 if text == "–" else int(text.replace(",", ""))


class Report(Recorded):
    def report(self, *arguments):
        path = self.path("report.html")
        run = self.tracer("report", self.trace, "-o", path, *arguments)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        return Page(text), text

    def test_tables_say_what_sql_says(self):
        page, _ = self.report()
        types = {row[0]: number(row[1]) for row in page.tables["types"][1:]}
        self.assertEqual(sum(types.values()), self.number("select count(*) from messages"))
        for name in ("tcp_write", "room_tick"):
            self.assertEqual(types[name],
                             self.number(f"select count(*) from messages where type = '{name}'"))
        actors = {row[0]: number(row[2]) for row in page.tables["actors"][1:]}
        for label, handled in list(actors.items())[:5]:
            pid = label.split()[-1]
            self.assertEqual(handled, self.number(
                f"select count(*) from messages where receiver = '{pid}'"))
        busiest = self.sql(self.trace, "select actor from turns group by actor"
                                       " order by sum(run_ns) desc limit 1")
        self.assertIn(busiest, page.tables["actors"][1][0])
        # The matrix: rows and columns are behaviours, each number may be short (1.23 k).
        heads = page.tables["flow"][0][1:]
        self.assertIn("matchmaker", heads)
        room = [row for row in page.tables["flow"] if row[0] == "room"][0]
        sent = self.number("select count(*) from messages m join actors a on a.pid = m.sender"
                           " where a.behaviour = 'room' and m.kind <> 'timer'")
        self.assertAlmostEqual(sum(float(cell.replace(" k", "e3")) for cell in room[1:] if cell),
                               sent, delta=0.02 * sent)

    def test_page_needs_nothing_else(self):
        page, text = self.report()
        self.assertLess(len(text), 5 << 20)
        for tag, name, value in page.attributes:
            self.assertNotIn(name, ("src", "srcset", "onclick", "onload", "action"))
            if name in ("href", "xlink:href"):
                self.assertTrue(value.startswith("#"), value)
        self.assertNotRegex(text, r"https?://|@import|url\(")
        self.assertIn("default-src 'none'", text)
        self.assertIn("prefers-color-scheme: dark", text)
        for _, name, value in page.attributes:
            if name == "href":
                self.assertIn(f"id={value[1:]}", text)

    def test_chains_are_drawn(self):
        page, text = self.report()
        chains = text[text.index("<section id=chains>"):text.index("<section id=incidents>")]
        self.assertGreaterEqual(chains.count("<svg"), 3)
        self.assertTrue("<h3>input at tcp_connection <span>" in chains)
        self.assertGreater(chains.count("<path class=msg"), 5)
        units = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}
        took = [float(size) * units[unit]
                for size, unit in re.findall(r"<span>([\d.]+) (\w+), at ", chains)]
        self.assertEqual(took, sorted(took, reverse=True))
        self.assertIn("actor-trace sql", text)

    def test_crashes_and_loss_are_told(self):
        page, text = self.report()
        # On a busy machine a turn may be stuck, or a letter come too late; nobody fails.
        incidents = text[text.index("<section id=incidents>"):]
        kinds = set(re.findall(r"([a-z_]+): [\d.k]+\. ", incidents))
        self.assertLessEqual(kinds, {"stuck", "mailbox_high", "dead_letter", "late_reply"})
        self.assertEqual("None: no actor failed" in incidents, not kinds)
        self.assertNotIn("Events are missing", text)
        original, self.trace = self.trace, self.path("gaps.db")
        with open(original, "rb") as source, open(self.trace, "wb") as copy:
            copy.write(source.read())
        with sqlite3.connect(self.trace) as db:
            db.execute("INSERT INTO gap(thread, from_ticks, to_ticks, events, reason)"
                       " SELECT thread, min(t0), max(t1), 1234, 'discarded' FROM chunk"
                       " WHERE t0 > 0")
        db.close()
        _, text = self.report()
        self.assertIn("Events are missing", text)
        self.assertIn("<b>1,234</b><span>lost</span>", text)

    def test_selection(self):
        page, text = self.report("--since", "0.2", "--until", "600ms", "--actor", "matchmaker")
        self.assertIn("only actor matchmaker", text)
        types = {row[0]: number(row[1]) for row in page.tables["types"][1:]}
        self.assertEqual(types["match_round"], self.number(
            "select count(*) from messages where receiver_name = 'matchmaker' and"
            " type = 'match_round' and received_ns between 200000000 and 600000000"))

    def test_hostile_names_stay_text(self):
        self.make_hostile()
        page, text = self.report()
        self.assertEqual(text.count("<script>"), 1)
        self.assertEqual(text.count("</script>"), 1)
        self.assertEqual(set(page.elements) - {
            "html", "meta", "title", "style", "main", "header", "h1", "h2", "h3", "p", "nav", "a",
            "div", "b", "span", "section", "svg", "path", "table", "thead", "tbody", "tr", "th",
            "td", "i", "input", "button", "code", "footer", "g", "rect", "text", "circle",
            "script"}, set())
        # The only b elements are those of the tiles.
        self.assertEqual(page.elements.count("b"), text.count("class=\"tile"))
        names = [row[0] for row in page.tables["types"][1:]]
        self.assertTrue(all(name.startswith("</script><b>\"'&") for name in names), names[:3])
        self.assertIn("\\n", names[0])
        self.assertNotIn(HOSTILE, text)

    def test_wrong_usage(self):
        for arguments, text in (([self.trace], "say where to"), ([], "give one trace file"),
                                ([self.trace, "-o", self.trace], "never overwritten"),
                                ([self.trace, "-o", "x", "--since", "never"], "not understood")):
            run = self.tracer("report", *arguments)
            self.assertEqual(run.returncode, 2, run.stderr)
            self.assertIn(text, run.stderr)
        self.assertFalse(os.path.exists("x"))
        run = self.tracer("report", self.trace, "-o", "-")
        self.assertTrue(re.match(r"<!doctype html>", run.stdout))


if __name__ == "__main__":
    unittest.main()
