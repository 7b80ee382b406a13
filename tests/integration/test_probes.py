#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The USDT probes, as tools see them: actor-trace probe, and the scripts for bpftrace."""

import glob
import json
import os
import re
import shutil
import signal
import subprocess
import unittest

from support import Case, program, wait_until

SCRIPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "examples", "bpftrace")
STEPS = 200
# What each script says of one step of the target.
SAYS = {
    "messages.bt": [rf"@handled\[sheep, sheep_walk\]: {STEPS}\n", r"@turn_ns\[sheep_walk\]:"],
    "waiting.bt": [r"@waited_ns\[sheep_walk\]:"],
    "lives.bt": [r"spawn +<0\.\d+\.1> sheep by <0\.\d+\.1>\n", r"@spawned\[sheep\]: 1\n",
                 r"exit +<0\.\d+\.1> sheep, reason "],
    "trouble.bt": [r"Attaching \d+ probes"],
}


class Probes(Case):
    def spawn(self, *command):
        """The target behind `command`, which says "ready"."""
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True, env=self.environment)
        process.name = "sheep"
        for stream in (process.stdin, process.stdout, process.stderr):
            self.addCleanup(stream.close)
        self.addCleanup(self.end, process)
        return process

    def spawn_target(self, *command):
        process = self.spawn(*(command or [program("TYPES_TARGET")]))
        line = process.stdout.readline()
        if command and line == "":
            self.skipTest("no namespace of its own: " + process.stderr.read().strip())
        self.assertEqual(line, "ready\n")
        return process

    def step(self, process, count):
        process.stdin.write(f"{count}\n")
        process.stdin.flush()
        self.assertEqual(process.stdout.readline(), "done\n")

    def probe(self, pid, *options):
        """actor-trace probe, attached."""
        process = self.start(program("ACTOR_TRACE"), "probe", str(pid), *options, name="probe")

        def attached():
            said = self.output(process, "err")
            if process.poll() is not None and re.search("needs CAP_|refuses|built without|kernel's "
                                                        "types|x86-64 only", said):
                self.skipTest(said.strip())
            self.assertIsNone(process.poll(), said)
            return "attached to process" in said
        wait_until(attached, "the probes are attached", 60)
        return process

    def rows(self, process):
        self.wait_end(process, 0, 60)
        return [json.loads(line) for line in self.output(process).splitlines()]

    @staticmethod
    def count(rows, event, kind):
        return sum(row["count"] for row in rows if (row["event"], row["type"]) == (event, kind))

    def test_counts_equal_the_rings(self):
        target = self.spawn_target()
        probe = self.probe(target.pid, "--json")
        trace = self.path("sheep.db")
        recorder = self.start(program("ACTOR_TRACE"), "record", "-p", str(target.pid), "-o", trace,
                              name="recorder")
        # It attaches to a program that does nothing; when it has stored the tables it reads.
        wait_until(lambda: os.path.exists(trace) and os.path.getsize(trace) > 0 and
                   self.lease_is_taken(target.pid), "the recorder has a lease", 60)
        self.step(target, STEPS)
        target.stdin.close()
        self.assertEqual(target.wait(60), 0)
        self.wait_end(recorder, 0, 60)
        rows = self.rows(probe)
        for event in ("send", "recv"):
            with self.subTest(event):
                recorded = self.sql_number(trace, "SELECT count(*) FROM events WHERE"
                                                  f" kind = '{event}' AND type = 'sheep_walk'")
                self.assertEqual(recorded, STEPS)
                self.assertEqual(self.count(rows, event, "sheep_walk"), recorded, rows)
        walks = next(row for row in rows
                     if (row["event"], row["type"]) == ("recv", "sheep_walk"))
        self.assertEqual((walks["behaviour"], walks["ran_count"]), ("sheep", STEPS))
        self.assertGreater(walks["ran_sum_ns"], 0)
        # Each: also those that were received before their sending was told.
        self.assertEqual(walks.get("waited_count", 0), STEPS, rows)

    def lease_is_taken(self, pid):
        run = self.tracer("ls", "--json")
        return any(line["pid"] == pid and line.get("recorder_pid", 0) != 0
                   for line in map(json.loads, run.stdout.splitlines()))

    def test_single_events_are_rationed(self):
        target = self.spawn_target()
        probe = self.probe(target.pid, "--json", "--stream=3", "--events", "recv")
        self.step(target, STEPS)
        target.stdin.close()
        self.assertEqual(target.wait(60), 0)
        rows = self.rows(probe)
        events = [row for row in rows if "monotonic_ns" in row]
        self.assertTrue(3 <= len(events) < STEPS / 2, len(events))
        self.assertEqual({row["event"] for row in rows}, {"recv"})
        self.assertEqual(self.count([row for row in rows if "count" in row], "recv", "sheep_walk"),
                         STEPS)
        self.assertRegex(self.output(probe, "err"), r"\d+ events were not shown")

    def test_a_process_in_another_mount_namespace(self):
        if shutil.which("unshare") is None:
            self.skipTest("no unshare")
        hidden = self.path("hidden")
        os.mkdir(hidden)
        # Its program and its plane lie on a file system that only it sees.
        self.environment["LIBACTOR_DIR"] = hidden + "/planes"
        target = self.spawn_target(
            "unshare", "--mount", "sh", "-c",
            'mount -t tmpfs none "$1" && mkdir -m 700 "$1/planes" && cp "$2" "$1/sheep" &&'
            ' exec "$1/sheep"', "sh", hidden, program("TYPES_TARGET"))
        self.assertEqual(os.listdir(hidden), [])
        run = self.tracer("record", "-p", str(target.pid), "-d", "1", "-o", self.path("x.db"))
        self.assertEqual(run.returncode, 3, run.stderr)
        probe = self.probe(target.pid, "--json")
        self.step(target, STEPS)
        probe.send_signal(signal.SIGINT)
        self.assertEqual(self.count(self.rows(probe), "recv", "sheep_walk"), STEPS)

    def test_who_has_no_probes(self):
        process = self.start("sleep", "60")
        run = self.tracer("probe", str(process.pid), "-d", "1")
        if re.search("needs CAP_|refuses|built without|kernel's types", run.stderr):
            self.skipTest(run.stderr.strip())
        self.assertEqual(run.returncode, 3, run.stderr)
        self.assertIn("has no probes of libactor", run.stderr)
        self.assertEqual(self.tracer("probe").returncode, 2)
        self.assertEqual(self.tracer("probe", "1", "--events", "nothing").returncode, 2)

    def test_the_scripts_for_bpftrace(self):
        bpftrace = shutil.which("bpftrace")
        if bpftrace is None:
            self.skipTest("no bpftrace")
        if os.geteuid() != 0:
            self.skipTest("bpftrace wants root")
        scripts = sorted(glob.glob(os.path.join(SCRIPTS, "*.bt")))
        self.assertEqual([os.path.basename(script) for script in scripts], sorted(SAYS))
        for script in scripts:
            with self.subTest(os.path.basename(script)):
                for _ in range(3):  # on a busy machine bpftrace is late with some probes
                    run = subprocess.run([bpftrace, script, program("TYPES_TARGET"), "-c",
                                          program("TYPES_TARGET")], input=f"{STEPS}\n",
                                         text=True, capture_output=True, env=self.environment,
                                         timeout=100, check=False)
                    if re.search("BTF|not permitted|Operation not supported", run.stderr):
                        self.skipTest(run.stderr.strip())
                    missing = [pattern for pattern in SAYS[os.path.basename(script)]
                               if not re.search(pattern, run.stdout)]
                    if not missing:
                        break
                self.assertEqual(missing, [], run.stdout + run.stderr)


if __name__ == "__main__":
    unittest.main()
