#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The trace file as others meet it: old files, the extension in another program, the shell, damage."""

import gzip
import json
import os
import pty
import random
import re
import select
import signal
import sqlite3
import time
import unittest

from support import PATIENCE, Case, program

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data")
UNREADABLE = 4
QUESTIONS = (
    ("SELECT count(*) - (SELECT value FROM meta WHERE key = 'events'), count(DISTINCT kind)"
     " FROM events", (0, 8)),
    ("SELECT count(*), sum(size) FROM messages", (1004, 8024)),
    ("SELECT count(*) FROM calls WHERE outcome = 'reply'", (4,)),
    ("SELECT sum(handled) FROM rollup", (1004,)),
    ("SELECT count(*) FROM message_road((SELECT max(id) FROM messages))", (2,)),
    ("SELECT count(*) FROM unfinished", (0,)),
    ("SELECT count(*) FROM crashes", (0,)),
)


PLAIN_QUESTIONS = (
    "SELECT kind, count(*), sum(size), min(time_ns), max(actor) FROM events GROUP BY kind",
    "SELECT kind, count(*) FROM events GROUP BY kind HAVING count(*) > 5 ORDER BY kind DESC",
    "SELECT DISTINCT kind FROM events ORDER BY kind",
    "SELECT kind, type, count(*), sum(size) FROM events GROUP BY kind, type ORDER BY kind, type",
    "SELECT id, kind FROM events WHERE thread = 0 ORDER BY kind, id LIMIT 500",
    "SELECT kind, count(*) FROM events WHERE time_ns > (SELECT max(time_ns) / 2 FROM events)"
    " GROUP BY kind",
    "SELECT kind, sum(size), max(depth) FROM events WHERE kind = 'send' GROUP BY kind",
    "SELECT count(*), sum(size), max(depth), count(DISTINCT hash) FROM events WHERE kind = 'send'",
    "SELECT count(*), min(seq), max(seq), sum(id) FROM events WHERE kind = 'recv'",
    "SELECT kind, count(*), sum(id) FROM events WHERE actor = (SELECT max(actor) FROM events"
    " WHERE kind = 'recv') GROUP BY kind",
    "SELECT count(*), max(queue_ns), sum(run_ns) FROM messages",
    "SELECT count(*), sum(size), max(depth), min(hash), sum(postponed) FROM messages",
    "SELECT type, count(*), sum(sent_ns) FROM messages GROUP BY type ORDER BY type",
    "SELECT count(*), max(run_ns), sum(wait_ns), sum(sends) FROM turns",
)


class Files(Case):
    """Has the stored files."""

    def unpack(self, name):
        path = self.path(name.removesuffix(".gz"))
        with gzip.open(os.path.join(DATA, name)) as packed, open(path, "wb") as file:
            file.write(packed.read())
        return path

    def ask(self, path, sql):
        """The first row."""
        run = self.tracer("sql", "--json", path, sql)
        self.assertEqual(run.returncode, 0, f"{sql}: {run.stderr}")
        return tuple(json.loads(run.stdout.splitlines()[0]).values())


class Store(Files):
    def test_files_of_every_version_open(self):
        # Of each version one has the same session; other files are other tests'.
        names = sorted(name for name in os.listdir(DATA) if re.fullmatch(r"trace-\d+\.db\.gz", name))
        versions = []
        for name in names:
            with self.subTest(file=name):
                path = self.unpack(name)
                for sql, answer in QUESTIONS:
                    self.assertEqual(self.ask(path, sql), answer, sql)
                events, = self.ask(path, "SELECT count(*) FROM events WHERE time_ns IS NOT NULL")
                self.assertGreater(events, 4000)
                info = self.tracer("info", "--json", path)
                self.assertEqual(json.loads(info.stdout.splitlines()[0])["events"], events)
                dump = self.tracer("dump", path)
                self.assertEqual((dump.returncode, len(dump.stdout.splitlines())), (0, events))
                versions += self.ask(path, "PRAGMA user_version")
        # The version that is written now is among them.
        trace = self.path("now.db")
        run = self.tracer("record", "-o", trace, "--", program("BENCH"), "pingpong", "--smoke")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(versions, list(range(1, self.ask(trace, "PRAGMA user_version")[0] + 1)))

    def test_the_thread_that_began_is_known(self):
        """Also where it had ended before somebody looked it up in the plane."""
        for _ in range(5):
            trace = self.path("short.db")
            run = self.tracer("record", "-o", trace, "--", program("BENCH"), "fib", "--smoke")
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertEqual(self.ask(trace, "SELECT name, kind, nth FROM actors "
                                             "WHERE pid = '<0.0.1>'"), ("main", "foreign", 1))
            os.unlink(trace)

    def test_answers_are_those_of_plain_rows(self):
        """The virtual tables take short cuts for these; a table of the same rows has none."""
        trace, plain = self.path("fib.db"), self.path("plain.db")
        run = self.tracer("record", "-o", trace, "--", program("BENCH"), "fib", "--smoke")
        self.assertEqual(run.returncode, 0, run.stderr)
        for path in (trace, self.unpack("trace-3.db.gz"), self.unpack("trace-4.db.gz")):
            run = self.tracer("export", "--format", "sqlite", "-o", plain, path)
            self.assertEqual(run.returncode, 0, run.stderr)
            copy = sqlite3.connect(plain)
            run = self.tracer("sql", "--json", path, "; ".join(PLAIN_QUESTIONS))
            self.assertEqual(run.returncode, 0, run.stderr)
            answers = [tuple(json.loads(line).values()) for line in run.stdout.splitlines()]
            self.assertGreater(len(answers), 50)
            for sql in PLAIN_QUESTIONS:
                with self.subTest(file=os.path.basename(path), sql=sql):
                    rows = copy.execute(sql).fetchall()
                    self.assertEqual(answers[:len(rows)], rows)
                answers = answers[len(rows):]
            self.assertEqual(answers, [])
            copy.close()
            os.unlink(plain)

    def test_any_program_loads_the_extension(self):
        with open(program("ACTOR_TRACE_EXTENSION"), "rb") as library:
            if b"__asan_init" in library.read():
                self.skipTest("AddressSanitizer must be in a program from its start")
        db = sqlite3.connect(self.unpack("trace-2.db.gz"))
        self.addCleanup(db.close)
        if not hasattr(db, "enable_load_extension"):
            self.skipTest("this Python's sqlite3 loads no extensions")
        db.enable_load_extension(True)
        db.load_extension(program("ACTOR_TRACE_EXTENSION").removesuffix(".so"))
        for sql, answer in QUESTIONS:
            self.assertEqual(db.execute(sql).fetchone(), answer, sql)
        views = [name for name, in db.execute("SELECT name FROM temp.sqlite_schema")]
        for view in views:
            db.execute(f"SELECT * FROM {view} LIMIT 5").fetchall()
        self.assertIn("who_blocked_whom", views)

    def test_damage_is_a_clear_error_and_never_a_crash(self):
        seed = int(os.environ.get("LIBACTOR_TEST_SEED", time.time_ns() % 100000))
        print(f"LIBACTOR_TEST_SEED={seed}")
        dice = random.Random(seed)
        path = self.unpack("trace-2.db.gz")
        with open(path, "rb") as file:
            good = file.read()
        refused = 0
        for i in range(60):
            bad = bytearray(good)
            what = i % 3
            if what == 0:  # some bytes
                for _ in range(dice.choice((1, 10, 1000))):
                    bad[dice.randrange(len(bad))] = dice.randrange(256)
            elif what == 1:  # a page's worth of noise
                place = dice.randrange(len(bad) - 4096)
                bad[place:place + 4096] = dice.randbytes(4096)
            else:
                bad = bad[:dice.randrange(len(bad))]
            with open(path, "wb") as file:
                file.write(bad)
            for command in (("info", path), ("dump", path),
                            ("sql", path, "SELECT * FROM messages; SELECT * FROM calls;"
                             " SELECT * FROM message_road(8200)")):
                run = self.tracer(*command)
                self.assertIn(run.returncode, (0, UNREADABLE), f"{i} {command}: {run.stderr}")
                if run.returncode == UNREADABLE:
                    self.assertIn(path, run.stderr)
                    refused += 1
        self.assertGreater(refused, 20)


class Shell(Files):
    """actor-trace sql as a person uses it: in a terminal."""

    def open_shell(self, path):
        pid, fd = pty.fork()
        if pid == 0:
            environment = dict(self.environment, HOME=self.folder, TERM="xterm")
            os.execve(program("ACTOR_TRACE"), ["actor-trace", "sql", path], environment)
        self.addCleanup(os.close, fd)
        self.addCleanup(self.reap, pid)
        self.fd = fd
        self.rest = ""
        self.expect("trace> ")
        return pid

    @staticmethod
    def reap(pid):
        try:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass

    def expect(self, pattern, patience=PATIENCE):
        """Reads until the pattern comes; what came, up to its end."""
        end = time.monotonic() + patience
        while not (found := re.search(pattern, self.rest)):
            ready, _, _ = select.select([self.fd], [], [], max(0, end - time.monotonic()))
            self.assertTrue(ready, f"{pattern} did not come, but {self.rest!r}")
            self.rest += os.read(self.fd, 65536).decode("utf-8", "replace")
        seen, self.rest = self.rest[:found.end()], self.rest[found.end():]
        return seen

    def type(self, text):
        os.write(self.fd, text.encode())

    def test_a_query_can_be_stopped(self):
        self.open_shell(self.unpack("trace-2.db.gz"))
        self.type("SELECT count(*) FROM events a, events b, events c;\n")
        self.expect(r"\d+ ?s")  # it says that it is at work
        self.type("\x03")
        self.expect("stopped")
        self.expect("trace> ")
        self.type("SELECT 40 + 2 AS answer;\n")
        self.expect(r"\b42\r?\n(.|\n)*trace> ")
        # An interrupt at the prompt throws the line away and nothing else.
        self.type("SELECT nonsense")
        self.expect("nonsense")
        self.type("\x03")
        self.expect("trace> ")
        self.type("SELECT 40 + 3 AS answer;\n")
        self.expect(r"\b43\b")
        self.type(".quit\n")

    def test_names_are_completed_and_lines_remembered(self):
        path = self.unpack("trace-2.db.gz")
        pid = self.open_shell(path)
        self.type("SELECT count(*) AS n FROM who_bl\t;\n")
        self.assertNotIn("no such", self.expect(r"\bn\r?\n *\d+\r?\n(.|\n)*trace> "))
        self.type("SELECT max(queue_n\t) > 0 AS well FROM messages;\n")
        self.assertNotIn("no such", self.expect(r"well\r?\n *1\r?\n(.|\n)*trace> "))
        self.type(".vi\t\n")
        self.expect("queue_wait_by_type")
        self.type(".quit\n")
        os.waitpid(pid, 0)
        with open(self.path(".actor_trace_history"), encoding="utf-8") as file:
            self.assertIn("who_blocked_whom", file.read())

    def test_help_shows_examples_that_work(self):
        path = self.unpack("trace-2.db.gz")
        text = self.tracer("sql", path, ".help").stdout
        examples = re.findall(r"^ +(SELECT .*;)$", text, re.MULTILINE)
        self.assertGreater(len(examples), 4, text)
        for example in examples:
            run = self.tracer("sql", path, example)
            self.assertEqual(run.returncode, 0, f"{example}: {run.stderr}")
        for name in self.tracer("sql", path, ".views").stdout.split()[1:]:
            run = self.tracer("sql", path, f"SELECT * FROM {name} LIMIT 3")
            self.assertEqual(run.returncode, 0, f"{name}: {run.stderr}")


if __name__ == "__main__":
    unittest.main()
