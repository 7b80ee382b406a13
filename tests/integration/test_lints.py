#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each lint fires on the program that misbehaves like that, live and recorded, and on no other."""

import json
import os
import signal
import sqlite3
import subprocess

from support import Case, PATIENCE, main, needs_the_machine, program, wait_until
from test_top import ENTER, Terminal

FINDING, TROUBLE, UNREADABLE = 1, 2, 4

# What goes with a misdeed by its nature.
COMPANY = {
    "starved": {"hot-actor"},
    "trace-lossy": {"hot-actor"},
    "call-convoy": {"orphan-call"},
}
# Told by numbers that are not in events.
LIVE_ONLY = {"memory-share"}
# Told by a recording that loses.
RECORDED_BY_ANOTHER = {"trace-lossy"}
# These keep processors busy; all others mostly wait.
BUSY = {"hot-actor", "mailbox-long"}
# Told by the program's C types, where the build can make them.
TYPED = {"pointer-message"}
# How long a recording has to be for a lint to fire in it; for others, 4 s.
SECONDS = {"actor-leak": "12", "mailbox-growing": "8", "orphan-call": "5"}


class Lints(Case):
    def misbehave(self, which, *arguments):
        process = self.start(program("MISBEHAVE"), "--which", which, *arguments, name="misbehave")
        wait_until(lambda: "pid" in self.output(process), "misbehave is ready")
        return process

    def watch(self, process, enough, interval="0.2", seconds=2 * PATIENCE):
        """Alerts of actor-top by lint, up to when enough(alerts) is true or the time is over."""
        top = subprocess.Popen(
            [program("ACTOR_TOP"), "--json", "-d", interval, "-n", str(int(seconds / float(interval))),
             "-p", str(process.pid)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, env=self.environment)
        alerts = {}
        frames = 0
        try:
            for line in top.stdout:
                record = json.loads(line)
                frames += record["type"] == "frame"
                if record["type"] == "alert":
                    alerts[record["lint"]] = record
                if record["type"] == "frame" and enough(alerts, frames):
                    break
        finally:
            top.kill()
            top.wait(PATIENCE)
            top.stdout.close()
        return alerts

    def record(self, name, *command):
        trace = self.path(name + ".db")
        run = self.tracer("record", "-q", "-o", trace, "--", *command)
        self.assertEqual(run.returncode, 0, run.stderr)
        return trace

    def check(self, trace, *arguments):
        """Status and alerts by lint of actor-trace check."""
        run = self.tracer("check", "--json", trace, *arguments)
        self.assertIn(run.returncode, (0, FINDING), run.stdout + run.stderr)
        records = [json.loads(line) for line in run.stdout.splitlines()]
        self.assertEqual([r["problems"] for r in records if r["type"] == "file"], [0])
        alerts = {r["lint"]: r for r in records if r["type"] == "alert"}
        self.assertEqual(run.returncode, FINDING if alerts else 0)
        return alerts


def misdeeds():
    run = subprocess.run([program("MISBEHAVE"), "--list"], capture_output=True, text=True,
                         check=True)
    return run.stdout.split()


class Live(Lints):
    """Made below: a case for each misdeed."""

    def fires(self, which):
        process = self.misbehave(which)
        alerts = self.watch(process, lambda alerts, frames: which in alerts)
        self.assertIn(which, alerts)
        self.assertLessEqual(set(alerts), {which} | COMPANY.get(which, set()), alerts)
        self.assertTrue(alerts[which]["text"] and alerts[which]["advice"])


class Recorded(Lints):
    """Made below: a case for each misdeed that events tell of."""

    def fires(self, which):
        trace = self.record(which, program("MISBEHAVE"), "--which", which, "--seconds",
                            SECONDS.get(which, "4"))
        alerts = self.check(trace)
        self.assertIn(which, alerts)
        self.assertLessEqual(set(alerts), {which} | COMPANY.get(which, set()), alerts)
        self.assertEqual(set(self.check(trace, "--lint", which)), {which})
        self.assertNotIn(which, self.check(trace, "--no-lint", which))


def add_cases():
    """Those that last longest first."""
    for which in sorted(misdeeds(), key=lambda which: -float(SECONDS.get(which, "4"))):
        def fires(self, which=which):
            if which in TYPED and not os.path.exists(program("MISBEHAVE") + ".btf"):
                self.skipTest("this build has no C types; they need pahole, libbpf and -g")
            self.fires(which)
        if which in BUSY:
            needs_the_machine(fires)
        if which not in RECORDED_BY_ANOTHER:
            setattr(Live, "test_" + which.replace("-", "_"), fires)
        if which not in RECORDED_BY_ANOTHER | LIVE_ONLY:
            setattr(Recorded, "test_" + which.replace("-", "_"), fires)


class Table(Lints):
    def test_there_is_a_misdeed_for_each_lint(self):
        run = self.tracer("check", "--list")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual({line.split()[1] for line in run.stdout.splitlines()}, set(misdeeds()))
        self.assertEqual(len({line[0] for line in run.stdout.splitlines()}), len(misdeeds()))

    def test_misuse_is_explained(self):
        for arguments, says in ((("--which", "laziness"), "--list"), ((), "usage"),
                                (("--which", "all", "--seconds", "-1"), "--seconds")):
            run = self.run_program(program("MISBEHAVE"), *arguments)
            self.assertEqual(run.returncode, TROUBLE, run.stderr)
            self.assertIn(says, run.stderr)

    def test_it_ends_when_it_is_told_to(self):
        process = self.misbehave("all")
        process.send_signal(signal.SIGTERM)
        self.wait_end(process, 0)


@needs_the_machine
class Lossy(Lints):
    def test_trace_lossy(self):
        process = self.misbehave("trace-lossy")
        trace = self.path("lossy.db")
        recorder = self.start(program("ACTOR_TRACE"), "record", "--mode", "discard", "-o", trace,
                              "-p", str(process.pid), name="recorder")
        alerts = self.watch(process, lambda alerts, frames: "trace-lossy" in alerts)
        self.assertIn("trace-lossy", alerts)
        recorder.send_signal(signal.SIGINT)
        self.wait_end(recorder, 0)
        self.assertIn("trace-lossy", self.check(trace))


class Healthy(Lints):
    def test_the_arena_is_well(self):
        server = self.start(*self.arena_command("--match-every", "100"), name="arena")
        port = self.arena_port(server)
        self.start(program("ARENA_BOTS"), "--port", str(port), "--players", "20",
                   "--seconds", "600", "--seed", "1", name="bots")
        alerts = self.watch(server, lambda alerts, frames: frames > 60 or alerts)
        self.assertEqual(alerts, {})

    def test_a_recorded_arena_is_well(self):
        trace = self.path("arena.db")
        recorder = self.start(program("ACTOR_TRACE"), "record", "-o", trace, "--",
                              *self.arena_command(), name="arena")
        self.play_bots(self.arena_port(recorder), players=20, seconds=6)
        recorder.send_signal(signal.SIGTERM)
        self.wait_end(recorder, 0)
        self.assertEqual(self.check(trace), {})
        run = self.tracer("check", trace)
        self.assertIn("nothing looks wrong", run.stdout)


class Tutorial(Lints):
    """What docs/tutorial promises: each is found within three keys."""

    def find(self, which, *steps):
        process = self.misbehave(which)
        top = Terminal(self, program("ACTOR_TOP"), "-p", str(process.pid))
        top.expect("LIVE")
        top.expect("6 Alerts: [1-9]", 2 * PATIENCE)
        self.assertLessEqual(sum(len(key) for key, _ in steps), 3)
        for key, pattern in steps:
            top.press(key)
            top.expect(pattern)
        top.press("q")
        top.expect_end(0)

    def test_the_stuck_actor(self):
        self.find("stuck-handler", ("1", r"^S clerk +R "),
                  ("6", r"^S! .* clerk has been handling one clerk_file_report for \d"),
                  (ENTER, r"running clerk_file_report for \d"))

    def test_the_growing_mailbox(self):
        self.find("mailbox-growing", ("6", r"^G .* mailbox of logger grows by \d"),
                  (ENTER, r"blocked in a call to disk"))

    def test_the_deadlock(self):
        self.find("call-deadlock", ("6", r"^D! .*: philosopher/\d+ -> philosopher/\d+"),
                  ("5", r"71 .* philosopher/\d+ waits for the next"))

    def test_the_deadlock_that_is_refused(self):
        self.find("call-deadlock", ("6", r"^D! .* (taxes|permits) -> .* \(refused\)"))


@needs_the_machine
class Files(Lints):
    def setUp(self):
        super().setUp()
        self.trace = self.record("good", program("BENCH"), "pingpong", "--smoke")
        self.assertEqual(self.tracer("check", self.trace).returncode, 0)

    def change(self, *statements):
        with sqlite3.connect(self.trace) as db:
            for statement in statements:
                db.execute(statement)
        db.close()

    def damaged(self, says):
        run = self.tracer("check", "--json", self.trace)
        self.assertEqual(run.returncode, UNREADABLE, run.stdout + run.stderr)
        problems = [json.loads(line) for line in run.stdout.splitlines()]
        self.assertIn(says, " ".join(p.get("text", "") for p in problems))
        self.assertIn("damaged", run.stderr)

    def test_a_wrong_checksum(self):
        self.change("UPDATE chunk SET checksum = checksum + 1 WHERE id = (SELECT max(id) FROM chunk)")
        self.damaged("wrong checksum")

    def test_missing_data(self):
        self.change("DELETE FROM chunk_data WHERE id = (SELECT max(id) FROM chunk_data)")
        self.damaged("its data is missing")

    def test_a_hole_that_no_gap_explains(self):
        self.trace = self.record("long", program("MISBEHAVE"), "--which", "mailbox-long",
                                 "--seconds", "1")
        thread = self.sql_number(self.trace, "SELECT thread FROM chunk GROUP BY thread "
                                 "ORDER BY count(*) DESC LIMIT 1")
        second = self.sql_number(self.trace, "SELECT coalesce((SELECT id FROM chunk WHERE thread = "
                                 f"{thread} ORDER BY id LIMIT 1 OFFSET 1), -1)")
        self.assertGreaterEqual(second, 0, "one chunk only")
        self.change(f"DELETE FROM chunk WHERE id = {second}",
                    f"DELETE FROM chunk_data WHERE id = {second}")
        self.damaged("no gap says so")

    def test_events_in_a_wrong_order(self):
        self.change("UPDATE chunk SET t0 = t1, t1 = t0 WHERE t0 < t1")
        self.damaged("ends before it begins")

    def test_a_total_that_is_not_true(self):
        self.change("UPDATE meta SET value = value + 1 WHERE key = 'events'")
        self.damaged("its recorder wrote")

    def test_what_is_no_trace(self):
        for name, content in (("empty", b""), ("text", b"no trace\n" * 1000)):
            with open(self.path(name), "wb") as file:
                file.write(content)
            self.assertEqual(self.tracer("check", self.path(name)).returncode, UNREADABLE)
        self.assertEqual(self.tracer("check", self.path("none")).returncode, UNREADABLE)
        self.assertEqual(self.tracer("check").returncode, TROUBLE)
        self.assertEqual(self.tracer("check", self.trace, "--lint", "none").returncode, TROUBLE)


add_cases()

if __name__ == "__main__":
    main(slots=12)
