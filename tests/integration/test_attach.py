#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The recorder comes to a running program, and leaves it, or is killed."""

import signal
import unittest

from support import PATIENCE, Case, Plane, Player, planes_in, program, wait_until


class Attach(Case):
    def setUp(self):
        super().setUp()
        self.arena = self.start(*self.arena_command(), name="arena")
        self.port = self.arena_port(self.arena)
        (path,) = planes_in(self.planes)
        self.plane = Plane(path)
        self.addCleanup(self.plane.close)

    def ping(self, times=1):
        """The program works: it answers."""
        player = Player(self.port)
        try:
            player.hear("welcome ")
            for number in range(times):
                player.say(f"ping {number}")
                player.hear(f"pong {number}")
        finally:
            player.close()

    def test_detach_after_a_while(self):
        trace = self.path("attached.db")
        self.assertEqual(self.plane.published_by_ring(), {})
        recorder = self.start(program("ACTOR_TRACE"), "record", "-p", str(self.arena.pid), "-d",
                              "1", "-o", trace, name="recorder")
        wait_until(self.plane.active, "the recorder has a lease")
        self.play_bots(self.port, players=4, seconds=2)
        self.wait_end(recorder, 0)

        # Nobody reads, so nothing is emitted, whatever the program does.
        self.assertEqual(self.plane.active(), 0)
        quiet = self.plane.published_by_ring()
        self.ping(times=20)
        self.assertEqual(self.plane.published_by_ring(), quiet)
        self.arena.send_signal(signal.SIGTERM)
        self.wait_end(self.arena, 0)

        self.check_integrity(trace)
        self.assertGreater(self.sql_number(trace, "select count(*) from messages"), 0)
        self.assertEqual(self.recorded(trace).keys(), quiet.keys())

    def test_interrupted_recorder_leaves_a_whole_trace(self):
        trace = self.path("attached.db")
        recorder = self.start(program("ACTOR_TRACE"), "record", "-p", str(self.arena.pid), "-o",
                              trace, name="recorder")
        wait_until(self.plane.active, "the recorder has a lease")
        self.ping(times=20)
        recorder.send_signal(signal.SIGINT)
        self.wait_end(recorder, 0)
        self.assertIsNone(self.arena.poll())
        self.ping()
        self.check_integrity(trace)
        self.assertGreater(self.sql_number(trace, "select count(*) from messages"), 20)

    def test_killed_recorder(self):
        trace = self.path("attached.db")
        recorder = self.start(program("ACTOR_TRACE"), "record", "-p", str(self.arena.pid), "-o",
                              trace, name="recorder")
        wait_until(self.plane.active, "the recorder has a lease")
        self.ping(times=20)
        wait_until(lambda: self.committed(trace) > 0, "something is committed")
        recorder.kill()
        recorder.wait(PATIENCE)
        self.ping(times=200)
        wait_until(lambda: self.plane.active() == 0, "the dead reader is given up")
        committed = self.sql_number(trace, "select count(*) from events")
        self.assertGreater(committed, 0)
        self.assertEqual(committed, sum(self.recorded(trace).values()))
        self.check_integrity(trace)
        info = self.tracer("info", trace)
        self.assertEqual(info.returncode, 0, info.stderr)
        self.assertRegex(info.stdout.lower(), "incomplete|not complete|complete.*no")

        # Another recorder may come.
        second = self.path("second.db")
        run = self.tracer("record", "-p", str(self.arena.pid), "-d", "0.2", "-o", second)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.check_integrity(second)


if __name__ == "__main__":
    unittest.main()
