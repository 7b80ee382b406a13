#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a recording can be asked to be, and what it does when something goes wrong."""

import os
import resource
import signal
import subprocess
import unittest

from support import PATIENCE, Case, Plane, alive, planes_in, program, wait_until
from test_kill import Testimony

TROUBLE, NO_TARGET, LOST = 2, 3, 5


class Target(Case):
    """Tests with kill_target: two players, and a witness that sends itself messages."""

    def begin(self, *recorder, flight=False):
        self.testimony = Testimony(self.path("testimony"))
        self.addCleanup(self.testimony.close)
        if flight:
            self.environment["LIBACTOR_FLIGHT_RECORDER"] = "1"
        process = self.start(*recorder, program("KILL_TARGET"), self.path("testimony"))
        wait_until(lambda: self.testimony.pid, "the program has started")
        if recorder:
            self.addCleanup(self.kill_target)
        return process

    def kill_target(self):
        if alive(self.testimony.pid):
            os.kill(self.testimony.pid, signal.SIGKILL)

    def goes_on(self, seconds=PATIENCE / 3):
        sent, returns = self.testimony.sent, self.testimony.returns
        wait_until(lambda: self.testimony.sent > sent + 1000 and self.testimony.returns > returns,
                   "the program goes on", seconds)

    def record(self, trace, *options, name="recorder"):
        return self.start(program("ACTOR_TRACE"), "record", "-o", trace, "-p",
                          str(self.testimony.pid), *options, name=name)

    def run_record(self, trace, *options, status=0):
        recorder = self.record(trace, "-d", "0.3", *options)
        self.wait_end(recorder, status)
        return self.output(recorder, "err")

    def plane(self):
        (path,) = planes_in(self.planes)
        plane = Plane(path)
        self.addCleanup(plane.close)
        return plane

    def query(self, trace, sql):
        with self.open_trace(trace) as db:
            return db.execute(sql).fetchall()


class Chosen(Target):
    def setUp(self):
        super().setUp()
        self.begin()
        self.trace = self.path("trace.db")

    def test_precise_stamps_every_send(self):
        self.run_record(self.trace, "--precise")
        counts = "select sum(kind = '{}') from events"
        sends = self.sql_number(self.trace, counts.format("send"))
        self.assertGreater(sends, 1000)
        # The first send may have been under way when the recorder came.
        self.assertAlmostEqual(self.sql_number(self.trace, counts.format("stamp")), sends, delta=4)
        self.assertEqual(self.query(self.trace, "select value from meta where key = 'send_times'"),
                         [("exact",)])

    def test_without_precise_no_send_is_stamped(self):
        self.run_record(self.trace)
        self.assertEqual(self.sql_number(self.trace,
                                         "select count(*) from events where kind = 'stamp'"), 0)
        self.assertEqual(self.query(self.trace, "select value from meta where key = 'send_times'"),
                         [("turn",)])

    def test_payloads(self):
        self.run_record(self.trace, "--payload=4")
        rows = self.query(self.trace, "select length(data), count(*) from payloads group by 1")
        self.assertEqual([row[0] for row in rows], [4])  # the ball has 8 bytes, the witness none
        self.assertGreater(rows[0][1], 100)
        # A ball's number grows by one with each throw.
        numbers = [int.from_bytes(row[0], "little") for row in self.query(
            self.trace, "select data from payloads order by sender, seq")]
        self.assertGreater(max(numbers), min(numbers))
        self.assertEqual(self.sql_number(self.trace,
                                         "select count(*) from events where kind = 'payload'"), 0)

    def test_filter_keeps_turns_and_sends_to_them(self):
        err = self.run_record(self.trace, "--filter", "behaviour == witness")
        self.assertIn("left out", err)
        actors = self.query(self.trace, "select count(*) from chunk")
        self.assertGreater(actors[0][0], 0)
        self.assertEqual(self.sql_number(
            self.trace, "select count(*) from turns where behaviour <> 'witness'"), 0)
        self.assertGreater(self.sql_number(self.trace, "select count(*) from turns"), 1000)
        self.recorded_is_whole()

    def test_filter_by_type(self):
        self.run_record(self.trace, "--filter", "type == throw_ball")
        self.assertEqual(self.sql_number(
            self.trace, "select count(*) from messages where type <> 'throw_ball'"), 0)
        self.assertGreater(self.sql_number(self.trace, "select count(*) from messages"), 100)

    def test_wrong_filter(self):
        err = self.run_record(self.trace, "--filter", "colour == red", status=TROUBLE)
        self.assertIn("colour", err)
        self.assertFalse(os.path.exists(self.trace))

    def recorded_is_whole(self):
        """The numbers in the file have no hole, although events were left out."""
        ends = {}
        for thread, first, count in self.query(
                self.trace, "SELECT thread, first, n FROM chunk ORDER BY thread, first"):
            self.assertEqual(ends.get(thread, first), first)
            ends[thread] = first + count
        self.assertEqual(self.query(self.trace, "select reason from gap where reason <>"
                                    " 'reader lapsed'"), [])

    def test_segments(self):
        recorder = self.record(self.trace, "--max-time", "0.1", "--segments", "2")
        wait_until(lambda: os.path.exists(self.path("trace-0004.db")), "there is a fourth file")
        recorder.send_signal(signal.SIGINT)
        self.wait_end(recorder, 0)
        names = sorted(name for name in os.listdir(self.folder) if name.startswith("trace-"))
        self.assertEqual(len(names), 2, names)
        self.assertGreater(names[0], "trace-0002.db")
        ends = {}
        for name in names:
            path = self.path(name)
            self.check_integrity(path)
            self.assertGreater(self.sql_number(path, "select count(*) from turns"), 0)
            self.assertEqual(self.query(path, "select value from meta where key='complete'"), [(1,)])
            for thread, first, count in self.query(
                    path, "SELECT thread, first, n FROM chunk ORDER BY thread, first"):
                self.assertEqual(ends.get(thread, first), first, f"{name}: events are missing")
                ends[thread] = first + count

    def test_two_readers_do_not_disturb_each_other(self):
        second = self.path("second.db")
        one = self.record(self.trace, "-d", "0.5", "--events", "order", name="one")
        two = self.record(second, "-d", "0.5", "--precise", "--payload", name="two")
        self.wait_end(one, 0)
        self.wait_end(two, 0)
        kinds = "select count(*) from events where kind in ('send', 'stamp')"
        self.assertEqual(self.sql_number(self.trace, kinds), 0)
        self.assertGreater(self.sql_number(second, kinds), 0)
        for trace in (self.trace, second):
            # On a busy machine a recorder may come too late to renew its lease; what the
            # program throws away until it is back is lost then, too, and only then.
            reasons = {reason for (reason,) in self.query(trace, "select reason from gap")}
            if "reader lapsed" not in reasons:
                self.assertEqual(reasons, set())
        self.assertEqual(self.plane().active(), 0, "a lease is left behind")

    def test_attach_and_detach_leaves_no_trace(self):
        for number in range(10):
            path = self.path(f"again{number}.db")
            self.wait_end(self.record(path, "-d", "0.02", name=f"again{number}"), 0)
        self.assertEqual(self.plane().active(), 0)
        self.goes_on()


class Sampled(Case):
    def test_conversations_stay_whole(self):
        """The arena: each answer to a kept message is kept, and none to others."""
        trace = self.path("sample.db")
        recorder = self.start(program("ACTOR_TRACE"), "record", "-o", trace, "--sample", "1/4",
                              "--", *self.arena_command(), name="arena")
        self.play_bots(self.arena_port(recorder))
        recorder.send_signal(signal.SIGTERM)
        self.wait_end(recorder, 0)
        self.assertIn("left out", self.output(recorder, "err"))
        sent = self.sql_number(trace, "select count(*) from events where kind = 'send'")
        self.assertGreater(sent, 50)
        # Every message sent in a kept turn is received in a kept turn: none goes missing but
        # those that were never handled at all.
        lone = self.sql_number(
            trace, "select count(*) from unhandled")
        self.assertLess(lone, sent / 10)


class Kept(Target):
    def test_snapshot_of_a_flight_recorder(self):
        self.begin(flight=True)
        self.goes_on(PATIENCE)
        trace = self.path("snap.db")
        run = self.tracer("snapshot", str(self.testimony.pid), "-o", trace)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertGreater(self.sql_number(trace, "select count(*) from turns"), 1000)
        self.goes_on()

    def test_snapshot_without_a_flight_recorder(self):
        self.begin()
        trace = self.path("snap.db")
        run = self.tracer("snapshot", str(self.testimony.pid), "-o", trace)
        self.assertEqual(run.returncode, NO_TARGET, run.stderr)
        self.assertIn("LIBACTOR_FLIGHT_RECORDER", run.stderr)
        self.assertFalse(os.path.exists(trace))

    def test_a_snapshot_says_that_its_events_are_old(self):
        """A recording leaves events in the rings; without a flight recorder none come after it."""
        self.begin()
        run = self.tracer("record", "-p", str(self.testimony.pid), "-d", "0.2", "-o",
                          self.path("first.db"))
        self.assertEqual(run.returncode, 0, run.stderr)

        def snapshot():
            trace = self.path("snap.db")
            run = self.tracer("snapshot", str(self.testimony.pid), "-o", trace)
            self.assertEqual(run.returncode, 0, run.stderr)
            os.remove(trace)
            return "the newest event is" in run.stderr

        wait_until(snapshot, "old events are said to be old")

    def test_salvage_after_a_kill(self):
        process = self.begin(flight=True)
        self.goes_on(PATIENCE)
        process.kill()
        process.wait(PATIENCE)
        sent, actor = self.testimony.sent, self.testimony.actor
        (path,) = planes_in(self.planes)
        trace = self.path("crash.db")
        run = self.tracer("salvage", path, "-o", trace)
        self.assertEqual(run.returncode, 0, run.stderr)
        last = self.sql_number(trace, "select max(seq) from events where kind = 'send'"
                               f" and actor_id = {actor}")
        self.assertGreaterEqual(last, sent, "the last published events are missing")
        self.assertEqual(self.query(trace, "select count(*) from gap"), [(0,)])

    def test_salvage_of_no_plane(self):
        path = self.path("noise.plane")
        with open(path, "wb") as file:
            file.write(os.urandom(8192))
        self.assertEqual(self.tracer("salvage", path, "-o", self.path("x.db")).returncode, 4)
        self.assertEqual(self.tracer("salvage", self.path("none"), "-o",
                                     self.path("x.db")).returncode, NO_TARGET)
        self.assertFalse(os.path.exists(self.path("x.db")))


class Trouble(Target):
    def setUp(self):
        super().setUp()
        self.begin()
        self.trace = self.path("trace.db")

    def test_recorder_that_hangs_is_noticed(self):
        self.environment["LIBACTOR_RING_BYTES"] = "65536"
        recorder = self.record(self.trace, "--fail-on-drop")
        wait_until(lambda: self.committed(self.trace) > 20000, "something is committed")
        recorder.send_signal(signal.SIGSTOP)
        try:
            plane = self.plane()
            wait_until(lambda: plane.active() == 0, "the program gives the recorder up", 5)
            self.goes_on()
        finally:
            recorder.send_signal(signal.SIGCONT)
        wait_until(lambda: plane.active() != 0, "the recorder takes its lease again")
        recorder.send_signal(signal.SIGINT)
        self.wait_end(recorder, LOST)
        self.assertIn("reader lapsed", self.output(recorder, "err"))
        self.assertIn(("reader lapsed",), self.query(self.trace, "select reason from gap"))

    def test_full_disk(self):
        """The file may not grow any more, as on a full disk."""
        limit = 4 << 20
        err = open(self.path("full.err"), "wb")
        with err:
            recorder = subprocess.Popen(
                [program("ACTOR_TRACE"), "record", "-o", self.trace, "-p",
                 str(self.testimony.pid)], stderr=err, env=self.environment,
                preexec_fn=lambda: (signal.signal(signal.SIGXFSZ, signal.SIG_IGN),
                                    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))))
        self.addCleanup(self.end, recorder)
        recorder.wait(PATIENCE)
        with open(self.path("full.err"), encoding="utf-8") as file:
            said = file.read()
        self.assertEqual(recorder.returncode, TROUBLE, said)
        self.assertIn(self.trace, said)
        self.goes_on()
        self.check_integrity(self.trace)
        self.assertGreater(self.sql_number(self.trace, "select count(*) from events"), 0)

    def test_read_only_directory(self):
        folder = self.path("closed")
        os.mkdir(folder, 0o500)
        if os.access(folder, os.W_OK):
            folder = "/proc"  # root writes everywhere else
        err = self.run_record(f"{folder}/x.db", status=TROUBLE)
        self.assertIn(f"{folder}/x.db", err)
        self.goes_on()

    def test_two_recorders_on_one_file(self):
        first = self.record(self.trace, name="first")
        wait_until(lambda: self.committed(self.trace) > 0, "something is committed")
        err = self.run_record(self.trace, status=TROUBLE)
        self.assertIn(self.trace, err)
        first.send_signal(signal.SIGINT)
        self.wait_end(first, 0)
        self.check_integrity(self.trace)
        self.goes_on()


if __name__ == "__main__":
    unittest.main()
