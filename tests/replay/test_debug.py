#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Commands of actor-replay debug that need a session of their own, and its prompt."""

import contextlib
import os
import pty
import re
import select
import signal
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sessions import IDENTICAL, TROUBLE, Sessions, program  # noqa: E402
from support import PATIENCE  # noqa: E402


class Commands(Sessions):
    def debug(self, trace, *commands, status=IDENTICAL):
        orders = [word for command in commands for word in ("-e", command)]
        return self.replay("debug", trace, *orders, status=status)

    def test_the_message_that_a_turn_sends(self):
        trace = self.cheat("none")
        text = self.debug(trace, "break behaviour cheat message step", "continue", "print msg",
                          "step message", "print msg").stdout
        self.assertRegex(text, r"cheat <[\d.]+> handles step from driver .*\n8 bytes: 01000000"
                               r"00000000\n"
                               r"turn \d+ .*: sink <[\d.]+> handles result from cheat .*\n")
        run = self.debug(trace, "break behaviour sink message result", "continue", "step message",
                         status=TROUBLE)
        self.assertIn("this turn sends nothing", run.stderr)

    def test_another_message_first(self):
        """The second step comes before the first: the sink gets 2 where it got 1."""
        trace = self.record("bytes", program("REPLAY_CHEAT"), "none", options=("--payload",))
        text = self.debug(trace, "break behaviour cheat message step", "continue", "mailbox",
                          "reorder 1", "print msg", "finish", "abandon", "print msg").stdout
        self.assertRegex(text, r"(?m)^1: step from driver <[\d.]+>, number 3, 8 bytes$")
        self.assertIn("a what-if begins", text)
        before, after = text.split("recorded: ", 1)
        self.assertIn("8 bytes: 0200000000000000", before)
        self.assertRegex(after, r"sink <[\d.]+>: another message")
        self.assertIn("8 bytes: 0100000000000000", after)  # thrown away

    def test_where_a_lint_has_fired(self):
        trace = self.record("stuck", program("REPLAY_WAITS"), "stuck")
        text = self.debug(trace, "break alert stuck-handler", "continue", "goto end",
                          "reverse-continue").stdout
        self.assertIn("breakpoint 1: 1 alert\n", text)
        turns = re.findall(r"(?m)^turn (\d+) ", text)
        self.assertEqual(len(turns), 2, text)
        self.assertEqual(turns[0], turns[1])

    def test_places_are_those_of_the_recording(self):
        """By time and by event, also where ports have turns, which are not run in a replay."""
        trace = self.path("arena.db")
        recorder = self.start(program("ACTOR_TRACE"), "record", "-o", trace, "--",
                              *self.arena_command(), name="arena")
        self.play_bots(self.arena_port(recorder), players=4, seconds=1)
        recorder.send_signal(signal.SIGTERM)
        self.wait_end(recorder, 0)
        lines = self.tracer("dump", trace).stdout.splitlines()
        last = float(lines[-1].split()[0])
        places = [last * part / 20 for part in range(1, 19)]
        events = range(1, len(lines) - len(lines) // 5, len(lines) // 20)
        text = self.debug(trace, *[f"goto {place:.6f}s" for place in places],
                          *[f"goto @{number}" for number in events]).stdout
        found = re.findall(r"(?m)^turn \d+ \(@(\d+), ([\d.]+) s\): (?:.*? )?(<[\d.]+>) ", text)
        self.assertEqual(len(found), len(places) + len(events), text)
        # As the viewer counts and dump prints them: that event is the turn's first.
        for number, seconds, actor in found:
            words = lines[int(number) - 1].split()
            self.assertEqual((f"{float(words[0]):.6f}", words[3]), (seconds, actor))
            self.assertIn(words[2], ("recv", "input"))
        for wanted, (_, seconds, _) in zip(places, found):
            self.assertGreaterEqual(float(seconds), wanted - 0.000001)
            self.assertLess(float(seconds), wanted + last / 4)
        for wanted, (number, _, _) in zip(events, found[len(places):]):
            self.assertGreaterEqual(int(number), wanted)

    def test_without_gdb(self):
        run = self.replay("gdb", self.cheat("none"), "--at", "20", "--gdb",
                          self.path("no-gdb"), status=TROUBLE)
        self.assertRegex(run.stderr, r"cannot start .*no-gdb: No such file or directory; install gdb, "
                                     r"or name it with --gdb")


class Prompt(Sessions):
    """Interactive, on a terminal of its own."""

    def setUp(self):
        super().setUp()
        trace = self.cheat("none")
        self.environment.update(HOME=self.folder, TERM="dumb")
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(program("ACTOR_REPLAY"), ["actor-replay", "debug", trace], self.environment)
        self.addCleanup(os.close, self.fd)
        self.text = ""

    def hear(self, pattern):
        """What comes until the pattern; and forgets it."""
        deadline = time.monotonic() + 2 * PATIENCE
        while not re.search(pattern, self.text):
            self.assertLess(time.monotonic(), deadline, f"no {pattern!r} in {self.text!r}")
            if select.select([self.fd], [], [], 1)[0]:
                self.text += os.read(self.fd, 65536).decode(errors="replace").replace("\r", "")
        found = re.search(pattern, self.text)
        before, self.text = self.text[:found.end()], self.text[found.end():]
        return before

    def say(self, text):
        os.write(self.fd, text.encode())

    def check_end(self):
        deadline = time.monotonic() + 2 * PATIENCE
        while True:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid != 0:
                break
            if time.monotonic() > deadline:
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
                self.fail(f"it does not end: {self.text!r}")
            with contextlib.suppress(OSError):  # the other end is closed
                if select.select([self.fd], [], [], 0.1)[0]:
                    self.text += os.read(self.fd, 65536).decode(errors="replace")
        self.assertEqual(os.waitstatus_to_exitcode(status), IDENTICAL)

    def test_a_dialogue(self):
        self.hear(r"help lists the commands\n\(replay\) ")
        self.say("goto 7\n")
        text = self.hear(r"\nturn 7 \(.*\n\(replay\) ")
        self.assertNotIn("[", text.split("\n", 1)[1].split("turn 7")[0])  # no bar for so little
        self.say("\n")  # the same once more
        self.hear(r"\nturn 7 .*\n\(replay\) ")
        self.say("reverse-c\t")
        self.hear(r"reverse-continue ")
        self.say("\n")
        self.hear(r"turn 1 .*\n\(replay\) ")
        self.say("nonsense\n")
        self.hear(r"there is no command 'nonsense'; `help` lists them\n\(replay\) ")
        self.say("quit\n")
        self.check_end()
        with open(self.path(".actor_replay_history"), encoding="utf-8") as file:
            self.assertIn("goto", file.read())


if __name__ == "__main__":
    unittest.main(verbosity=2)
