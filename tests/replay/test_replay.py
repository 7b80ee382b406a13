#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Sessions are recorded and run again: identical, or the difference is found where it is."""

import json
import os
import re
import shutil
import sys
import unittest
import xml.etree.ElementTree

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sessions import (DIFFER, IDENTICAL, NO_TARGET, TROUBLE, UNREADABLE, Sessions,  # noqa: E402
                      program)

# Random programs that are recorded and replayed; by hand: LIBACTOR_TEST_SEEDS=2000.
SEEDS = int(os.environ.get("LIBACTOR_TEST_SEEDS", "12"))
FIRST_SEED = int(os.environ.get("LIBACTOR_TEST_SEED", "1"))
OPERATIONS = os.environ.get("LIBACTOR_TEST_OPERATIONS", "40")


class Random(Sessions):
    def test_random_programs_replay_identically(self):
        """Recorded on several threads under chaos, replayed on one. Every other one is recorded
        with its order alone, of which only some turns have a stamp of their own."""
        different = []
        for seed in range(FIRST_SEED, FIRST_SEED + SEEDS):
            trace = self.record(f"seed-{seed}", program("REPLAY_RANDOM"), "--seed", str(seed),
                                "--operations", OPERATIONS, chaos=seed,
                                events=("full", "order")[seed % 2])
            run = self.replay(trace)
            if run.returncode == IDENTICAL:
                self.assertIn("identical", run.stdout)
            else:
                different.append(f"seed {seed}\n{run.stdout}{run.stderr}")
            os.remove(trace)
        self.assertFalse(different, "".join(different))


class Order(Sessions):
    """What came first then comes later in a replay, which runs a turn in one piece."""

    def test_receivers_that_are_not_born_yet(self):
        trace = self.record("early", program("REPLAY_EARLY"))
        self.replay(trace, status=IDENTICAL)


    def test_an_order_log_says_that_its_times_are_shared(self):
        for events, said in (("order", "shared"), ("full", "own")):
            trace = self.record(events, program("COUNTER"), events=events)
            line = json.loads(self.tracer("info", "--json", trace).stdout.splitlines()[0])
            self.assertEqual(line["turn_times"], said)
            text = self.tracer("info", trace).stdout
            self.assertEqual("share a time stamp" in text, events == "order", text)


class Detector(Sessions):
    """Ten ways not to be deterministic. Each is found in the turn in which it happens."""

    TURN = "cheat"  # the actor; the value goes to `sink`

    def check_found(self, trace, *command, **variables):
        run = self.replay(trace, *command, status=DIFFER, **variables)
        text = run.stdout + run.stderr
        # The 13th `step`, which is the 14th message of driver: its first is its own start.
        self.assertRegex(text, r"(?m)^diverged: <[\d.]+> cheat, turn @\d+ at [\d.]+ s: "
                               r"receives cast step #14 from <[\d.]+> driver$")
        # The debugger goes to that very turn.
        seconds, = re.findall(r"(?m)^diverged: .* at ([\d.]+) s: ", text)
        place, = re.findall(r"(?m)^  next: actor-replay debug .* -e '(goto @\d+)' -e 'print msg'$",
                            text)
        stop = self.replay("debug", trace, "-e", place, *command, status=IDENTICAL, **variables)
        self.assertRegex(stop.stdout, rf"^turn \d+ \(@{place[6:]}, {seconds} s\): cheat <[\d.]+> "
                                      r"handles step from driver ")
        return text

    def test_nothing(self):
        self.replay(self.cheat("none"), status=IDENTICAL)

    def test_time(self):
        self.check_found(self.cheat("time"))

    def test_rand(self):
        self.check_found(self.cheat("rand"))

    def test_getenv(self):
        trace = self.cheat("getenv", CHEAT_VALUE="1")
        self.check_found(trace, CHEAT_VALUE="2")

    def test_file(self):
        path = self.path("input")
        with open(path, "wb") as file:
            file.write(b"12345678")
        trace = self.cheat("file", path)
        with open(path, "wb") as file:
            file.write(b"87654321")
        self.check_found(trace)

    def test_address(self):
        self.check_found(self.cheat("address"))

    def test_padding(self):
        self.check_found(self.cheat("padding"))

    def test_global(self):
        self.check_found(self.cheat("global"))

    def test_thread(self):
        self.check_found(self.cheat("thread"))

    def test_hash(self):
        self.check_found(self.cheat("hash"))

    def test_constant(self):
        self.check_found(self.cheat("constant"), "--", program("REPLAY_CHEAT_CHANGED"), "constant")

    def test_name_that_is_taken_away(self):
        text = self.check_found(self.cheat("unregister"), "--", program("REPLAY_CHEAT_CHANGED"),
                                "unregister")
        self.assertIn("differs in: name", text)
        self.assertRegex(text, r"RECORDED  takes the name sink from <[\d.]+> sink\n"
                               r"  NOW       takes the name other from ")


class Values(Sessions):
    """What differs is shown by its C type, where there are types; else as bytes."""

    @unittest.skipUnless(shutil.which("pahole"), "pahole is not installed")
    def test_by_type(self):
        programs = {}
        for name in ("REPLAY_CHEAT", "REPLAY_CHEAT_CHANGED"):
            programs[name] = self.path(name.lower())
            shutil.copy(program(name), programs[name])
            run = self.tracer("types", programs[name])
            if "libbpf" in run.stderr:
                self.skipTest("built without libbpf")
            self.assertEqual(run.returncode, 0, run.stderr)
        cheat, changed = programs["REPLAY_CHEAT"], programs["REPLAY_CHEAT_CHANGED"]
        with_bytes, hashes = self.path("with.db"), self.path("hashes.db")
        for trace, options in ((with_bytes, ["--payload"]), (hashes, [])):
            run = self.tracer("record", *options, "-o", trace, "--", cheat, "constant")
            self.assertEqual(run.returncode, 0, run.stderr)
        text = self.replay(with_bytes, "--", changed, "constant", status=DIFFER).stdout
        self.assertRegex(text, r"(?m)^  value: RECORDED 7, NOW 8$")
        text = self.replay(with_bytes, "--json", "--", changed, "constant", status=DIFFER).stdout
        found = json.loads(text.splitlines()[0])
        self.assertEqual(found["fields"], [{"field": "value", "recorded": "7", "now": "8"}])
        self.assertEqual((found["recorded_value"], found["now_value"]), ({"value": 7}, {"value": 8}))
        self.assertIn("changed code", found["likely"])
        text = self.replay(hashes, "--", changed, "constant", status=DIFFER).stdout
        self.assertRegex(text, r"(?m)^  NOW +\{value = 8\}$")
        self.assertIn("RECORDED bytes are not in the trace, only their hash", text)
        text = self.replay("diff", with_bytes, "--", changed, "constant", status=DIFFER).stdout
        self.assertRegex(text, r"(?m)^ +value: A 7, B 8$")
        text = self.replay("debug", with_bytes, "-e", "break behaviour cheat message step",
                           "-e", "continue", "-e", "set msg.number = 77", "-e", "finish").stdout
        self.assertRegex(text, r"(?m)^ +number: RECORDED 1, NOW 77$")

    def test_without_types(self):
        trace = self.path("bytes.db")
        run = self.tracer("record", "--payload", "-o", trace, "--", program("REPLAY_CHEAT"), "constant")
        self.assertEqual(run.returncode, 0, run.stderr)
        if os.path.exists(program("REPLAY_CHEAT") + ".btf"):
            self.skipTest("somebody has made types")
        text = self.replay(trace, "--", program("REPLAY_CHEAT_CHANGED"), "constant",
                           status=DIFFER).stdout
        self.assertRegex(text, r"(?m)^  RECORDED bytes: \[07\] 00 00 00 00 00 00 00$")
        self.assertRegex(text, r"(?m)^  NOW      bytes: \[08\] 00 00 00 00 00 00 00$")
        text = self.replay(trace, "--json", "--", program("REPLAY_CHEAT_CHANGED"), "constant",
                           status=DIFFER).stdout
        found = json.loads(text.splitlines()[0])
        self.assertEqual((found["recorded_bytes"], found["now_bytes"]),
                         ("0700000000000000", "0800000000000000"))


class Diff(Sessions):
    def diff(self, a, b, *options, status):
        return self.replay("diff", a, b, *options, status=status)

    def test_a_trace_and_itself(self):
        trace = self.record("counter", program("COUNTER"))
        run = self.diff(trace, trace, status=IDENTICAL)
        self.assertRegex(run.stdout, r"^identical: [\d,]+ turns of \d+ actors$")

    def test_the_turn_that_differs(self):
        a = self.cheat("time")
        b = self.record("again", program("REPLAY_CHEAT"), "time")
        run = self.diff(a, b, "--json", "-n", "0", status=DIFFER)
        rows = [json.loads(line) for line in run.stdout.splitlines()]
        found = [row for row in rows if row["type"] == "difference" and row["why"] == "deed"]
        self.assertEqual([(row["actor"].split()[0], row["turn"]) for row in found],
                         [("cheat", 14)], run.stdout)  # init is the first one
        self.assertEqual(rows[-1]["type"], "diff")
        self.assertFalse(rows[-1]["identical"])

    def test_what_follows_is_told_from_what_changed(self):
        a = self.cheat("constant")
        b = self.record("changed", program("REPLAY_CHEAT_CHANGED"), "constant")
        run = self.diff(a, b, "--json", "-n", "0", status=DIFFER)
        rows = [json.loads(line) for line in run.stdout.splitlines()]
        change = [row for row in rows if row["type"] == "difference" and row["actor"].startswith("cheat")]
        self.assertEqual([row["turn"] for row in change], [14], run.stdout)

    def test_what_one_of_them_never_gets_to(self):
        """The changed program waits for ever, so that nobody ends: no change of its own, and
        neither is what follows from that."""
        trace = self.cheat("stop")
        run = self.replay("diff", trace, "-n", "0", "--", program("REPLAY_CHEAT_CHANGED"), "stop",
                          status=DIFFER)
        self.assertRegex(run.stdout, r"(?m)^  leaf <[\d.]+>, turn 2 at [\d.]+ s: its message differs\n"
                                     r"    follows from driver ")
        self.assertRegex(run.stdout, r"(?m)^\* cheat <[\d.]+>, turn 14 at ")
        self.assertNotRegex(run.stdout, r"(?m)^!")
        self.assertRegex(run.stdout, r"(?m)^cone of the change: 6 actors, 3[0-9] turns$")

    def test_one_actor_is_no_plural(self):
        run = self.replay("diff", self.cheat("constant"), "--", program("REPLAY_CHEAT_CHANGED"),
                          "constant", status=DIFFER)
        self.assertRegex(run.stdout, r"(?m)^cone of the change: 1 actor, ")

    def test_bad_input(self):
        trace = self.record("counter", program("COUNTER"))
        garbage = self.path("garbage.db")
        with open(garbage, "wb") as file:
            file.write(os.urandom(9000))
        with open(trace, "rb") as file:
            whole = file.read()
        cut = self.path("cut.db")
        with open(cut, "wb") as file:
            file.write(whole[:len(whole) // 2])
        for path in (garbage, cut, self.path("nothing.db")):
            with self.subTest(path=os.path.basename(path)):
                run = self.diff(trace, path, status=UNREADABLE)
                self.assertIn(os.path.basename(path), run.stderr)
        for command in ((), ("diff",), ("check",), ("debug",), ("gdb",)):
            with self.subTest(command=command):
                run = self.replay(*command, "--no-such", status=TROUBLE)
                name = " ".join(("actor-replay", *command))
                self.assertEqual(run.stderr, f"{name}: there is no option --no-such; see {name} "
                                 "--help\n")
        self.assertIn("--patience", self.replay(trace, "--help", status=IDENTICAL).stdout)
        self.replay("diff", trace, status=TROUBLE)
        self.replay("diff", trace, trace, "-n", "many", status=TROUBLE)


class Check(Sessions):
    def setUp(self):
        super().setUp()
        self.sessions = self.path("sessions")
        os.mkdir(self.sessions)

    def keep(self, trace):
        shutil.move(trace, self.sessions)

    def test_a_folder_of_sessions(self):
        self.keep(self.cheat("none"))
        self.keep(self.record("counter", program("COUNTER")))
        report = self.path("report.xml")
        run = self.replay("check", self.sessions, "--junit", report, status=IDENTICAL)
        self.assertIn("2 of 2 sessions identical", run.stdout)
        suite = xml.etree.ElementTree.parse(report).getroot()
        self.assertEqual((suite.get("tests"), suite.get("failures"), suite.get("errors")),
                         ("2", "0", "0"))

    def test_one_diverges_and_one_is_no_trace(self):
        self.keep(self.cheat("none"))
        self.keep(self.cheat("time"))
        with open(os.path.join(self.sessions, "garbage.db"), "wb") as file:
            file.write(os.urandom(5000))
        report = self.path("report.xml")
        run = self.replay("check", self.sessions, "--junit", report, status=TROUBLE)
        self.assertIn("1 of 3 sessions identical", run.stdout)
        suite = xml.etree.ElementTree.parse(report).getroot()
        self.assertEqual((suite.get("tests"), suite.get("failures"), suite.get("errors")),
                         ("3", "1", "1"))
        os.remove(os.path.join(self.sessions, "garbage.db"))
        self.replay("check", self.sessions, status=DIFFER)

    def test_nothing_to_check(self):
        self.replay("check", self.sessions, status=NO_TARGET)
        self.replay("check", self.path("nowhere"), status=NO_TARGET)
        self.replay("check", status=TROUBLE)
        self.replay("check", self.sessions, "--timeout", "0", status=TROUBLE)


class Debug(Sessions):
    def debug(self, trace, *commands, status=IDENTICAL):
        orders = [word for command in commands for word in ("-e", command)]
        return self.replay("debug", trace, *orders, status=status).stdout

    def test_there_and_back(self):
        trace = self.record("counter", program("COUNTER"))
        end, = re.findall(r"after turn (\d+)", self.debug(trace, "goto end"))
        text = self.debug(trace, "goto end", "back", "back 10", "step 11", "goto 5", "back 2", "back")
        turns = [int(turn) for turn in re.findall(r"^turn (\d+) ", text, re.MULTILINE)]
        end = int(end)
        self.assertEqual(turns, [end, end - 10, 5, 3, 2], text)
        self.assertEqual(text.count("the end, after turn"), 2, text)

    def test_places_are_the_same_from_both_sides(self):
        """What a place shows does not depend on how one gets there."""
        trace = self.record("random", program("REPLAY_RANDOM"), "--seed", "3", "--operations",
                            OPERATIONS, chaos=3)
        total = int(re.findall(r"after turn (\d+)", self.debug(trace, "goto end"))[0])
        places = [total // 5 * i + 1 for i in range(1, 5)]
        forward = {place: self.debug(trace, f"goto {place}", "mailbox", "links") for place in places}
        back = self.debug(trace, "goto end", *[line for place in reversed(places)
                                               for line in (f"goto {place}", "mailbox", "links")])
        for place in places:
            self.assertIn(forward[place], back)

    def test_breakpoints_both_ways(self):
        trace = self.cheat("none")
        text = self.debug(trace, "break behaviour cheat message step", "continue", "continue",
                          "continue", "reverse-continue", "reverse-continue", "reverse-continue")
        turns = [int(turn) for turn in re.findall(r"turn (\d+) ", text)]
        self.assertEqual(turns[:3][::-1][1:], turns[3:5], text)
        self.assertEqual(turns[5], 1, text)  # the beginning
        self.assertEqual(text.count("breakpoint 1: turn"), 5, text)

    def test_a_what_if_is_thrown_away_or_compared(self):
        trace = self.cheat("none")
        text = self.debug(trace, "break behaviour cheat message step", "continue", "drop", "finish",
                          "abandon", "step")
        self.assertIn("a what-if begins", text)
        self.assertRegex(text, r"sink <[\d.]+>: another message")
        self.assertNotIn("what-if, turn", text[text.index("NOW"):].split("\n", 3)[3])

    def test_wrong_commands_say_so(self):
        trace = self.cheat("none")
        for command in ("nonsense", "goto nowhere", "break behaviour nobody", "print self->x",
                        "delete 7", "finish", "abandon", "reorder 0", "set msg.x", "last-change",
                        "break if a b c", "list -1", '"'):
            with self.subTest(command=command):
                run = self.replay("debug", trace, "-e", command, status=TROUBLE)
                self.assertRegex(run.stderr, r"^actor-replay debug: ")
        self.replay("debug", status=TROUBLE)
        self.replay("debug", trace, "-x", self.path("nothing"), status=TROUBLE)

    def test_a_script_and_help(self):
        trace = self.cheat("none")
        script = self.path("script")
        with open(script, "w", encoding="utf-8") as file:
            file.write("# to the third turn\ngoto 3\nhelp\nhelp break\nquit\ngoto 1\n")
        text = self.replay("debug", trace, "-x", script, status=IDENTICAL).stdout
        self.assertIn("turn 3 ", text)
        self.assertIn("last-change", text)
        self.assertNotIn("turn 1 ", text)

    @unittest.skipUnless(shutil.which("gdb"), "gdb is not installed")
    def test_gdb_stands_in_the_handler(self):
        trace = self.cheat("none")
        text = self.debug(trace, "break behaviour cheat message step", "continue")
        turn = re.findall(r"turn (\d+) ", text)[0]
        run = self.replay("gdb", trace, "--at", turn, "--batch", "--ex", "backtrace 1", "--ex", "kill")
        if "ptrace: Operation not permitted" in run.stderr + run.stdout:
            self.skipTest("ptrace is not allowed here")
        self.assertRegex(run.stdout, r"cheat_cast \(", run.stdout + run.stderr)
        self.assertIn("cheat.c", run.stdout)


class Crash(Sessions):
    """A session that ended with the program: a handler reads from address 0."""

    def setUp(self):
        super().setUp()
        self.trace = self.path("crash.db")
        self.environment["ASAN_OPTIONS"] = "handle_segv=0"  # a crash is to be one
        run = self.tracer("record", "-o", self.trace, "--", program("REPLAY_CHEAT"), "crash")
        self.assertNotEqual(run.returncode, 0)
        self.assertIn("signal 11", run.stderr)

    def test_it_crashes_again(self):
        self.assertIn("identical", self.replay(self.trace, status=IDENTICAL).stdout)

    def test_info_tells_what_ran(self):
        text = self.tracer("info", self.trace).stdout
        self.assertRegex(text, r"(?m)^  DIED +of signal 11 \(.*\)$")
        # Others may have run on other threads.
        self.assertIn(("cheat", "step"), re.findall(
            r"(?m)^    it ran +<[\d.]+> (\w+), .* never ended: (\w+)$", text))
        self.assertIn(f"actor-replay gdb {self.trace} --at end\n", text)
        facts = json.loads(self.tracer("info", self.trace, "--json").stdout.splitlines()[0])
        self.assertEqual((facts["ending"], facts["exit_signal"]), ("died", 11))
        text = self.tracer("info", self.cheat("none")).stdout
        self.assertNotRegex(text, "DIED|it ran|gdb")

    def test_the_plane_of_the_crash_is_all_that_is_left(self):
        """Few planes of the dead are kept: those of replays must not push them out."""
        kept = os.listdir(self.planes)
        self.assertEqual(len(kept), 1)
        for _ in range(2):
            self.replay(self.trace, status=IDENTICAL)
            self.replay(self.trace, "--", program("REPLAY_CHEAT_CHANGED"), "crash")
            self.replay("debug", self.trace, "-e", "goto end", "-e", "back", status=IDENTICAL)
        self.assertEqual(os.listdir(self.planes), kept)

    def test_the_end_is_the_turn_that_crashes(self):
        text = self.replay("debug", self.trace, "-e", "goto end", "-e", "print msg", "-e", "back",
                           "-e", "step", status=IDENTICAL).stdout
        turn, = re.findall(r"(?m)^the program crashes in this turn: turn (\d+) .*: cheat <[\d.]+> "
                           r"handles step from driver", text)
        self.assertRegex(text, r"0d ?00 ?00 ?00|number = 13\b")
        self.assertEqual(re.findall(r"(?m)^turn (\d+) ", text), [str(int(turn) - 1), turn], text)

    @unittest.skipUnless(shutil.which("gdb"), "gdb is not installed")
    def test_gdb_at_the_end(self):
        run = self.replay("gdb", self.trace, "--at", "end", "--batch", "--ex", "continue", "--ex",
                          "backtrace 3", "--ex", "kill")
        if "ptrace: Operation not permitted" in run.stderr + run.stdout:
            self.skipTest("ptrace is not allowed here")
        text = run.stdout + run.stderr
        self.assertIn("SIGSEGV", text)
        self.assertRegex(text, r"#0 .* cheat_crash \(\)")
        self.assertRegex(text, r"#1 .* send_result \(number=")


class Strict(Sessions):
    def test_callers_are_named(self):
        trace = self.cheat("time")
        run = self.replay("--strict", trace)
        self.assertNotEqual(run.returncode, IDENTICAL)
        self.assertRegex(run.stdout + run.stderr, r"clock_gettime.*cheat_time")
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "cheat.c"),
                  encoding="utf-8") as file:
            line = file.read().split("clock_gettime(")[0].count("\n") + 1
        if os.environ.get("HAVE_LIBDW", "1") == "1":
            self.assertRegex(run.stdout, rf"in cheat_time at \S*cheat\.c:{line}\n")

    def test_what_is_clean_is_not_blamed(self):
        self.replay("--strict", self.cheat("none"), status=IDENTICAL)


if __name__ == "__main__":
    unittest.main(verbosity=2)
