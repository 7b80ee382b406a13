#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Threads of the program beside its main: what they send, and what they start."""

import os
import re
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sessions import IDENTICAL, TROUBLE, Sessions, program  # noqa: E402


class Threads(Sessions):
    def test_what_they_start_is_run(self):
        for events in ("full", "order"):
            with self.subTest(events=events):
                trace = self.record(f"threads-{events}", program("REPLAY_THREADS"), events=events)
                run = self.check_identical(trace)
                turns = int(run.stdout.split()[0].replace(",", ""))
                # Two workers, each with an init, as many calls and casts as rounds, and an end.
                self.assertGreater(turns, 2 * (1 + 20 + 20 + 1), run.stdout)
                self.check_identical(trace)

    def test_a_worker_in_the_debugger(self):
        """No copies can be made while there are threads: back is the way from the beginning."""
        trace = self.record("threads", program("REPLAY_THREADS"))
        text = self.replay("debug", trace, "-e", "break behaviour worker", "-e", "continue", "-e",
                           "continue", "-e", "continue", "-e", "back", "-e", "goto end",
                           "-e", "reverse-continue", status=IDENTICAL).stdout
        turns = [int(turn) for turn in re.findall(r"turn (\d+) ", text)]
        self.assertIn("handles init", text)
        self.assertGreater(turns[2], turns[1])
        self.assertLess(turns[3], turns[2])

    def test_a_thread_that_waits_for_the_world(self):
        fifo = self.path("fifo")
        os.mkfifo(fifo)
        trace = self.path("waits.db")
        file = os.open(fifo, os.O_RDWR)  # both, so that it need not wait here
        self.addCleanup(os.close, file)
        recorder = self.start(program("ACTOR_TRACE"), "record", "-o", trace, "--",
                              program("REPLAY_THREADS"), fifo)
        os.write(file, b"now\n")
        self.wait_end(recorder, 0)
        run = self.replay(trace, "--patience", "1", status=TROUBLE)
        self.assertRegex(run.stderr, r"has not got on for 1 s: a thread of the program does not come "
                         r"to what it did next, <[\d.]+> thread, turn @\d+ at [\d.]+ s: does its "
                         r"operation number 2; it waits for something outside, or works: ")


if __name__ == "__main__":
    unittest.main(verbosity=2)
