#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""kill -9 at random instants: of the program, and of the recorder.

What the program had published when it died must be in the trace, whole, and nothing else must
hang. LIBACTOR_TEST_SEED repeats a run, LIBACTOR_TEST_KILLS says how often the program is killed.
"""

import contextlib
import mmap
import os
import random
import re
import signal
import sqlite3
import struct
import sys
import unittest

from support import PATIENCE, Case, Plane, alive, planes_in, program, wait_until

KILLS = int(os.environ.get("LIBACTOR_TEST_KILLS", "50"))
FEW = max(3, KILLS // (3 if KILLS > 100 else 12))  # of those that take longer
SEED = int(os.environ.get("LIBACTOR_TEST_SEED", random.SystemRandom().randrange(1 << 32)))

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
with open(os.path.join(ROOT, "libactor", "include", "actor", "event.h"), encoding="utf-8") as header:
    EVENT_COUNT = int(re.search(r"ACTOR_EVENT_COUNT = (\d+)", header.read())[1])


class Testimony:
    """The file into which the program writes what it knows it has done."""

    SIZE = 32

    def __init__(self, path):
        with open(path, "wb") as file:
            file.truncate(self.SIZE)
        with open(path, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), self.SIZE)

    def close(self):
        self.memory.close()

    def word(self, index):
        return struct.unpack_from("<Q", self.memory, 8 * index)[0]

    sent = property(lambda self: self.word(0))
    pid = property(lambda self: self.word(1))
    actor = property(lambda self: self.word(2))
    returns = property(lambda self: self.word(3))


class Kill(Case):
    def setUp(self):
        super().setUp()
        self.random = random.Random(SEED)
        print(f"# LIBACTOR_TEST_SEED={SEED} LIBACTOR_TEST_KILLS={KILLS}", file=sys.stderr)

    def record(self, number):
        testimony = Testimony(self.path(f"testimony{number}"))
        self.addCleanup(testimony.close)
        trace = self.path(f"kill{number}.db")
        recorder = self.start(program("ACTOR_TRACE"), "record", "-o", trace, "--",
                              program("KILL_TARGET"), self.path(f"testimony{number}"),
                              name=f"kill{number}")

        def begun():
            self.assertIsNone(recorder.poll(), self.said(recorder))
            return testimony.pid
        wait_until(begun, "the program has started")
        return recorder, testimony, trace

    def check_trace(self, trace, testimony, published):
        """Every published event is there, none is torn, none of the witness's sends is missing."""
        self.assertEqual(self.recorded(trace), published)
        with self.open_trace(trace) as db:
            self.assertEqual(db.execute("SELECT * FROM gap").fetchall(), [])
            (kinds,) = db.execute("SELECT coalesce(max(kinds), 0) FROM chunk").fetchone()
        self.assertEqual((kinds & (1 << 64) - 1) >> EVENT_COUNT, 0, "events of unknown kinds")
        # One pass over the events: how many, and for each sender whether its numbers have holes.
        self.assertEqual(self.sql_number(trace, "select count(*) from events"),
                         sum(published.values()))
        holes = self.sql_number(
            trace, "select count(*) from (select 1 from events where kind = 'send'"
            " group by actor_id having max(seq) - min(seq) + 1 <> count(distinct seq))")
        self.assertEqual(holes, 0, "a sender's numbers have holes")
        sent = self.sql_number(trace, "select count(*) from events where kind = 'send'"
                               f" and actor_id = {testimony.actor}")
        self.assertGreaterEqual(sent, testimony.sent)

    def test_program_killed(self):
        for number in range(KILLS):
            with self.subTest(number=number, seed=SEED):
                recorder, testimony, trace = self.record(number)
                # A random instant: after a random number of messages, early ones more often.
                goal = int(self.random.random() ** 3 * 20000)
                wait_until(lambda: testimony.sent >= goal, f"{goal} messages are sent")
                os.kill(testimony.pid, signal.SIGKILL)
                self.wait_end(recorder, 128 + signal.SIGKILL)
                (path,) = planes_in(self.planes)
                plane = Plane(path)
                published = plane.published_by_ring()
                plane.close()
                self.check_trace(trace, testimony, published)
                os.unlink(path)
                os.unlink(trace)

    def kill_recorder(self, number):
        """A recorder that is killed at a random instant; (testimony, trace)."""
        recorder, testimony, trace = self.record(number)
        goal = 1 + int(self.random.random() ** 3 * 100000)
        wait_until(lambda: testimony.sent >= goal, f"{goal} messages are sent")
        recorder.kill()
        return recorder, testimony, trace

    def check_gone_on(self, trace, published, refused):
        """What was published is there; what a ring did not take any more, a gap has counted."""
        run = self.tracer("check", trace)
        self.assertIn(", whole", run.stdout, run.stdout + run.stderr)
        with self.open_trace(trace) as db:
            self.assertEqual(db.execute("SELECT value FROM meta WHERE key = 'complete'").fetchone(),
                             (1,))
            stored = dict(db.execute("SELECT thread, sum(n) FROM chunk GROUP BY thread"))
            last = dict(db.execute("SELECT thread, max(first + n) FROM chunk GROUP BY thread"))
            lost = dict(db.execute("SELECT thread, sum(events) FROM gap GROUP BY thread"))
            reasons = {reason for reason, in db.execute("SELECT reason FROM gap")}
        self.assertLessEqual(reasons, {"reader lapsed", "discarded"})
        self.assertEqual(last, published)
        for thread, count in published.items():
            # Those that were refused last have no event behind them from which a hole would show.
            gone = lost.get(thread) or 0
            self.assertGreaterEqual(gone, count - stored[thread], f"thread {thread}")
            self.assertEqual(gone, refused[thread], f"thread {thread}")
        self.assertEqual(self.sql_number(trace, "select count(*) from events"),
                         sum(stored.values()))

    def finish_plane(self, trace):
        (path,) = planes_in(self.planes)
        plane = Plane(path)
        published = plane.published_by_ring()
        refused = {ring: plane.lost(ring) for ring in published}
        plane.close()
        self.check_gone_on(trace, published, refused)
        os.unlink(path)
        os.unlink(trace)

    def test_another_recorder_goes_on(self):
        for number in range(FEW):
            with self.subTest(number=number, seed=SEED):
                recorder, testimony, trace = self.kill_recorder(number)
                recorder.wait(PATIENCE)
                if number % 2 == 0:  # it was noticed, and the program went on alone
                    sent = testimony.sent
                    wait_until(lambda: testimony.sent > sent + 100000, "the program goes on")
                second = self.start(program("ACTOR_TRACE"), "record", "-p", str(testimony.pid),
                                    "-o", trace, name=f"second{number}")
                sent = testimony.sent
                wait_until(lambda: testimony.sent > sent + 1000, "the program goes on")
                wait_until(lambda: self.resumed(trace), "the second recorder commits")
                os.kill(testimony.pid, signal.SIGKILL)
                self.wait_end(second, 0)
                self.finish_plane(trace)

    def resumed(self, trace):
        with self.open_trace(trace) as db:
            return db.execute("SELECT value FROM meta WHERE key = 'resumed'").fetchone() is not None

    def test_both_killed(self):
        for number in range(FEW):
            with self.subTest(number=number, seed=SEED):
                recorder, testimony, trace = self.kill_recorder(number)
                os.kill(testimony.pid, signal.SIGKILL)
                recorder.wait(PATIENCE)
                wait_until(lambda: not alive(testimony.pid), "the program is gone")
                (path,) = planes_in(self.planes)
                run = self.tracer("salvage", path, "-o", trace)
                self.assertEqual(run.returncode, 0, run.stderr)
                self.finish_plane(trace)

    def test_what_is_not_gone_on_with(self):
        recorder, testimony, trace = self.kill_recorder(0)
        recorder.wait(PATIENCE)
        try:
            second = self.tracer("record", "-p", str(testimony.pid), "-o", trace, "-d", "0.1")
            self.assertEqual(second.returncode, 0, second.stderr)
            finished = self.tracer("record", "-p", str(testimony.pid), "-o", trace, "-d", "0.1")
            self.assertEqual(finished.returncode, 2)
            self.assertIn("is a finished recording and is not overwritten", finished.stderr)
            with contextlib.closing(sqlite3.connect(trace)) as db:
                db.execute("UPDATE meta SET value = 0 WHERE key = 'complete'")
                db.execute("UPDATE meta SET value = value + 1 WHERE key = 'start_time'")
                db.commit()
            other = self.tracer("record", "-p", str(testimony.pid), "-o", trace, "-d", "0.1")
            self.assertEqual(other.returncode, 2)
            self.assertIn("is a recording of another process", other.stderr)
        finally:
            os.kill(testimony.pid, signal.SIGKILL)

    def test_recorder_killed(self):
        recorder, testimony, trace = self.record(0)
        try:
            wait_until(lambda: self.committed(trace) > 20000, "something is committed")
            recorder.kill()
            recorder.wait(PATIENCE)
            for _ in range(3):
                sent, returns = testimony.sent, testimony.returns
                wait_until(lambda: testimony.sent > sent + 1000, "the witness goes on", seconds=1)
                wait_until(lambda: testimony.returns > returns, "the ball flies", seconds=1)
            self.assertTrue(alive(testimony.pid))
        finally:
            os.kill(testimony.pid, signal.SIGKILL)
        events = self.recorded(trace)
        self.assertGreater(sum(events.values()), 20000, "what was committed is gone")
        self.assertEqual(self.sql_number(trace, "select count(*) from events"),
                         sum(events.values()))
        self.check_integrity(trace)


if __name__ == "__main__":
    unittest.main()
