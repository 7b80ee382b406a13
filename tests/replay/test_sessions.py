#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Whole programs, recorded and run again; and what cannot be run again says why."""

import os
import re
import shutil
import signal
import socket
import sqlite3
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sessions import (DIFFER, IDENTICAL, NO_TARGET, TROUBLE, UNREADABLE, Sessions,  # noqa: E402
                      program)
from support import PATIENCE, Player  # noqa: E402


class Programs(Sessions):
    def test_counter(self):
        trace = self.record("counter", program("COUNTER"))
        self.check_identical(trace)
        self.check_identical(trace)  # and once more

    def test_order_alone_is_enough(self):
        trace = self.record("counter", program("COUNTER"), events="order")
        self.assertEqual(self.sql_number(trace, "select count(*) from events where kind = 'send'"),
                         0)
        self.check_identical(trace)

    def test_arena(self):
        """Players that leave in the middle, and bots."""
        trace = self.path("arena.db")
        recorder = self.start(program("ACTOR_TRACE"), "record", "-o", trace, "--",
                              *self.arena_command(), name="arena")
        port = self.arena_port(recorder)
        for name in ("ANNA", "BERT", "CARL"):
            player = Player(port)
            player.hear("welcome ")
            player.say(f"name {name}")
            player.hear(f"ok name {name} ")
            player.say("play")
            player.close()
        self.play_bots(port)
        recorder.send_signal(signal.SIGTERM)
        self.wait_end(recorder, 0)
        self.check_identical(trace)

    def test_connections_that_nobody_has_seen(self):
        """They have ended before the recorder reads the table of actors; diff knows what they are."""
        trace = self.path("arena.db")
        recorder = self.start(program("ACTOR_TRACE"), "record", "-o", trace, "--",
                              *self.arena_command(), name="arena")
        port = self.arena_port(recorder)
        for _ in range(20):
            socket.create_connection(("127.0.0.1", port), PATIENCE).close()
        self.play_bots(port, players=2, seconds=1)
        recorder.send_signal(signal.SIGTERM)
        self.wait_end(recorder, 0)
        run = self.replay("diff", trace, "--replay", status=IDENTICAL)
        self.assertRegex(run.stdout, r"^identical: [\d,]+ turns of \d+ actors\n$")

    def test_program_that_is_killed(self):
        """What was recorded up to then is replayed."""
        trace = self.path("arena.db")
        recorder = self.start(program("ACTOR_TRACE"), "record", "-o", trace, "--",
                              *self.arena_command(), name="arena")
        self.play_bots(self.arena_port(recorder), players=4, seconds=1)
        with self.open_trace(trace) as db:
            pid = int(db.execute("SELECT value FROM meta WHERE key = 'pid'").fetchone()[0])
        os.kill(pid, signal.SIGKILL)
        recorder.wait(timeout=60)
        self.check_identical(trace)

    def test_json(self):
        trace = self.record("counter", program("COUNTER"))
        run = self.replay(trace, "--json", status=IDENTICAL)
        self.assertRegex(run.stdout, r'^\{"verdict":"identical","turns":\d+,"divergences":0,')

    def test_strict_mode_finds_nothing(self):
        trace = self.record("counter", program("COUNTER"))
        run = self.replay(trace, "--strict", status=IDENTICAL)
        self.assertIn("no handler asks for anything past the runtime", run.stdout)


class Refused(Sessions):
    def check_refused(self, status, text, *arguments):
        run = self.replay(*arguments, status=status)
        self.assertRegex(run.stderr, text)
        self.assertNotIn("identical", run.stdout)

    def test_no_trace(self):
        self.check_refused(UNREADABLE, "No such file", self.path("nothing.db"))
        self.check_refused(TROUBLE, "which trace", "-q")

    def test_damaged_traces(self):
        trace = self.record("counter", program("COUNTER"))
        with open(trace, "rb") as file:
            whole = file.read()
        cut = self.path("cut.db")
        with open(cut, "wb") as file:
            file.write(whole[:len(whole) // 2])
        garbage = self.path("garbage.db")
        with open(garbage, "wb") as file:
            file.write(os.urandom(8192))
        for path in (cut, garbage):
            with self.subTest(path=os.path.basename(path)):
                self.check_refused(UNREADABLE, os.path.basename(path), path)

    def test_hostile_events(self):
        """Pids and numbers that cannot be: an end with words, and in time."""
        trace = self.record("counter", program("COUNTER"))
        with sqlite3.connect(trace) as db:
            db.execute("UPDATE types SET size = 4294967295, name = 'x'")
            db.execute("UPDATE meta SET value = -1 WHERE key = 'seed'")
        run = self.run_program(program("ACTOR_REPLAY"), trace, "--patience", "20")
        self.assertIn(run.returncode, (DIFFER, TROUBLE, UNREADABLE), run.stdout + run.stderr)

    def test_chosen_events(self):
        trace = self.record("some", program("COUNTER"),
                            options=("--filter", "behaviour == counter"))
        self.check_refused(TROUBLE, "only some of its actors", trace)

    def test_attached_to(self):
        arena = self.start(*self.arena_command(), name="arena")
        port = self.arena_port(arena)
        trace = self.path("attached.db")
        recorder = self.start(program("ACTOR_TRACE"), "record", "-o", trace, "-p", str(arena.pid),
                              "-d", "1", name="recorder")
        self.play_bots(port, players=4, seconds=1)
        self.wait_end(recorder, 0)
        for command in ((), ("--", *self.arena_command())):
            self.check_refused(TROUBLE, "does not begin with its program", trace, *command)
        arena.send_signal(signal.SIGTERM)
        self.wait_end(arena, 0)

    def test_program_is_gone(self):
        copy = self.path("counter")
        shutil.copy(program("COUNTER"), copy)
        trace = self.record("gone", copy)
        os.remove(copy)
        self.check_refused(NO_TARGET, "cannot start .*counter", trace)
        run = self.replay(trace, "--", program("COUNTER"), status=IDENTICAL)
        self.assertIn("identical", run.stdout)

    def test_another_program(self):
        trace = self.record("counter", program("COUNTER"))
        self.check_refused(NO_TARGET, "before it made an actor system", trace, "--", "/bin/true")
        self.check_refused(NO_TARGET, "no actor system for", trace, "--patience", "1", "--",
                           "/bin/sleep", "60")
        run = self.replay(trace, "--", *self.arena_command(), status=DIFFER)
        self.assertRegex(run.stdout, r"diverged: .*\n(.*\n)*  RECORDED .*\n  NOW ")

    def test_usage(self):
        self.check_refused(TROUBLE, "patience", "x.db", "--patience", "0")
        run = self.replay("--help", status=IDENTICAL)
        self.assertIn("actor-replay TRACE", run.stdout)
        self.assertTrue(re.search(r"(?m)^ +replay ", run.stdout), run.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
