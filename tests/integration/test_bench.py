#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The driver of the benchmarks: what it prints is what other programs read."""

import json
import os
import subprocess
import sys
import unittest

from support import program

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DEADLINE = 100


def bench(*arguments):
    build = os.path.dirname(os.path.dirname(os.path.abspath(program("BENCH"))))
    return subprocess.run(
        [sys.executable, os.path.join(ROOT, "bench", "run.py"), "--build", build,
         "--runtimes", "libactor", *arguments],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=DEADLINE, check=False)


class Driver(unittest.TestCase):
    def test_json(self):
        """One object a line, off and on, with the keys that are promised."""
        run = bench("--only", "pingpong,idle", "--smoke", "--json")
        self.assertEqual(run.returncode, 0, run.stderr)
        lines = [json.loads(line) for line in run.stdout.splitlines()]
        found = {(line["bench"], line["runtime"], line["tracing"]) for line in lines}
        for name in ("pingpong", "idle"):
            self.assertLessEqual({(name, "libactor", "off"), (name, "libactor", "on")}, found)
        for line in lines:
            metric = "bytes_per_op" if line["bench"] == "idle" else "ns_per_op"
            self.assertEqual(list(line),
                             ["bench", "runtime", "tracing", metric, "min", "max", "runs"])
            self.assertEqual(line["runs"], 1)
            self.assertGreater(line[metric], 0)
            self.assertTrue(line["min"] <= line[metric] <= line["max"])

    def test_table(self):
        run = bench("--only", "call", "--smoke")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertRegex(run.stdout, r"(?m)^call +call .* ns")

    def test_recorder(self):
        """The recorder's own bench: the same form, and what it promises about a recording."""
        build = os.path.dirname(os.path.dirname(os.path.abspath(program("BENCH"))))
        run = subprocess.run(
            [sys.executable, os.path.join(ROOT, "bench", "recorder", "recorder.py"), "--build",
             build, "--smoke", "--json", "--only", "ring-on,firehose"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=DEADLINE, check=False)
        self.assertEqual(run.returncode, 0, run.stderr)
        ring, firehose = (json.loads(line) for line in run.stdout.splitlines())
        self.assertEqual((ring["bench"], firehose["bench"]), ("ring-on", "firehose"))
        self.assertGreater(ring["ns_per_op"], 0)
        self.assertGreater(firehose["events_per_s"], 0)
        self.assertLess(firehose["bytes_per_event"], 16)
        self.assertLess(firehose["peak_kib"], 65536)

    @unittest.skipUnless("ACTOR_REPLAY" in os.environ, "programs of this build cannot be replayed")
    def test_recording(self):
        """What recording for a replay costs; and what was recorded replays."""
        build = os.path.dirname(os.path.dirname(os.path.abspath(program("BENCH"))))
        run = subprocess.run(
            [sys.executable, os.path.join(ROOT, "bench", "recording.py"), "--build", build,
             "--smoke", "--json", "--only", "threadring,spawn"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=DEADLINE, check=False)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        lines = [json.loads(line) for line in run.stdout.splitlines()]
        for name in ("threadring", "spawn"):
            off, order, full = (line for line in lines if line["bench"] == name)
            self.assertEqual([line["tracing"] for line in (off, order, full)],
                             ["off", "order", "full"])
            self.assertGreater(off["ns_per_message"], 0)
            self.assertEqual(order["replay"], "identical")
            self.assertLess(order["bytes_per_message"], full["bytes_per_message"])
        means = [line for line in lines if line["bench"] == "mean"]
        self.assertEqual([(line["of"], line["programs"]) for line in means],
                         [("of messages", 1)] * 2 + [("of births", 1)] * 2)

    def test_unknown(self):
        run = bench("--only", "nosuch")
        self.assertEqual(run.returncode, 2)
        self.assertIn("no such bench: nosuch; there are pingpong", run.stderr)


if __name__ == "__main__":
    unittest.main()
