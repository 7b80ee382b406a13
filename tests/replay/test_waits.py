#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Handlers and a main that wait: borne by a replay, or named."""

import os
import signal
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sessions import TROUBLE, Sessions, program  # noqa: E402
from support import children, wait_until  # noqa: E402


class Waits(Sessions):
    def waits(self, kind, *arguments):
        return self.record(kind, program("REPLAY_WAITS"), kind, *arguments)

    def test_a_handler_that_sleeps(self):
        self.check_identical(self.waits("sleep"))

    def test_a_handler_that_polls_for_what_main_says(self):
        """Main says it after what the handler has begun: it is run meanwhile."""
        self.check_identical(self.waits("poll"))

    def test_a_handler_that_spins(self):
        """Nothing tells that it waits: it is named, with its turn and message."""
        run = self.replay(self.waits("spin"), "--patience", "1", status=TROUBLE)
        self.assertRegex(
            run.stderr, r"^actor-replay: the program has not got on for 1 s: <[\d.]+> waiter, turn "
            r"@\d+ at [\d.]+ s: receives cast begin #\d+ from <[\d.]+> (?:main|thread), and its handler does not "
            r"return: it waits, or loops; .*actor-replay gdb .*spin.*\.db --at @\d+\n$")
        self.assertNotIn("identical", run.stdout)

    def test_a_main_that_waits_for_the_world(self):
        """Named with what it did next in the recording, and the system call."""
        fifo = self.path("fifo")
        os.mkfifo(fifo)
        trace = self.path("main.db")
        recorder = self.start(program("ACTOR_TRACE"), "record", "-o", trace, "--",
                              program("REPLAY_WAITS"), "main", fifo)
        file = os.open(fifo, os.O_RDWR)  # both, so that it need not wait here
        self.addCleanup(os.close, file)
        os.write(file, b"now\n")
        self.wait_end(recorder, 0)
        run = self.replay(trace, "--patience", "1", status=TROUBLE)
        self.assertRegex(
            run.stderr, r"has not got on for 1 s: its main does not come to what it did next, "
            r"<[\d.]+> (?:main|thread), turn @\d+ at [\d.]+ s: does its operation number \d+; it waits in read for something ")

    def observed(self, trace):
        return self.sql_number(trace, "select count(*) from events where kind = 'observe'")

    def test_a_reader_that_is_given_up_in_the_middle_of_a_turn(self):
        """Says so in the turn's ring, at a later time than the turn: that stays in one piece."""
        trace = self.path("long.db")
        recorder = self.start(program("ACTOR_TRACE"), "record", "-o", trace, "--",
                              program("REPLAY_WAITS"), "long", name="long")
        wait_until(lambda: "in the turn" in self.output(recorder), "the turn begins")
        pid, = children(recorder.pid)
        modes = "select count(*) from events where kind = 'mode'"
        for attempt in range(40):  # sometimes the other reader finds it dead first
            if self.sql_number(trace, modes):
                break
            other = self.path(f"other-{attempt}.db")
            reader = self.start(program("ACTOR_TRACE"), "record", "-o", other, "-p", str(pid),
                                name="other")
            wait_until(lambda path=other: self.committed(path) > 0, "it reads", 60)
            reader.kill()
            reader.wait()
            observed = self.observed(trace)
            wait_until(lambda count=observed: self.sql_number(trace, modes) or
                       self.observed(trace) > count + 20000, "more is read", 60)
        self.assertTrue(self.sql_number(trace, modes))
        observed = self.observed(trace)
        wait_until(lambda: self.observed(trace) > observed + 2000, "more is read", 60)
        os.kill(pid, signal.SIGUSR1)
        self.wait_end(recorder, 0)
        self.check_identical(trace)


if __name__ == "__main__":
    unittest.main(verbosity=2)
