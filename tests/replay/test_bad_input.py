#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Traces and programs that are not what they should be: an error that says so, and in time."""

import os
import random
import sqlite3
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sessions import (DIFFER, IDENTICAL, NO_TARGET, TROUBLE, UNREADABLE, Sessions,  # noqa: E402
                      program)

FLIPS = int(os.environ.get("LIBACTOR_TEST_FLIPS", "25"))  # by hand: 200


class BadInput(Sessions):
    def setUp(self):
        super().setUp()
        self.trace = self.cheat("none")

    def write(self, name, content):
        with open(self.path(name), "wb") as file:
            file.write(content)
        return self.path(name)

    def copy(self, name):
        with open(self.trace, "rb") as file:
            return self.write(name, file.read())

    def check_error(self, run, *statuses):
        self.assertIn(run.returncode, statuses, run.stdout + run.stderr)
        self.assertNotIn("Sanitizer", run.stderr)
        self.assertNotIn("identical", run.stdout)
        if run.returncode != DIFFER:
            self.assertRegex(run.stderr, r"(?m)^actor-replay( \w+)?: .+$")

    def test_bytes_that_have_changed(self):
        """Where no page that is read is hit, it is the same session; else it is refused."""
        with open(self.trace, "rb") as file:
            whole = file.read()
        for seed in range(FLIPS):
            chance = random.Random(seed)
            damaged = bytearray(whole)
            for _ in range(chance.choice((1, 1, 2, 5, 20, 100))):
                damaged[chance.randrange(len(damaged))] = chance.randrange(256)
            if seed % 5 == 0:
                damaged = damaged[:chance.randrange(len(damaged))]
            path = self.write("damaged.db", damaged)
            with self.subTest(seed=seed):
                run = self.replay(path, "--patience", "5")
                if run.returncode != IDENTICAL:
                    self.check_error(run, DIFFER, TROUBLE, NO_TARGET, UNREADABLE)

    def test_what_is_no_trace(self):
        empty = self.path("empty.db")
        sqlite3.connect(empty).execute("CREATE TABLE other (a)").connection.close()
        files = {"text": self.write("text.db", b"no trace\n" * 1000),
                 "nothing": self.write("nothing.db", b""),
                 "another database": empty, "a folder": self.folder, "a program": program("COUNTER")}
        for name, path in files.items():
            for command in ((path,), ("debug", path, "-e", "step"), ("gdb", path, "--at", "1"),
                            ("diff", path, self.trace), ("diff", self.trace, path)):
                with self.subTest(name=name, command=command[0]):
                    self.check_error(self.replay(*command), TROUBLE, NO_TARGET, UNREADABLE)

    def test_facts_that_cannot_be(self):
        """Each is another lie in the tables beside the events."""
        lies = ("UPDATE meta SET value = '' WHERE key = 'launch_argv'",
                "UPDATE meta SET value = '/nowhere/program' WHERE key = 'program'",
                "UPDATE meta SET value = '/nowhere' WHERE key = 'launch_directory'",
                "UPDATE meta SET value = 99 WHERE key = 'event_version'",
                "UPDATE meta SET value = 'x' WHERE key = 'event_version'",
                "UPDATE meta SET value = -1 WHERE key = 'seed'",
                "DELETE FROM meta", "DELETE FROM types", "DELETE FROM chunk",
                "DELETE FROM chunk WHERE id = (SELECT max(id) FROM chunk)",
                "UPDATE chunk SET first = first + 1000000 WHERE id = (SELECT max(id) FROM chunk)",
                "UPDATE chunk SET n = 8192", "UPDATE chunk SET thread = 70000",
                "UPDATE types SET size = 4294967295, name = 'x'", "DROP TABLE types",
                "DROP TABLE meta", "DROP TABLE actor", "DROP TABLE chunk")
        for lie in lies:
            path = self.copy("lie.db")
            with self.subTest(lie=lie):
                with sqlite3.connect(path) as db:
                    db.execute(lie)
                db.close()
                run = self.replay(path, "--patience", "5")
                if run.returncode != IDENTICAL:
                    self.check_error(run, DIFFER, TROUBLE, NO_TARGET, UNREADABLE)

    def test_programs_that_are_others(self):
        run = self.replay(self.trace, "--patience", "5", "--", program("COUNTER"))
        self.check_error(run, DIFFER)
        for command, text in (("/bin/false", "ended .status 1. before it made an actor system"),
                              ("/nowhere/program", "cannot start /nowhere/program"),
                              (self.trace, "cannot start ")):
            with self.subTest(command=command):
                run = self.replay(self.trace, "--patience", "5", "--", command)
                self.check_error(run, NO_TARGET)
                self.assertRegex(run.stderr, text)
        run = self.replay(self.trace, "--patience", "5", "--", "/bin/sh", "-c", "kill -SEGV $$")
        self.check_error(run, NO_TARGET)
        self.assertIn("signal 11", run.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
