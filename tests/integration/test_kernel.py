#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What actor-trace record --kernel says of turns that last, each for a reason of its own."""

import contextlib
import ctypes
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import unittest

from support import Case, program, wait_until

MS = 1_000_000


def lacks():
    """Why the kernel's view cannot be had here, in actor-trace's own words; "" where it can."""
    run = subprocess.run([program("ACTOR_TRACE"), "record", "--kernel", "-o", "/dev/null/x.db",
                          "--", "true"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                         timeout=60, check=False)
    return "" if "/dev/null/x.db" in run.stderr else run.stderr.strip()


# An optimised build puts the handler into what calls it.
DOZE = r";sleeper_handle_(doze|call_);"


class KernelCase(Case):
    def record(self, *arguments, options=("--kernel",), name="kernel.db"):
        """A recorded run of a program: (path, stdout, stderr). It has one CPU, so that a
        neighbour is in its way."""
        path = self.path(name)
        run = self.run_program("taskset", "-c", str(min(os.sched_getaffinity(0))),
                               program("ACTOR_TRACE"), "record", *options, "-o", path, "--",
                               *arguments)
        self.assertEqual(run.returncode, 0, run.stderr)
        return path, run.stdout, run.stderr

    def rows(self, path, sql):
        run = self.tracer("sql", "--json", path, sql)
        self.assertEqual(run.returncode, 0, run.stderr)
        return [json.loads(line) for line in run.stdout.splitlines()]

    def turns(self, path, behaviour):
        turns = self.rows(path, "SELECT * FROM turn_time WHERE kind = 'call' AND behaviour = "
                          f"'{behaviour}' ORDER BY start_ns")
        self.assertGreater(len(turns), 0)
        return turns


class Causes(KernelCase):
    def slow(self, which, rounds=3, ms=40, **more):
        path, said, summary = self.record(program("SLOW"), "--tell", "--which", which, "--rounds",
                                          str(rounds), "--ms", str(ms), **more)
        cpu = [int(line.split()[2]) * 1000 for line in said.splitlines()]
        self.assertEqual(len(cpu), rounds, said)
        return path, cpu, summary

    def add_up(self, turns, cpu):
        """The parts are the whole, and what the program knows itself of its CPU time."""
        for turn, used in zip(turns, cpu):
            parts = sum(turn[part] for part in ("on_cpu_ns", "preempted_ns", "blocked_ns",
                                                "runnable_ns", "wait_ns"))
            whole = turn["end_ns"] - turn["start_ns"]
            self.assertLessEqual(abs(parts - whole), whole * 0.05, turn)
            # The program's own clock does not count what an interrupt or the tracer takes.
            self.assertGreaterEqual(turn["on_cpu_ns"], used * 0.95, turn)
            self.assertLessEqual(turn["on_cpu_ns"], used * 1.5 + 10 * MS, turn)

    def test_sleep(self):
        path, cpu, _ = self.slow("sleep")
        turns = self.turns(path, "sleeper")
        self.add_up(turns, cpu)
        for turn in turns:
            self.assertEqual(turn["why"], "blocked in clock_nanosleep")
            self.assertGreaterEqual(turn["blocked_ns"], 40 * MS)
            self.assertLess(turn["on_cpu_ns"], 10 * MS)
        blocked = self.rows(path, "SELECT * FROM blocked_in_handler WHERE blocked_ns > 30000000")
        self.assertEqual(len(blocked), len(turns))
        for row in blocked:
            self.assertEqual((row["blocked_in"], row["behaviour"], row["type"]),
                             ("clock_nanosleep", "sleeper", "sleeper_doze"))
            self.assertRegex(row["stack"], DOZE)
            self.assertRegex(row["stack"], r"nanosleep[^;]*$")
        # Each belongs to the turn that it was in.
        self.assertEqual({row["turn_ns"] for row in blocked}, {turn["start_ns"] for turn in turns})
        self.exports(path)

    def exports(self, path):
        """Other programs get the kernel's view, too."""
        for table in ("turn_time", "sched"):
            run = self.tracer("export", path, "--format", "json", "--table", table)
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertEqual([json.loads(line) for line in run.stdout.splitlines()],
                             self.rows(path, f"SELECT * FROM {table}"))
        rows = self.path("rows.sqlite")
        run = self.tracer("export", path, "-o", rows)
        self.assertEqual(run.returncode, 0, run.stderr)
        with contextlib.closing(sqlite3.connect(rows)) as plain:
            sql = "SELECT count(*) AS n, sum(blocked_ns) AS blocked_ns FROM sched"
            self.assertEqual(dict(zip(("n", "blocked_ns"), plain.execute(sql).fetchone())),
                             self.rows(path, sql)[0])

    def test_spin(self):
        path, cpu, _ = self.slow("spin")
        turns = self.turns(path, "spinner")
        self.add_up(turns, cpu)
        for turn in turns:
            self.assertLess(turn["blocked_ns"], MS)
            self.assertLess(turn["faults"], 100)
            self.assertGreaterEqual(turn["on_cpu_ns"], 36 * MS)  # of 40; a busy machine steals
            # Of others on this machine it may have suffered; then that is what is said.
            if turn["preempted_ns"] < turn["on_cpu_ns"]:
                self.assertEqual(turn["why"], "on CPU")

    def test_page_faults(self):
        path, cpu, _ = self.slow("faults")
        turns = self.turns(path, "toucher")
        self.add_up(turns, cpu)
        for turn in turns:
            self.assertGreaterEqual(turn["faults"], 40 * 256)
            # AddressSanitizer has an eighth of the memory more.
            self.assertLess(turn["faults"], 40 * 256 * 5 // 4)
            self.assertGreater(turn["fault_ns"] * 2, turn["on_cpu_ns"])
            if turn["preempted_ns"] < turn["on_cpu_ns"]:
                self.assertEqual(turn["why"], "page faults")
        faults = self.rows(path, "SELECT behaviour, type, sum(faults) AS n FROM page_faults"
                           " WHERE turn_ns IS NOT NULL GROUP BY 1, 2 ORDER BY n DESC")
        self.assertEqual((faults[0]["behaviour"], faults[0]["type"]), ("toucher", "toucher_touch"))
        self.assertGreaterEqual(faults[0]["n"], 3 * 40 * 256)

    def test_neighbour(self):
        path, cpu, _ = self.slow("neighbour", ms=80)
        turns = self.turns(path, "starved")
        self.add_up(turns, cpu)
        for turn in turns:
            self.assertGreater(turn["preempted_ns"], 10 * MS)
            self.assertLess(turn["blocked_ns"], MS)
            if turn["preempted_ns"] > turn["on_cpu_ns"] * 1.1:
                self.assertRegex(turn["why"], r"^preempted: .* \(\d+\) had it$")
        taken = self.rows(path, "SELECT * FROM cpu_taken_by WHERE behaviour = 'starved'"
                          " AND by = 'neighbour'")
        self.assertGreater(sum(row["waited_ns"] for row in taken), 5 * MS)
        self.assertNotIn(os.getpid(), [row["by_pid"] for row in taken])

    def test_the_others_are_not_to_blame(self):
        """All in one run: each has its own cause, and no other's."""
        path, cpu, _ = self.record(program("SLOW"), "--rounds", "2")
        sums = {row["behaviour"]: row for row in self.rows(
            path, "SELECT behaviour, sum(blocked_ns) AS blocked, sum(faults) AS faults, sum(on_cpu_ns)"
            " AS on_cpu FROM turn_time WHERE kind = 'call' GROUP BY 1")}
        self.assertEqual(set(sums), {"sleeper", "spinner", "toucher", "starved"})
        for behaviour, row in sums.items():
            self.assertEqual(row["blocked"] > 60 * MS, behaviour == "sleeper", row)
            self.assertEqual(row["faults"] > 20000, behaviour == "toucher", row)
            self.assertEqual(row["on_cpu"] < 20 * MS, behaviour == "sleeper", row)

    def test_only_the_program_is_followed(self):
        """What other processes do is of no interest: each thread in the trace is the program's."""
        path, _, _ = self.slow("neighbour")
        tids = {row["tid"] for row in self.rows(path, "SELECT DISTINCT tid FROM sched")}
        known = {row["tid"] for row in self.rows(path, "SELECT tid FROM threads")}
        pid = self.rows(path, "SELECT value FROM meta WHERE key = 'pid'")[0]["value"]
        self.assertIn(int(pid), tids | known)
        others = {row["by_pid"] for row in self.rows(
            path, "SELECT DISTINCT by_pid FROM sched WHERE by = 'neighbour'")}
        self.assertTrue(others)
        self.assertFalse(tids & others)

    def test_samples(self):
        path, _, summary = self.slow("spin", rounds=5, ms=100, options=("--profile", "199"))
        samples = self.rows(path, "SELECT behaviour, type, mode, stack FROM cpu_samples"
                            " WHERE behaviour = 'spinner'")
        # 500 ms of CPU time; the clock is only about right.
        self.assertGreater(len(samples), 30)
        self.assertLess(len(samples), 300)
        inside = [row for row in samples if "burn_cpu" in (row["stack"] or "")]
        self.assertGreater(len(inside), len(samples) / 2)
        self.assertEqual({row["type"] for row in inside}, {"spinner_spin"})
        self.assertRegex(summary, r"\d+ samples")

    def test_cost_is_told(self):
        _, _, summary = self.slow("sleep", rounds=1)
        self.assertRegex(summary, r"the kernel: [\d,]+ times off a CPU, [\d,]+ page faults, 0 "
                         r"records lost; its part took [\d.]+ ms, [\d.]+ % of a CPU")


class Losses(KernelCase):
    def test_lost_records_are_gaps(self):
        """A small ring buffer, and a recorder that stands still."""
        path = self.path("lost.db")
        slow = self.start(program("SLOW"), "--which", "sleep", "--rounds", "100000", "--ms", "1",
                          name="slow")
        wait_until(lambda: str(slow.pid) in self.tracer("ls").stdout, "the program has a plane")
        recorder = self.start(program("ACTOR_TRACE"), "record", "--kernel", "--kernel-buffer",
                              "64K", "--fail-on-drop", "--mode", "discard", "-o", path, "-p",
                              str(slow.pid), name="recorder")
        wait_until(lambda: os.path.exists(path) and self.offs(path) > 0, "something is recorded")
        os.kill(recorder.pid, signal.SIGSTOP)
        before = self.switches(slow.pid)
        wait_until(lambda: self.switches(slow.pid) > before + 2000, "the program has slept often")
        os.kill(recorder.pid, signal.SIGCONT)
        offs = self.offs(path)
        wait_until(lambda: self.offs(path) > offs, "the recorder goes on")
        recorder.send_signal(signal.SIGINT)
        self.wait_end(recorder, 5)
        gaps = self.rows(path, "SELECT * FROM gaps WHERE thread = 65")
        self.assertGreater(len(gaps), 0)
        self.assertEqual(gaps[0]["reason"], "kernel's ring buffer full")
        self.assertGreater(sum(gap["events"] for gap in gaps), 0)
        self.assertRegex(self.output(recorder, "err"), r"[1-9][\d,]* records lost")
        # Of turns in a gap nothing is said; of others it is.
        inside = self.rows(path, "SELECT count(*) AS n, count(on_cpu_ns) AS said FROM turn_time t"
                           " WHERE EXISTS (SELECT 1 FROM gaps g WHERE g.thread = 65 AND"
                           " t.start_ns > g.from_ns AND t.end_ns < g.to_ns)")[0]
        self.assertGreater(inside["n"], 0)
        self.assertEqual(inside["said"], 0)
        outside = self.rows(path, "SELECT count(on_cpu_ns) AS said FROM turn_time")[0]
        self.assertGreater(outside["said"], 0)

    def offs(self, path):
        run = self.tracer("sql", "--json", path, "SELECT count(*) AS n FROM sched")
        return json.loads(run.stdout)["n"] if run.returncode == 0 and run.stdout else 0

    @staticmethod
    def switches(pid):
        """Times that the program's threads went to sleep."""
        total = 0
        for tid in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{tid}/status", encoding="ascii") as file:
                total += int(re.search(r"\nvoluntary_ctxt_switches:\s+(\d+)", file.read()).group(1))
        return total


class Segments(KernelCase):
    def test_each_file_stands_alone(self):
        path = self.path("part.db")
        run = self.tracer("record", "--kernel", "--max-time", "0.3", "-o", path, "--",
                          program("SLOW"), "--which", "sleep", "--rounds", "20")
        self.assertEqual(run.returncode, 0, run.stderr)
        files = sorted(name for name in os.listdir(self.folder) if name.endswith(".db"))
        self.assertGreater(len(files), 1)
        for name in files[1:-1] or files[:1]:
            rows = self.rows(self.path(name), "SELECT * FROM blocked_in_handler"
                             " WHERE blocked_ns > 30000000")
            self.assertGreater(len(rows), 0, name)
            for row in rows:
                self.assertEqual(row["blocked_in"], "clock_nanosleep")
                self.assertRegex(row["stack"], DOZE)


def drop_capabilities():
    """In the child: no capabilities, and none to come, but root's files."""
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in range(64):
        libc.prctl(24, capability, 0, 0, 0) # PR_CAPBSET_DROP
    libc.prctl(38, 1, 0, 0, 0) # PR_SET_NO_NEW_PRIVS


class Lacking(Case):
    def test_without_privileges(self):
        """It says what it needs and how to get it; nothing is started, and all else works."""
        mark = self.path("started")
        run = subprocess.run([program("ACTOR_TRACE"), "record", "--kernel", "-o",
                              self.path("x.db"), "--", "touch", mark], capture_output=True,
                             text=True, env=self.environment, preexec_fn=drop_capabilities,
                             timeout=60, check=False)
        self.assertEqual(run.returncode, 2, run.stderr)
        if "built without BPF" in run.stderr:
            return
        self.assertIn("CAP_BPF and CAP_PERFMON", run.stderr)
        self.assertIn("setcap cap_bpf,cap_perfmon+ep " + os.path.realpath(program("ACTOR_TRACE")),
                      run.stderr)
        self.assertFalse(os.path.exists(mark))
        self.assertFalse(os.path.exists(self.path("x.db")))
        run = subprocess.run([program("ACTOR_TRACE"), "record", "-o", self.path("y.db"), "--",
                              program("SLOW"), "--which", "sleep", "--rounds", "1"],
                             capture_output=True, text=True, env=self.environment,
                             preexec_fn=drop_capabilities, timeout=60, check=False)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertNotIn("the kernel", run.stderr)

    def test_wrong_options(self):
        for options, word in ((("--profile", "0"), "--profile takes"),
                              (("--profile", "1000000"), "--profile takes"),
                              (("--kernel-buffer", "1"), "--kernel-buffer takes")):
            run = self.tracer("record", *options, "--", "true")
            self.assertEqual(run.returncode, 2)
            self.assertIn(word, run.stderr)


if __name__ == "__main__":
    LACKS = lacks()
    if LACKS:
        # What needs no privileges is tried all the same.
        result = unittest.main(argv=sys.argv[:1] + ["Lacking"], exit=False).result
        print("skipped: no kernel's view here: " + LACKS)
        sys.exit(77 if result.wasSuccessful() else 1)
    unittest.main()
