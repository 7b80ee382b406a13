#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The arena, recorded from its start to its end."""

import os
import re
import signal
import unittest

from support import Case, Player, children, program, wait_until


class Recorded(Case):
    def test_trace_agrees_with_the_program(self):
        trace = self.path("arena.db")
        recorder = self.start(program("ACTOR_TRACE"), "record", "-o", trace, "--",
                              *self.arena_command(), name="arena")
        self.play_bots(self.arena_port(recorder))
        recorder.send_signal(signal.SIGTERM)
        self.wait_end(recorder, 0)
        handled = int(re.search(r"^arena: handled (\d+) messages, ", self.output(recorder),
                                re.MULTILINE).group(1))
        self.assertGreater(handled, 1000)
        self.assertEqual(self.sql_number(trace, "select count(*) from messages"), handled)

        info = self.tracer("info", trace)
        self.assertEqual(info.returncode, 0, info.stderr)
        self.assertRegex(info.stdout, r"(?m)^ *lost +nothing$")

        self.check_integrity(trace)
        events = sum(self.recorded(trace).values())
        self.assertEqual(self.sql_number(trace, "select count(*) from events"), events)
        with self.open_trace(trace) as db:
            self.assertEqual(db.execute("SELECT count(*) FROM gap").fetchone(), (0,))
            names = {row[0] for row in db.execute("SELECT name FROM behaviours")}
            self.assertIn("matchmaker", names)
            self.assertEqual(db.execute("SELECT sum(handled) FROM rollup").fetchone(), (handled,))

    def test_status_of_the_program_is_passed_on(self):
        trace = self.path("arena.db")
        run = self.tracer("record", "-o", trace, "--", program("ARENA"), "--no-such-option")
        self.assertEqual(run.returncode, 2, run.stderr)


class Played(Case):
    """Two people play a game to its end, each at a plain socket."""

    def player(self, port, name):
        player = Player(port)
        self.addCleanup(player.close)
        player.hear("welcome ")
        player.say(f"name {name}")
        player.hear(f"ok name {name} ")
        return player

    def test_a_full_game(self):
        arena = self.start(*self.arena_command("--tick", "5", "--ticks-per-move", "1", "--width",
                                               "16", "--height", "16"), name="arena")
        port = self.arena_port(arena)
        anna, bert = self.player(port, "ANNA"), self.player(port, "BERT")
        anna.say("play")
        bert.say("play")
        self.assertEqual(anna.hear(r"match (\S+) ").group(1), "BERT")
        self.assertEqual(bert.hear(r"match (\S+) ").group(1), "ANNA")
        anna.hear("go")
        bert.hear("go")
        # Bert keeps turning left into his own trail; Anna goes straight on.
        for _ in range(3):
            bert.say("l")
        end = r"end (win|lose|draw) rating (\d+) reward (\d+)"
        results = anna.hear(end).group(1), bert.hear(end).group(1)
        self.assertIn(results, (("win", "lose"), ("lose", "win"), ("draw", "draw")))

        anna.say("top")
        self.assertGreaterEqual(int(anna.hear(r"ok top (\d+)").group(1)), 2)
        anna.say("ping 1")
        anna.hear("pong 1")
        bert.say("quit")
        bert.hear("bye")
        arena.send_signal(signal.SIGTERM)
        self.wait_end(arena, 0)
        self.assertRegex(self.output(arena), r"handled \d+ messages, 1 games, ")

    def test_port_in_use(self):
        arena = self.start(*self.arena_command(), name="arena")
        port = self.arena_port(arena)
        run = self.run_program(program("ARENA"), "--port", str(port), "--db",
                               self.path("other.db"))
        self.assertNotEqual(run.returncode, 0)
        self.assertIn("in use", run.stderr)
        self.assertNotIn("listening", run.stdout)
        arena.send_signal(signal.SIGTERM)
        self.wait_end(arena, 0)


class Signals(Case):
    def test_program_killed_by_its_user_is_told_from_a_clean_end(self):
        trace = self.path("arena.db")
        recorder = self.start(program("ACTOR_TRACE"), "record", "-o", trace, "--",
                              *self.arena_command(), name="arena")
        self.arena_port(recorder)
        (arena,) = wait_until(lambda: children(recorder.pid), "the recorder has a child")
        os.kill(arena, signal.SIGKILL)
        self.wait_end(recorder, 128 + signal.SIGKILL)
        self.check_integrity(trace)


if __name__ == "__main__":
    unittest.main()
