#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What users see when something is wrong: what, why, what to do; and the exit status."""

import os
import re
import signal
import sqlite3
import unittest

from support import Case, program

TROUBLE, NO_TARGET, UNREADABLE = 2, 3, 4
READERS = (("info",), ("dump",), ("sql",))


class Errors(Case):
    def refused(self, status, *arguments, says=()):
        run = self.tracer(*arguments)
        self.assertEqual(run.returncode, status, run.stdout + run.stderr)
        self.assertTrue(run.stderr.strip(), "nothing was said")
        for word in says:
            self.assertIn(word, run.stderr)
        return run

    def read(self, command, path):
        query = ("select 1 from events",) if command == ("sql",) else ()
        return (*command, path, *query)

    def make_trace(self):
        trace = self.path("good.db")
        run = self.tracer("record", "-o", trace, "--", program("BENCH"), "pingpong", "--smoke")
        self.assertEqual(run.returncode, 0, run.stderr)
        return trace

    def test_no_command(self):
        self.refused(TROUBLE)

    def test_unknown_command_suggests_one(self):
        self.refused(TROUBLE, "recrod", says=("record",))

    def test_help_is_no_error(self):
        run = self.tracer("--help")
        self.assertEqual(run.returncode, 0, run.stderr)
        for command in ("record", "ls", "info", "dump", "sql"):
            self.assertIn(command, run.stdout)
            own = self.tracer(command, "--help")
            self.assertEqual(own.returncode, 0, own.stderr)
            self.assertIn(command, own.stdout)

    def test_wrong_options_say_where_help_is(self):
        commands = re.findall(r"(?m)^  (\w+)  +[A-Z]", self.tracer("--help").stdout)
        self.assertGreater(len(commands), 12)
        for command in commands:
            with self.subTest(command=command):
                run = self.refused(TROUBLE, command, "--no-such")
                self.assertEqual(run.stderr, f"actor-trace {command}: there is no option "
                                 f"--no-such; see actor-trace {command} --help\n")
        self.refused(TROUBLE, "dump", "--since", says=("--since needs a value; see",))
        self.refused(TROUBLE, "dump", "--json=1", says=("--json takes no value; see",))
        self.refused(TROUBLE, "record", "-p", "1", "-d", "soon", says=("500ms", "'soon'"))
        self.refused(NO_TARGET, "record", "-p", "1", "-d", "500ms", says=("has a plane",))
        self.refused(TROUBLE, "record", "-p", says=("option -p, or it lacks its value; see",))

    def test_record_without_target(self):
        self.refused(TROUBLE, "record")
        self.refused(TROUBLE, "record", "-o", self.path("x.db"))
        self.assertFalse(os.path.exists(self.path("x.db")))

    def test_record_missing_program(self):
        self.refused(NO_TARGET, "record", "-o", self.path("x.db"), "--", "/no/such/program",
                     says=("/no/such/program",))
        self.assertFalse(os.path.exists(self.path("x.db")))

    def test_record_process_without_plane(self):
        self.refused(NO_TARGET, "record", "-o", self.path("x.db"), "-p", str(os.getpid()),
                     says=(str(os.getpid()),))
        self.assertFalse(os.path.exists(self.path("x.db")))

    def test_record_program_without_actors(self):
        run = self.tracer("record", "-o", self.path("x.db"), "--", "true")
        self.assertTrue(run.stderr.strip(), "nothing was said")

    def test_record_never_overwrites(self):
        path = self.path("precious.db")
        with open(path, "w", encoding="utf-8") as file:
            file.write("years of work\n")
        self.refused(TROUBLE, "record", "-o", path, "--", program("BENCH"), "pingpong", "--smoke",
                     says=(path,))
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), "years of work\n")

    def test_attaching_never_overwrites(self):
        """The file may be what a killed recorder has left, so it is looked at: it is none."""
        path = self.path("notes.txt")
        with open(path, "w", encoding="utf-8") as file:
            file.write("of a user\n" * 100)
        arena = self.start(*self.arena_command(), name="arena")
        self.arena_port(arena)
        self.refused(TROUBLE, "record", "-p", str(arena.pid), "-d", "1", "-o", path,
                     says=(path, "exists already and is not overwritten"))
        self.assertEqual(os.path.getsize(path), 1000)

    def test_record_into_missing_folder(self):
        path = self.path("no/such/folder/x.db")
        self.refused(TROUBLE, "record", "-o", path, "--", program("BENCH"), "pingpong", "--smoke",
                     says=(path,))

    def in_small_memory(self, size, *command):
        """Runs with a runtime directory that has room for so much, in mounts of its own."""
        folder = self.path("small")
        os.makedirs(folder, 0o700, exist_ok=True)
        mount = f'mount -t tmpfs -o size={size},mode=700 tmpfs "$0" && exec "$@"'
        tried = self.run_program("unshare", "-m", "sh", "-c", mount, folder, "true")
        if tried.returncode != 0:
            self.skipTest(f"no mounts of our own: {tried.stderr.strip()}")
        return self.run_program("unshare", "-m", "sh", "-c", mount, folder, "env",
                                f"LIBACTOR_DIR={folder}", *command)

    def test_record_without_shared_memory(self):
        trace = self.path("small.db")
        run = self.in_small_memory("40k", program("ACTOR_TRACE"), "record", "-o", trace, "--",
                                   program("BENCH"), "pingpong", "--smoke")
        self.assertEqual(run.returncode, 1, run.stderr)  # the program's own
        self.assertIn("the plane could not be created; see LIBACTOR_DIR", run.stderr)
        self.assertIn("never had a plane", run.stderr)
        self.assertFalse(os.path.exists(trace))

    def test_record_with_little_shared_memory(self):
        """The program does its work, and what its rings had no memory for is counted."""
        trace = self.path("little.db")
        run = self.in_small_memory("600k", program("ACTOR_TRACE"), "record", "--fail-on-drop", "-o",
                                   trace, "--", program("BENCH"), "pingpong")
        self.assertEqual(run.returncode, 5, run.stderr)
        self.assertRegex(run.stdout, r"pingpong +[\d.]+ ns")
        self.assertIn("(no memory for ring)", run.stderr)
        self.check_integrity(trace)
        events = self.sql_number(trace, "select count(*) from events")
        lost = self.sql_number(trace, "select sum(events) from gaps")
        self.assertGreater(min(events, lost), 0)

    def test_missing_trace(self):
        path = self.path("missing.db")
        for command in READERS:
            with self.subTest(command=command):
                self.refused(UNREADABLE, *self.read(command, path), says=(path,))
                self.assertFalse(os.path.exists(path))

    def test_foreign_files(self):
        text, empty, folder = self.path("text.db"), self.path("empty.db"), self.path("folder")
        with open(text, "w", encoding="utf-8") as file:
            file.write("no trace\n" * 1000)
        open(empty, "w", encoding="utf-8").close()
        os.mkdir(folder)
        database = self.path("addresses.db")
        db = sqlite3.connect(database)
        db.execute("create table addresses (name)")
        db.commit()
        db.close()
        for path in (text, empty, folder, database):
            for command in READERS:
                with self.subTest(path=path, command=command):
                    self.refused(UNREADABLE, *self.read(command, path), says=(path,))

    def test_truncated_traces(self):
        """A reader either answers or refuses; it never crashes and never hangs."""
        trace = self.make_trace()
        size = os.path.getsize(trace)
        with open(trace, "rb") as file:
            whole = file.read()
        for keep in (0, 1, 99, 100, 4095, 4096, size // 3, size // 2, size - 4096, size - 1):
            path = self.path("cut.db")
            with open(path, "wb") as file:
                file.write(whole[:keep])
            for command in READERS:
                with self.subTest(keep=keep, size=size, command=command):
                    run = self.tracer(*self.read(command, path))
                    self.assertIn(run.returncode, (0, 1, TROUBLE, UNREADABLE), run.stderr)
                    if run.returncode != 0:
                        self.assertTrue(run.stderr.strip(), "nothing was said")

    def test_wrong_query(self):
        self.refused(TROUBLE, "sql", self.make_trace(), "selekt 1", says=("selekt",))

    def test_a_trace_cannot_be_changed(self):
        trace = self.make_trace()
        run = self.tracer("sql", trace, "delete from chunk")
        self.assertNotEqual(run.returncode, 0)
        self.check_integrity(trace)
        self.assertGreater(self.sql_number(trace, "select count(*) from events"), 0)

    def test_dump_into_closed_pipe(self):
        trace = self.make_trace()
        run = self.run_program("sh", "-c", '"$0" dump "$1" | head -n 1',
                               program("ACTOR_TRACE"), trace)
        self.assertEqual(run.returncode, 0)
        self.assertNotIn("-" + str(int(signal.SIGSEGV)), run.stderr)
        self.assertEqual(run.stdout.count("\n"), 1)


if __name__ == "__main__":
    unittest.main()
