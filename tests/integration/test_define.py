#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a recording and the debugger know of an actor that is written with actor/define.h."""

import shutil
import subprocess
import unittest

from support import Case, program


class Define(Case):
    def setUp(self):
        super().setUp()
        self.trace = self.path("pump.db")
        run = self.tracer("record", "-o", self.trace, "--", program("DEFINE_TARGET"))
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)

    def sql(self, query):
        run = self.tracer("sql", self.trace, query)
        self.assertEqual(run.returncode, 0, run.stderr)
        return [line.split() for line in run.stdout.splitlines()[1:]]

    def test_types_have_their_c_types(self):
        self.assertEqual(
            self.sql("SELECT name, replace(ctype, ' ', '_') ctype, size, reply_size FROM types"
                     " WHERE name LIKE 'pump%' ORDER BY type"),
            [["pump_fill", "struct_pump_fill", "16", "0"], ["pump_level", "0", "8"]])
        self.assertEqual(
            self.sql("SELECT reply_ctype FROM types WHERE name = 'pump_level'"), [["uint64_t"]])
        self.assertEqual(
            self.sql("SELECT replace(state_ctype, ' ', '_') FROM behaviours WHERE name = 'pump'"),
            [["struct_pump"]])

    def test_what_a_guard_refused_is_unhandled(self):
        self.assertEqual(
            self.sql("SELECT type, message, count(*) n FROM events WHERE kind = 'unhandled'"
                     " GROUP BY 1, 2"),
            [["pump_fill", "cast", "3"]])

    def test_structs_and_handlers_are_there_for_the_debugger(self):
        readelf = shutil.which("readelf")
        if readelf is None:
            self.skipTest("no readelf")
        text = subprocess.run([readelf, "--debug-dump=info", program("DEFINE_TARGET")], check=True,
                              capture_output=True, text=True, timeout=60).stdout
        if "DW_TAG_subprogram" not in text:
            self.skipTest("built without debug information")
        for name in ("pump_fill", "pump_handle_fill", "pump_handle_level"):
            self.assertRegex(text, rf"DW_AT_name\s*:.*\b{name}\n")


if __name__ == "__main__":
    unittest.main()
