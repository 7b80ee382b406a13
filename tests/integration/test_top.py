#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The viewer as its users meet it: in a terminal, at a program that plays, dies, comes back."""

import json
import os
import random
import re
import select
import signal
import sqlite3
import subprocess
import time
import unittest

from support import Case, PATIENCE, Plane, planes_in, program, wait_until

UP, DOWN, LEFT, RIGHT = "\033OA", "\033OB", "\033OD", "\033OC"
ENTER, ESCAPE, TAB, BACK_TAB = "\r", "\033", "\t", "\033[Z"
F = {1: "\033OP", 2: "\033OQ", 3: "\033OR", 4: "\033OS", 5: "\033[15~", 6: "\033[17~"}


class Terminal:
    """A terminal (terminal.c) with a command in it."""

    def __init__(self, case, *command, width=80, height=24, folder=None, **environment):
        variables = {**case.environment, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8",
                     "XDG_CONFIG_HOME": case.path("config"), **environment}
        self.process = subprocess.Popen(
            [program("TERMINAL"), str(width), str(height), *command], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, env=variables, text=True, encoding="utf-8", cwd=folder)
        case.addCleanup(self.close)

    def close(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            self.process.wait(PATIENCE)
        self.process.stdout.close()

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def press(self, *keys):
        for key in keys:
            self.tell("keys " + " ".join(f"{byte:02x}" for byte in key.encode()))

    def size(self, width, height):
        self.tell(f"size {width} {height}")

    def signal(self, number):
        self.tell(f"signal {int(number)}")

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError("the terminal has ended")
        return line.rstrip("\n")

    def screen(self):
        self.tell("screen")
        lines = []
        while (line := self.answer()) != ".":
            lines.append(line.rstrip())
        return "\n".join(lines)

    def colors(self):
        """How many cells have a colour of their own, and the highest number of these."""
        self.tell("colors")
        return tuple(int(word) for word in self.answer().split())

    def state(self):
        self.tell("state")
        words = self.answer().split()
        return dict(zip(words[::2], words[1::2]))

    def settled(self):
        """The screen once every key before has had its effect, and is drawn whole.

        An unbound key is answered in the last line, which is drawn last: what is above it is
        neither of an earlier frame nor half of a later one, as long as nothing moves by itself.
        """
        for key in "@`":  # twice: the first answer may stand there still
            self.press(key)
            self.expect(rf"^{key} does nothing here")
        return self.screen()

    def expect(self, pattern, seconds=PATIENCE):
        """The match, once it is on the screen."""
        seen = [""]

        def look():
            seen[0] = self.screen()
            return re.search(pattern, seen[0], re.MULTILINE)
        try:
            return wait_until(look, pattern, seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}; the screen is\n{seen[0]}\n{self.state()}") from None

    def expect_end(self, status):
        wait_until(lambda: self.state()["status"] != "-", "the command ends")
        state = self.state()
        assert state["status"] == str(status), f"{state}\n{self.screen()}"
        return state


class Top(Case):
    def arena(self, players=10):
        self.server = self.start(*self.arena_command("--match-every", "100"), name="arena")
        self.port = self.arena_port(self.server)
        self.start(program("ARENA_BOTS"), "--port", str(self.port), "--players", str(players),
                   "--seconds", "600", "--seed", "1", name="bots")
        return self.server

    def misbehave(self, which):
        process = self.start(program("MISBEHAVE"), "--which", which, name="misbehave")
        wait_until(lambda: "pid" in self.output(process), "misbehave is ready")
        return process

    def top(self, *arguments, **settings):
        return Terminal(self, program("ACTOR_TOP"), *arguments, **settings)

    def assert_restored(self, state):
        self.assertEqual((state["alternate"], state["cursor"], state["mouse"], state["echo"]),
                         ("0", "1", "0", "1"), state)


class Screens(Top):
    def test_every_view_opens_and_the_terminal_is_given_back(self):
        self.arena()
        top = self.top()
        top.expect(r"^arena\(\d+\) up .* LIVE ")
        top.expect(r"^! .*NAME")
        self.assertEqual(top.state()["alternate"], "1")
        top.press("2")
        top.expect(r"arena +\d+ W")
        top.press("3")
        top.expect(r"^  channel +\d+ ")
        top.press("4")
        top.expect(r"^channel +▶ tcp_connection tcp_write")
        top.press("5")
        top.expect(r"^BLOCKED")
        top.press("6")
        top.expect(r"SINCE WHAT")
        top.press("7")
        top.expect(r"cast  tcp_write: .* ▶ tcp_connection/")
        top.press(ENTER)
        top.expect(r"CHAIN")
        top.press(ESCAPE, TAB)
        top.expect(r"^\[1 Actors\]")
        top.press("q")
        self.assert_restored(top.expect_end(0))

    def test_search_filter_sort_detail(self):
        self.arena()
        top = self.top()
        top.expect("player/bot")
        top.press("/", "store", ENTER, ENTER)
        top.expect(r"^ store <0\.\d+\.1>")
        top.expect(r"spawned by +arena < main")
        top.press(ESCAPE)
        top.press("\\", "behaviour == chanel", ENTER)
        top.expect("no actor fulfils the filter")
        top.press("\\", "\x15behaviour = channel and mailbx > 1", ENTER)
        top.expect("did you mean 'mailbox'")
        top.press(ESCAPE)
        top.press("\\", "\x15behaviour == store", ENTER)
        top.expect(r"^filter behaviour == store \(1\)")
        top.press(ESCAPE, ESCAPE, "M")
        top.expect(r"MEM▼|ME▼")
        top.press("s")
        top.expect("Sort by")
        top.press(ESCAPE, "?")
        top.expect("actor-top: keys")
        top.press("x", "q")
        top.expect_end(0)

    def test_detail_has_links_and_monitors(self):
        self.arena()
        top = self.top(height=60, width=100)
        top.expect("LIVE")
        # The supervisor watches and is linked to its children, live; the store is one of them.
        top.press("/", "store", ENTER, ENTER)
        top.expect(r"^ Links \(\d+\)\n arena$")
        top.press(ESCAPE, "/", "roster", ENTER, ENTER)
        top.expect(r"^ Watches \(\d+\)\n player/")
        top.press("q")
        top.expect_end(0)

    def test_the_state_is_read_on_request(self):
        process = self.misbehave("mailbox-growing")
        top = self.top("-p", str(process.pid), height=50, width=100)
        top.expect(r"^. (<0\.\d+\.1> +)?logger ")
        top.press("/", "logger", ENTER, "v")
        # By its type where the program has any, else in hexadecimal; and who waits is said to.
        top.expect(r"^ State\n <0\.\d+\.1> logger(, .*)?, 16 bytes")
        top.expect("in the middle of a turn, which waits for")
        process.kill()
        process.wait()
        top.expect("KILLED")
        top.press("v")
        top.expect("its states are gone")
        top.press("q")
        top.expect_end(0)

    def test_the_set_up_is_remembered_and_a_corrupt_one_is_not_fatal(self):
        self.arena()
        top = self.top()
        top.expect(r"^! ")
        top.press("M", "q")
        top.expect_end(0)
        path = self.path("config/libactor/actor-top")
        with open(path, encoding="utf-8") as file:
            self.assertIn("sort memory", file.read())
        with open(path, "wb") as file:
            file.write(b"sort nothing\n\xff\xfe" + bytes(range(256)) * 40)
        top = self.top()
        top.expect("line 1 is not understood")
        top.press("q")
        top.expect_end(0)

    def test_a_killed_program_stays_and_its_heir_is_found(self):
        server = self.arena()
        top = self.top()
        top.expect("LIVE")
        server.kill()
        server.wait()
        top.expect("KILLED")
        top.expect("was killed or has crashed")
        top.press("2", "1", DOWN, ENTER)
        top.expect("spawned by")
        self.start(*self.arena_command(), name="arena2")
        top.expect("runs again as")
        top.press("a")
        top.expect("LIVE")
        top.press("q")
        top.expect_end(0)

    def test_several_programs_are_a_choice(self):
        self.start(*self.arena_command(), name="one")
        self.start(*self.arena_command(), name="two")
        wait_until(lambda: len(os.listdir(self.planes)) == 2, "two programs")
        top = self.top()
        top.expect("Programs")
        top.expect(r"arena +\d+ actors")
        top.press(ENTER)
        top.expect("LIVE")
        top.press("q")
        top.expect_end(0)

class Records(Top):
    """Traces that are made from the viewer."""

    def traces(self, prefix):
        return [self.path(name) for name in os.listdir(self.folder)
                if name.startswith(prefix) and name.endswith(".db")]

    def record(self, top, *keys):
        """The file of a recording that these keys begin, and r ends."""
        top.press(*keys)
        top.expect(r"REC 0:0\d trace-arena-")
        wait_until(lambda: any(self.committed(trace) > 100 for trace in self.traces("trace-")),
                   "events")
        top.press("r")
        top.expect(r"\d+ events, \d+ actors")
        return self.traces("trace-")[0]

    def actors(self, trace):
        """Behaviours of the actors whose turns are in it: the chosen and whom they talk to."""
        with self.open_trace(trace) as db:
            assert db.execute("SELECT count(*) FROM chunk").fetchone()[0] > 0
        run = self.tracer("sql", "--json", trace, "select distinct behaviour from turns")
        self.assertEqual(run.returncode, 0, run.stderr)
        return {json.loads(line)["behaviour"] for line in run.stdout.splitlines()}

    def test_all(self):
        self.arena()
        top = self.top(width=132, folder=self.folder)
        top.expect("LIVE")
        found = self.actors(self.record(top, "r"))
        self.assertGreaterEqual(found, {"channel", "tcp_connection"})
        top.press("q")
        top.expect_end(0)

    def test_the_filter(self):
        self.arena()
        top = self.top("--filter", "behaviour == roster", width=132, folder=self.folder)
        top.expect(r"^filter behaviour == roster \([1-9]")
        top.press("r")
        top.expect("the filter: behaviour == roster")
        found = self.actors(self.record(top, DOWN, ENTER))
        self.assertIn("roster", found)
        self.assertNotIn("tcp_connection", found)
        top.press("\\", "\x15mailbox >= 0", ENTER, "r", DOWN, ENTER)
        top.expect("chosen by actor, name, behaviour and type alone")
        top.press("q")
        top.expect_end(0)

    def test_the_tagged(self):
        self.arena()
        top = self.top(width=132, folder=self.folder)
        top.expect("LIVE")
        top.press("/", "store", ENTER, " ", "/", "roster", ENTER, " ")
        top.expect("^2 tagged")
        top.press("r")
        top.expect("the 2 tagged")
        found = self.actors(self.record(top, DOWN, ENTER))
        self.assertGreaterEqual(found, {"store", "roster"})
        self.assertNotIn("tcp_connection", found)
        top.press("q")
        top.expect_end(0)

    def test_a_flight_recorder_is_dumped(self):
        self.environment["LIBACTOR_FLIGHT_RECORDER"] = "1"
        server = self.arena()
        top = self.top(width=132, folder=self.folder)
        top.expect("LIVE")
        top.press("D")
        top.expect("Dump the last")
        top.press("no", ENTER)
        top.expect("give seconds")
        top.press("\x1560", ENTER)
        top.expect(r"actor-trace snapshot: flight-arena-.* \d+ actors")
        self.assertIn("channel", self.actors(self.traces("flight-")[0]))
        server.kill()
        server.wait()
        top.expect("KILLED")
        top.press("r")
        top.expect("D writes what its plane holds")
        top.press("D")
        top.expect(r"actor-trace salvage: salvaged-arena-.* \d+ actors")
        self.assertIn("channel", self.actors(self.traces("salvaged-")[0]))
        top.press("q")
        top.expect_end(0)

    def test_a_flight_recorder_that_is_off_is_said_to_be(self):
        self.misbehave("stuck-handler")
        top = self.top(width=200, folder=self.folder)
        top.expect("LIVE")
        top.press("D", ENTER)
        top.expect("its flight recorder is off; start it with LIBACTOR_FLIGHT_RECORDER=1")
        self.assertEqual(self.traces("flight-"), [])
        top.press("q")
        top.expect_end(0)


class Signals(Top):
    def test_terminal_is_restored_after_signals(self):
        self.arena()
        for number, status in ((signal.SIGTERM, 143), (signal.SIGHUP, 129),
                               (signal.SIGSEGV, -signal.SIGSEGV), (signal.SIGABRT,
                                                                   -signal.SIGABRT)):
            with self.subTest(number=number):
                top = self.top()
                top.expect("LIVE")
                top.signal(number)
                state = wait_until(lambda top=top: top.state()["status"] != "-" and top.state(),
                                   "it ends")
                if status > 0 or "asan" not in os.environ.get("LIBACTOR_BUILD", ""):
                    self.assertIn(state["status"], (str(int(status)), "1"))
                self.assert_restored(state)

    def test_suspend_and_continue(self):
        self.arena()
        top = self.top()
        top.expect("LIVE")
        top.press("\x1a")
        wait_until(lambda: top.state()["alternate"] == "0", "the screen is left")
        self.assert_restored(top.state())
        top.signal(signal.SIGCONT)
        top.expect("LIVE")
        self.assertEqual(top.state()["alternate"], "1")
        top.press("q")
        top.expect_end(0)

    def test_control_c_ends(self):
        self.arena()
        top = self.top()
        top.expect("LIVE")
        top.press("\x03")
        self.assert_restored(top.expect_end(0))


class Sizes(Top):
    def test_resize_storm(self):
        self.arena()
        top = self.top()
        top.expect("LIVE")
        seed = int(os.environ.get("LIBACTOR_TEST_SEED", time.time_ns() % 1000000))
        print(f"seed {seed}")
        chance = random.Random(seed)
        for _ in range(200):
            top.size(chance.randint(1, 300), chance.randint(1, 100))
            if chance.random() < 0.3:
                top.press(chance.choice("1234567?" + "x"))
        top.size(30, 5)
        top.expect("too small: 30x5")
        top.size(80, 24)
        top.press("1")
        top.expect(r"^\[1 Actors\]|keys")
        self.assertEqual(top.state()["status"], "-")

    def test_random_keys(self):
        self.arena()
        top = self.top("--no-config")
        top.expect("LIVE")
        seed = int(os.environ.get("LIBACTOR_TEST_SEED", time.time_ns() % 1000000))
        count = int(os.environ.get("LIBACTOR_TEST_KEYS", "10000"))
        print(f"seed {seed}")
        chance = random.Random(seed)
        # Not those that end, stop, or start other programs.
        keys = [chr(c) for c in range(32, 127) if chr(c) not in "qOrDA"]
        keys += [UP, DOWN, LEFT, RIGHT, ENTER, ESCAPE, TAB, BACK_TAB, "\x7f", "\x0c", "ä", *F.values()]
        for i in range(count):
            top.press(chance.choice(keys))
            if i % 50 == 0:
                self.assertEqual(top.state()["status"], "-", top.screen())
            if i % 400 == 0:
                top.size(chance.randint(20, 200), chance.randint(5, 60))
        top.size(100, 30)
        # Out of whatever is open.
        top.press(ESCAPE)
        wait_until(lambda: top.press(ESCAPE) or "too small" not in top.screen(),
                   "a frame of the new size")
        self.assertEqual(top.state()["status"], "-", top.screen())

    def test_terminals(self):
        self.arena()
        for term, locale in (("xterm", "C"), ("linux", "C.UTF-8"), ("vt100", "C"),
                             ("screen-256color", "C.UTF-8")):
            with self.subTest(term=term, locale=locale):
                # On the Linux console ncurses loads libgpm, which leaks ten bytes.
                top = self.top(TERM=term, LC_ALL=locale, ASAN_OPTIONS="detect_leaks=0")
                top.expect("LIVE")
                top.press("2")
                if locale == "C":
                    top.expect(r"\|-")
                top.press("q")
                top.expect_end(0)

    def test_colours_are_used_as_far_as_they_are_wanted_and_there(self):
        self.arena()
        for term, arguments, no_color, highest in (
                ("xterm-256color", (), "", 255), ("xterm-16color", (), "", 15),
                ("xterm", (), "", 7), ("vt100", (), "", None), ("xterm-256color", (), "1", None),
                ("xterm-256color", ("--color", "never"), "", None),
                ("xterm-256color", ("--color", "always"), "1", 255)):
            if subprocess.run(["infocmp", term], capture_output=True, check=False).returncode != 0:
                continue  # not described here, as most are not without the package ncurses-term
            with self.subTest(term=term, arguments=arguments, no_color=no_color):
                top = self.top(*arguments, TERM=term, NO_COLOR=no_color)
                top.expect("LIVE")
                top.expect(r"^\[1 Actors\]")
                cells, found = top.colors()
                if highest is None:
                    self.assertEqual(cells, 0)
                else:
                    self.assertGreater(cells, 0)
                    self.assertLessEqual(found, highest)
                top.press("q")
                top.expect_end(0)

    def test_dumb_terminal_is_refused_with_a_way_out(self):
        self.start(*self.arena_command(), name="arena")
        wait_until(lambda: os.listdir(self.planes), "a program")
        top = self.top(TERM="dumb")
        top.expect("use -b")
        top.expect_end(2)


class Replay(Top):
    """A trace on the same screens."""

    def record(self):
        self.arena()
        trace = self.path("trace.db")
        run = self.tracer("record", "-p", str(self.server.pid), "-d", "3", "-o", trace)
        self.assertEqual(run.returncode, 0, run.stderr)
        return trace

    @staticmethod
    def body(screen):
        """What is the trace's, and not the viewer's own cost."""
        return [line for line in screen.splitlines() if "self" not in line]

    def go_to(self, top, place, pattern):
        top.press(":", place, ENTER)
        top.expect(pattern)

    def test_it_plays_and_stops_at_its_end(self):
        trace = self.record()
        top = self.top("-r", trace)
        top.expect(r"^arena REPLAY ")
        top.press("4")
        top.expect(r"^channel +▶ tcp_connection tcp_write")
        top.expect(r"^arena REPLAY paused (\d+\.\d+) of \1 s")
        events = self.sql_number(trace, "select count(*) from events")
        top.expect(f"event {events} of {events}")
        # Those that nobody has seen end.
        living = self.sql_number(trace, "select count(*) from actor where exit_ticks is null")
        top.press("1")
        top.expect(f"^actors {living} ")
        top.press("r")
        top.expect("no running program")
        top.press("q")
        self.assert_restored(top.expect_end(0))

    def test_a_place_is_the_state_after_that_event(self):
        trace = self.record()
        top = self.top("-r", trace)
        top.expect("REPLAY")
        top.press("1")
        top.expect("nothing stands out")  # what stands out is looked for in the background
        events = self.sql_number(trace, "select count(*) from events")
        middle = events // 2
        self.go_to(top, f"#{middle}", f"paused .* event {middle} of {events}")
        first = self.body(top.settled())
        # From before it, from behind it, by steps of time: the place is all that matters.
        self.go_to(top, "#10", "paused .* event 10 of")
        self.go_to(top, f"#{middle}", f"event {middle} of {events}")
        self.assertEqual(self.body(top.settled())[1:], first[1:])
        # Times are those of the session, as everywhere; the recorder came later.
        begin, end = (self.sql_number(trace, f"select {what}(time_ns) from events") / 1e9
                      for what in ("min", "max"))
        self.assertGreater(begin, 0)
        late, early = (re.escape(f"{begin + seconds:.3f}") for seconds in (2.5, 1.5))
        self.go_to(top, f"{begin + 2.5:.3f}s", f"paused {late} of")
        top.press("[")
        top.expect(f"paused {early} of")
        top.press("]")
        top.expect(f"paused {late} of")
        top.press("{")
        back = float(top.expect(rf"paused (?!{late})(\d+\.\d+) of").group(1))
        self.assertAlmostEqual(back, begin + 2.5 - (end - begin) / 20, delta=0.01)
        self.go_to(top, f"#{middle}", f"event {middle} of {events}")
        self.assertEqual(self.body(top.settled())[1:], first[1:])
        # A turn's place is behind the event that opens it; counted here by SQL.
        turn = events // 10
        opens = self.sql_number(trace, "select n from (select row_number() over (order by time_ns) "
                                "as n, kind from events) where kind in ('recv', 'input') "
                                f"order by n limit 1 offset {turn - 1}")
        self.go_to(top, f"t{turn}", rf"event \d+ of {events} turn {turn}$")
        place = int(top.expect(r"event (\d+) of").group(1))
        self.assertLess(abs(place - opens), 50)  # events of the same time
        self.go_to(top, f"@{place - 1}", rf"turn {turn - 1}$")
        self.go_to(top, "nonsense", "a time, a way, an event or a turn")
        top.press(ESCAPE, "q")
        top.expect_end(0)

    def test_what_stands_out_is_on_the_timeline(self):
        trace = self.path("m.db")
        run = self.tracer("record", "-q", "-o", trace, "--", program("MISBEHAVE"), "--which",
                          "stuck-handler,restart-storm", "--seconds", "3")
        self.assertEqual(run.returncode, 0, run.stderr)
        db = sqlite3.connect(trace)
        middle = "(SELECT (min(t0) + max(t1)) / 2 FROM chunk)"
        with db:
            db.execute("INSERT INTO gap (thread, from_ticks, to_ticks, events, reason) VALUES "
                       f"(1, {middle}, {middle}, 77, 'a test')")
        db.close()
        top = self.top("-r", trace, width=132)
        # An alert from its beginning on, crashes, and the gap.
        top.expect(r"^ *[SX].*─.*X.*~.*X")
        top.press(")")
        top.expect("^[SX] (clerk has been handling|juggler .* ended: )")
        first = float(top.expect(r"paused (\d+\.\d+) of").group(1))
        gap = self.sql_number(trace, "SELECT from_ns FROM gaps")
        self.go_to(top, f"{gap // 1000 - 2}us", "paused")
        top.press(")")
        top.expect("^~ 77 events are missing here: a test")
        top.press("6")
        top.expect("^S! .* clerk has been handling one")
        top.press("(")
        top.expect("^[SRXU] (clerk|juggler|circus)")
        self.assertGreater(float(top.expect(r"paused (\d+\.\d+) of").group(1)), first)
        place = int(top.expect(r"event (\d+) of").group(1))
        top.press(".")
        top.expect(f"event {place + 1} of")
        top.press(",", ",")
        top.expect(f"event {place - 1} of")
        top.press("q")
        top.expect_end(0)

    def test_keys_for_traces_say_so_elsewhere(self):
        self.arena()
        top = self.top()
        top.expect("LIVE")
        for key in "[{,.():":
            top.press(key)
            top.expect("only a trace has times to go to")
            top.press("@")
            top.expect("^@ does nothing here")
        top.press("q")
        top.expect_end(0)

    def test_what_is_no_trace_is_refused(self):
        with open(self.path("text"), "w", encoding="utf-8") as file:
            file.write("no trace at all\n" * 100)
        for trace, said in (("text", "trace"), ("missing", "missing")):
            top = self.top("-r", self.path(trace), width=200)
            top.expect(said)
            top.expect_end(4)
        run = self.run_program(program("ACTOR_TOP"), "-b", "-r", "x")
        self.assertEqual(run.returncode, 2)


class Crowds(Top):
    """Many actors that do little: bench/top/crowd.c."""

    def crowd(self, actors):
        process = self.start(program("BENCH_CROWD"), str(actors), "16", name="crowd")
        wait_until(lambda: "ready" in self.output(process), "the crowd is there")
        return process

    def test_many_actors_are_shown_as_behaviours_and_counted_right(self):
        self.crowd(60000)
        top = self.top()
        top.expect(r"\[3 Behaviours\]")
        top.expect(r"^actors 60001 ")
        top.expect(r"^  member +60.0k ")
        top.press("1")
        top.expect(r"member/\d+ +[WQR] ")
        top.press("G")
        top.expect(r"member/\d+ +[WQR] ")
        top.press("q")
        top.expect_end(0)

    def test_a_filter_finds_one_of_many(self):
        self.crowd(60000)
        run = self.run_program(program("ACTOR_TOP"), "--json", "-n", "1", "--filter",
                               "name == member/54321")
        rows = [json.loads(line) for line in run.stdout.splitlines()]
        self.assertEqual([row["name"] for row in rows if row["type"] == "actor"],
                         ["member/54321"], run.stderr)

    def test_a_killed_viewer_leaves_nothing_on(self):
        self.crowd(100)
        plane = Plane(planes_in(self.planes)[0])
        self.addCleanup(plane.close)
        viewer = subprocess.Popen([program("ACTOR_TOP"), "--json", "--events"],
                                  stdout=subprocess.PIPE, env=self.environment)
        self.addCleanup(viewer.stdout.close)
        wait_until(plane.active, "the viewer watches")
        viewer.kill()
        viewer.wait()
        wait_until(lambda: plane.active() == 0, "its lease lapses")

    def test_a_plane_that_is_cut_short_is_said_to_be(self):
        process = self.crowd(1000)
        top = self.top()
        top.expect("LIVE")
        process.kill()
        process.wait()
        top.expect("KILLED")
        # What is still mapped is gone, too: reading it would end a program that is not prepared.
        os.truncate(planes_in(self.planes)[0], 8192)
        top.press("2", "3", "5", "1", DOWN, ENTER)
        top.expect("DAMAGED")
        top.expect("cut short")
        top.press("q")
        self.assert_restored(top.expect_end(0))


class Batch(Top):
    def batch(self, *arguments):
        return self.run_program(program("ACTOR_TOP"), *arguments)

    def test_json_is_json(self):
        self.arena()
        run = self.batch("--json", "-n", "3", "-d", "0.1", "-K", "5")
        self.assertEqual(run.returncode, 0, run.stderr)
        records = [json.loads(line) for line in run.stdout.splitlines()]
        frames = [record for record in records if record["type"] == "frame"]
        actors = [record for record in records if record["type"] == "actor"]
        self.assertEqual([frame["frame"] for frame in frames], [0, 1, 2])
        self.assertLessEqual(len(actors), 15)
        self.assertGreater(frames[0]["actors"], 5)
        self.assertIsNotNone(frames[0]["messages_per_second"])
        schema = json.loads(self.batch("--json-schema").stdout)
        for record in records:
            kind = next(one for one in schema["oneOf"] if one["title"] == record["type"])
            self.assertEqual(set(record) - set(kind["properties"]), set())

    def test_json_is_written_as_it_comes(self):
        self.arena()
        process = subprocess.Popen([program("ACTOR_TOP"), "--json", "-d", "0.1"],
                                   stdout=subprocess.PIPE, env=self.environment, text=True)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.addCleanup(process.stdout.close)
        self.assertTrue(select.select([process.stdout], [], [], PATIENCE)[0])
        self.assertEqual(json.loads(process.stdout.readline())["type"], "frame")

    def test_text_has_no_escapes_and_filters_filter(self):
        self.arena()
        for form in ("--plain", "--csv"):
            run = self.batch(form, "-n", "1", "--filter", "behaviour == store")
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertNotIn("\033", run.stdout)
            self.assertEqual(len(re.findall(r"\bstore$|,store,store,", run.stdout, re.M)), 1,
                             run.stdout)

    def test_what_is_wrong_is_said(self):
        for arguments, status, text in (
                (["-b"], 3, "no program in"),
                (["-b", "-p", "999999"], 3, "has no plane"),
                (["-d", "0"], 2, "0.1 to 60"),
                (["--sort", "x"], 2, "no such column"),
                (["-b", "--filter", "x > 1"], 2, "there is no field"),
                (["--view", "x"], 2, "view"),
                (["-z"], 2, "no option"),
                (["x"], 2, "no arguments")):
            run = self.batch(*arguments)
            self.assertEqual(run.returncode, status, run.stderr)
            self.assertIn(text, run.stderr)

    def test_foreign_files_are_refused(self):
        with open(os.path.join(self.planes, f"{os.getpid()}-1.plane"), "wb") as file:
            file.write(b"x" * 8192)
        run = self.batch("-b", "-p", str(os.getpid()))
        self.assertEqual(run.returncode, 3)
        self.assertIn("plane", run.stderr)


if __name__ == "__main__":
    unittest.main()
