#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Traces whose checksums are right and whose events cannot be: an error that says so, never a crash."""

import os
import shutil
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sessions import (DIFFER, IDENTICAL, NO_TARGET, TROUBLE, UNREADABLE, Sessions,  # noqa: E402
                      program)

# Traces of each program that are forged; by hand: LIBACTOR_TEST_FORGED=500.
FORGED = int(os.environ.get("LIBACTOR_TEST_FORGED", "10"))
FIRST_SEED = int(os.environ.get("LIBACTOR_TEST_SEED", "1"))


class Forged(Sessions):
    def forge(self, trace, name):
        run = self.run_program(program("REPLAY_FORGE"), trace, name)
        self.assertEqual(run.returncode, 0, run.stderr)
        return self.replay("--show-output", "--patience", "2", trace,
                           ASAN_OPTIONS="detect_leaks=0")

    def random(self, name, events="full", chaos=3):
        return self.record(name, program("REPLAY_RANDOM"), "--seed", "5", "--operations", "15",
                           chaos=chaos, events=events)

    def test_a_message_that_is_shorter_than_its_type(self):
        run = self.forge(self.random("short"), "short")
        self.assertEqual(run.returncode, UNREADABLE, run.stdout + run.stderr)
        self.assertRegex(run.stderr, r"actor-replay: the recording contradicts itself: this cannot have "
                         r"been: <[\d.]+> \S+, event @\d+: is sent \w+ #\d+ by <[\d.]+> \S+ from outside")

    def test_an_answer_that_answers_something_else(self):
        """What a call waits for begins with a status; a place in a mailbox has no bytes at all."""
        for name in ("room", "threads"):
            trace = (self.random(name) if name == "room" else
                     self.record(name, program("REPLAY_THREADS")))
            run = self.forge(trace, "room")
            text = run.stdout + run.stderr
            self.assertIn(run.returncode, (DIFFER, TROUBLE), text)
            self.assertNotIn("Sanitizer", text)
            self.assertNotIn("ended by signal", text)

    def replay_forged(self, trace):
        forged = self.path("forged.db")
        for seed in range(FIRST_SEED, FIRST_SEED + FORGED):
            shutil.copy(trace, forged)
            edits = 1 if seed % 3 else 1 + seed % 20
            run = self.run_program(program("REPLAY_FORGE"), forged, str(seed), str(edits))
            self.assertEqual(run.returncode, 0, run.stderr)
            with self.subTest(seed=seed):
                # What it is told may well keep the program from freeing all that it has.
                found = self.replay("--show-output", "--patience", "2",
                                    *(["--continue"] if seed % 2 else []), forged,
                                    ASAN_OPTIONS="detect_leaks=0")
                text = f"LIBACTOR_TEST_SEED={seed}\n{run.stdout}{found.stdout}{found.stderr}"
                self.assertLessEqual(IDENTICAL, found.returncode, text)
                self.assertLessEqual(found.returncode, UNREADABLE, text)
                self.assertNotIn("Sanitizer", text)
                self.assertNotIn("runtime error", text)
                self.assertNotIn("ended by signal", text)
                self.assertNotIn("Assertion", text)
                if found.returncode not in (IDENTICAL, DIFFER):
                    self.assertRegex(found.stderr, r"(?m)^actor-replay: .+$", text)
                if found.returncode != IDENTICAL:
                    self.assertNotIn("identical", found.stdout, text)
                self.assertNotEqual(found.returncode, NO_TARGET, text)
                if found.returncode == UNREADABLE:
                    self.assertIn("contradicts itself: ", text)

    def test_random_program(self):
        for events, chaos in (("full", 3), ("order", 9)):
            self.replay_forged(self.random(events, events, chaos))

    def test_threads(self):
        self.replay_forged(self.record("threads", program("REPLAY_THREADS")))

    def test_cheat(self):
        self.replay_forged(self.cheat("none"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
