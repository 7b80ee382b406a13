#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Payloads and states by their C types: of a trace, and of a program that runs."""

import json
import os
import re
import shutil
import struct
import subprocess
import unittest

from support import Case, program, wait_until

WALKED = {"by": {"x": 0.5, "y": 0.25}, "mood": "MOOD_WILD"}


class Types(Case):
    def setUp(self):
        super().setUp()
        self.target = self.path("sheep")
        shutil.copy2(program("TYPES_TARGET"), self.target)

    def make_types(self):
        run = self.tracer("types", self.target)
        if run.returncode != 0 and re.search("pahole is missing|no debugging|reads no types",
                                             run.stderr):
            self.skipTest(run.stderr.strip())
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertRegex(run.stdout, r"sheep\.btf: \d+ types, \d+ KiB\n")

    def start_target(self, *command):
        process = subprocess.Popen([*command, self.target], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True, env=self.environment)
        process.name = "sheep"
        self.addCleanup(process.stdin.close)
        self.addCleanup(process.stdout.close)
        self.addCleanup(self.end, process)
        self.assertEqual(process.stdout.readline(), "ready\n")
        return process

    def step(self, process, line):
        process.stdin.write(f"{line}\n")
        process.stdin.flush()
        self.assertEqual(process.stdout.readline(), "done\n")

    def record(self, *options):
        trace = self.path("sheep.db")
        process = self.start_target(program("ACTOR_TRACE"), "record", *options, "-o", trace, "--")
        self.step(process, 3)
        process.stdin.close()
        self.assertEqual(process.wait(60), 0)
        return trace

    # ---- A trace ----

    def test_a_trace_carries_its_types(self):
        self.make_types()
        trace = self.record("--payload")
        # Nothing but the trace is needed.
        os.remove(self.target)
        os.remove(self.target + ".btf")
        run = self.tracer("dump", trace, "--payload")
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        for line in (r" send .* type=sheep_walk .* "
                     r"payload=\{by = \{x = 0\.5, y = 0\.25\}, mood = MOOD_WILD\}\n",
                     r" recv +<\S+> sheep cast type=sheep_walk .* payload=\{by = ",
                     r" type=note .* payload=\{length = 5\} and 5 bytes: \"hello\"\n",
                     r" reply type=sheep_ask .* payload=\{steps = 3, word = \"baa\"\}\n"):
            self.assertRegex(run.stdout, line)
        run = self.tracer("dump", trace, "--payload", "--json")
        lines = [json.loads(line) for line in run.stdout.splitlines()]
        walks = [line["payload"] for line in lines
                 if line["kind"] == "send" and line["type"] == "sheep_walk"]
        self.assertEqual(walks, [WALKED] * 3)
        run = self.tracer("types", trace, "--show", "struct sheep_walk")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertRegex(run.stdout, r"struct sheep_walk: 24 bytes\n +0  by\.x  float\n"
                                     r" +8  by\.y  double\n +16  mood  enum mood\n")

    def test_sql_decodes(self):
        self.make_types()
        trace = self.record("--payload")
        self.assertEqual(json.loads(self.sql(
            trace, "SELECT payload FROM payloads_decoded WHERE type = 'sheep_walk' LIMIT 1")),
            WALKED)
        self.assertEqual(self.sql(trace, "SELECT sum(payload ->> '$.by.x') FROM payloads_decoded"
                                         " WHERE type = 'sheep_walk'"), "1.5")
        self.assertEqual(self.sql(trace, "SELECT payload ->> '$.word' FROM payloads_decoded"
                                         " WHERE type = 'sheep_ask' AND kind = 'reply'"), "baa")
        self.assertEqual(json.loads(self.sql(
            trace, "SELECT decode(x'0000c03f00000000000000000000f03f', 'struct place')")),
            {"x": 1.5, "y": 1})
        self.assertEqual(json.loads(self.sql(trace, "SELECT decode(x'0000c03f', 'struct place')")),
                         {"x": 1.5, "y": None})
        self.assertEqual(json.loads(self.sql(trace, "SELECT decode(x'0102', 'struct nowhere')")),
                         {"bytes": 2, "hex": "0102"})

    def test_payloads_that_were_cut_show_what_is_there(self):
        self.make_types()
        trace = self.record("--payload=8")
        run = self.tracer("dump", trace, "--payload")
        self.assertRegex(run.stdout,
                         r"payload=\{by = \{x = 0\.5, y = \.\.\.\}, mood = \.\.\.\}\n")

    def test_without_types_there_is_hexadecimal(self):
        trace = self.record("--payload")
        run = self.tracer("dump", trace, "--payload")
        self.assertEqual(run.returncode, 0)
        self.assertRegex(run.stderr, r"hexadecimal: .*(actor-trace types |build it with -g|libbpf)")
        self.assertRegex(run.stdout, r" send .* type=sheep_walk .* payload=24 bytes: 0000003f0000")

    def dump(self, *arguments):
        run = self.tracer("dump", *arguments, "--json")
        self.assertEqual(run.returncode, 0, run.stderr)
        return [json.loads(line) for line in run.stdout.splitlines()]

    def test_a_dump_of_a_part(self):
        trace = self.record("--payload")
        everything = self.dump(trace)
        walks = [event for event in everything if event.get("type") == "sheep_walk"]
        self.assertEqual(self.dump(trace, "--tag", "sheep_walk"), walks)
        self.assertGreater(len(walks), 5)
        sheep = self.sql(trace, "SELECT pid FROM actors WHERE behaviour = 'sheep'").split()
        theirs = self.dump(trace, "--actor", "sheep")
        self.assertTrue({event["actor"] for event in theirs} >= set(sheep), sheep)
        self.assertLess(len(theirs), len(everything))
        for event in everything:
            if event.get("actor") in sheep or event.get("peer") in sheep:
                self.assertIn(event, theirs)
        self.assertIn("<", self.tracer("dump", trace, "--actor", "sheep").stdout)
        for wrong in ("--tag", "--actor"):
            run = self.tracer("dump", trace, wrong, "wolf")
            self.assertEqual(run.returncode, 2)
            self.assertIn("is called 'wolf'", run.stderr)

    def test_bytes_lie_as_in_memory(self):
        trace = self.record("--payload")
        text = self.tracer("dump", trace, "--json").stdout
        parts = [line for line in text.splitlines() if '"kind":"outside_bytes"' in line]
        self.assertTrue(parts)
        self.assertEqual({line.count('"bytes"') for line in parts}, {1})
        self.assertRegex(text, r'"kind":"outside_bytes".*"bytes":"0000003f0000')

    def test_types_of_another_build_are_refused(self):
        self.make_types()
        os.rename(self.target + ".btf", self.path("other.btf"))
        shutil.copy2(program("KILL_TARGET"), self.target)
        os.rename(self.path("other.btf"), self.target + ".btf")
        run = self.tracer("types", self.target, "--show", "struct sheep")
        self.assertEqual(run.returncode, 3)
        self.assertIn("another build", run.stderr)

    def test_damaged_types_are_refused(self):
        self.make_types()
        with open(self.target + ".btf", "r+b") as file:
            file.seek(40)
            file.write(struct.pack("<I", 0x7fffffff) * 20)
        run = self.tracer("types", self.target + ".btf", "--show", "struct sheep")
        self.assertEqual(run.returncode, 3)
        self.assertRegex(run.stderr, r"BTF is damaged.*actor-trace types")
        # And a recording goes on without them.
        run = self.tracer("dump", self.record("--payload"), "--payload", "-n", "5")
        self.assertIn("damaged", run.stderr)

    def test_a_program_without_debugging_information(self):
        run = self.tracer("types", shutil.which("true"))
        self.assertEqual(run.returncode, 2)
        self.assertRegex(run.stderr, "build it with -g|reads no types")

    # ---- A program that runs ----

    def state(self, process, *arguments):
        return self.tracer("state", str(process.pid), *arguments)

    def test_the_state_of_a_living_actor(self):
        self.make_types()
        process = self.start_target()
        self.step(process, 2)
        run = self.state(process, "sheep", "--json")
        self.assertEqual(run.returncode, 0, run.stderr)
        answer = json.loads(run.stdout)
        state = answer.pop("state")
        self.assertRegex(state.pop("hidden"), "^0x[0-9a-f]+$")
        self.assertEqual(state, {"steps": 2, "name": "dolly", "mood": "MOOD_WILD",
                                 "at": {"x": 1, "y": 0.5}, "age": 21, "tilt": -3, "shorn": True,
                                 "lambs": [0, 0, 500, 0]})
        self.assertEqual((answer["name"], answer["behaviour"], answer["type"],
                          answer["between_turns"]), ("sheep", "sheep", "struct sheep", True))
        run = self.state(process, answer["actor"], "self->at.y")
        self.assertEqual((run.returncode, run.stdout), (0, "0.5\n"), run.stderr)
        run = self.state(process, "sheep")
        self.assertRegex(run.stdout, r"^<\S+> sheep, struct sheep, \d+ bytes\nsteps = 2\n"
                                     r'name = "dolly"\nmood = MOOD_WILD\nat\n  x = 1\n  y = 0.5\n')
        run = self.state(process, "sheep", "wool")
        self.assertEqual(run.returncode, 2)
        self.assertIn("has no member 'wool'; it has steps, name, mood", run.stderr)

    def test_what_cannot_be_shown(self):
        process = self.start_target()
        run = self.state(process, "wolf")
        self.assertEqual(run.returncode, 3)
        self.assertIn("no living actor is called 'wolf'", run.stderr)
        run = self.state(process, "<0.999.1>")
        self.assertEqual(run.returncode, 3)
        self.assertIn("has ended", run.stderr)
        run = self.tracer("state", "1", "sheep")
        self.assertEqual(run.returncode, 3)
        run = self.tracer("state", "sheep", "sheep")
        self.assertEqual(run.returncode, 2)
        run = self.state(process, "sheep")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertRegex(run.stdout, r"\n\d+ bytes: 0000")
        self.assertRegex(run.stderr, "actor-trace types|build it with -g|libbpf")

    def test_an_actor_in_a_turn_that_does_not_end(self):
        process = self.start_target()
        self.step(process, "busy")

        def refused():
            run = self.state(process, "sheep")
            return run if run.returncode != 0 else None

        run = wait_until(refused, "the actor is in its turn")
        self.assertEqual(run.returncode, 2)
        self.assertIn("was in a turn whenever it was looked at", run.stderr)

    def test_the_referee_of_the_arena(self):
        arena = self.path("arena")
        shutil.copy2(program("ARENA"), arena)
        if self.tracer("types", arena).returncode != 0:
            self.make_types()  # says why
        process = self.start(arena, *self.arena_command()[1:], name="arena")
        port = self.arena_port(process)
        self.play_bots(port, players=4, seconds=1)

        def games():
            run = self.state(process, "referee", "--json")
            self.assertEqual(run.returncode, 0, run.stderr)
            state = json.loads(run.stdout)["state"]
            return state if state["games"] > 0 else None

        state = wait_until(games, "the referee has seen a game")
        self.assertEqual(state["players"]["count"], 4)


if __name__ == "__main__":
    unittest.main()
