# SPDX-License-Identifier: MIT
"""What the integration tests share: programs, deadlines, planes and traces.

The programs' paths come from the environment, which meson sets (see PROGRAMS); without it, name a
build folder: LIBACTOR_BUILD=build tests/integration/test_errors.py. Nothing sleeps for a fixed time: whatever a test needs, it waits for, with a deadline.
"""

import concurrent.futures
import contextlib
import mmap
import os
import re
import select
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

# Everything that ought to take an instant gets this long, for slow builds on busy machines.
PATIENCE = 30.0


# Variable and place in a build folder.
PROGRAMS = {
    "ACTOR_TRACE": "tracer/actor-trace",
    "ACTOR_TOP": "top/actor-top",
    "BENCH_CROWD": "bench/top/bench-crowd",
    "TERMINAL": "tests/integration/terminal",
    "ARENA": "examples/arena",
    "ARENA_BOTS": "examples/arena-bots",
    "BENCH": "bench/bench-savina",
    "MISBEHAVE": "examples/misbehave",
    "SLOW": "examples/slow",
    "TYPES_TARGET": "tests/integration/types_target",
    "KILL_TARGET": "tests/integration/kill_target",
    "DEFINE_TARGET": "tests/integration/define_target",
    "ACTOR_TRACE_EXTENSION": "tracer/actor_trace.so",
}


def program(variable):
    """The path of one of PROGRAMS."""
    build = os.environ.get("LIBACTOR_BUILD", "build")
    return os.environ.get(variable) or os.path.abspath(os.path.join(build, PROGRAMS[variable]))


def wait_until(condition, what, seconds=PATIENCE):
    """The first true value of condition(); a failure that says what did not happen."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        select.select([], [], [], 0.005)


class Case(unittest.TestCase):
    """A test with a folder of its own, whose planes are its own, too."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="libactor-test.")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.planes = os.path.join(self.folder, "planes")
        os.mkdir(self.planes, 0o700)
        self.environment = dict(os.environ, LIBACTOR_DIR=self.planes, NO_COLOR="1")
        for name in ("LIBACTOR_SESSION", "LIBACTOR_SEED", "LIBACTOR_SCHEDULERS"):
            self.environment.pop(name, None)

    def path(self, name):
        return os.path.join(self.folder, name)

    def start(self, *command, name="program"):
        """A process whose output goes to files name.out and name.err; ended with the test."""
        out = open(self.path(name + ".out"), "wb")
        err = open(self.path(name + ".err"), "wb")
        with out, err:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                       env=self.environment)
        process.name = name
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            for child in children(process.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            process.kill()
        process.wait(PATIENCE)

    def output(self, process, stream="out"):
        with open(self.path(f"{process.name}.{stream}"), encoding="utf-8") as file:
            return file.read()

    def said(self, process):
        return f"stdout: {self.output(process)}\nstderr: {self.output(process, 'err')}"

    def run_program(self, *command):
        """Runs to the end; the result has returncode, stdout and stderr as text."""
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              env=self.environment, timeout=2 * PATIENCE, check=False)

    def tracer(self, *arguments):
        return self.run_program(program("ACTOR_TRACE"), *arguments)

    def wait_end(self, process, status, seconds=PATIENCE):
        """The process ends within the time and with that status."""
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.fail(f"{process.name} did not end within {seconds} s\n{self.said(process)}")
        self.assertEqual(process.returncode, status, self.said(process))

    # ---- The arena ----

    def arena_command(self, *arguments):
        return [program("ARENA"), "--port", "0", "--match-every", "20", "--countdown", "0", "--lines", "100000",
                "--db", self.path("arena-results.db"), *arguments]

    def arena_port(self, process):
        def listening():
            self.assertIsNone(process.poll(), self.said(process))
            return re.search(r"^arena: listening on 127\.0\.0\.1:(\d+)$", self.output(process),
                             re.MULTILINE)
        return int(wait_until(listening, "the arena listens").group(1))

    def play_bots(self, port, players=10, seconds=2):
        run = self.run_program(program("ARENA_BOTS"), "--port", str(port), "--players",
                               str(players), "--seconds", str(seconds), "--seed", "1")
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        return run.stdout

    # ---- Traces ----

    def sql(self, trace, query):
        """The single value that actor-trace sql answers with."""
        run = self.tracer("sql", trace, query)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        return last_value(run.stdout)

    def sql_number(self, trace, query):
        return int(self.sql(trace, query))

    @contextlib.contextmanager
    def open_trace(self, trace):
        """A trace as any SQLite sees it: its plain tables."""
        db = sqlite3.connect(f"file:{trace}?mode=ro", uri=True)
        try:
            yield db
        finally:
            db.close()

    def committed(self, trace):
        """How many events a trace that is being made holds already."""
        if not os.path.exists(trace):
            return 0
        with self.open_trace(trace) as db:
            try:
                return db.execute("SELECT coalesce(sum(n), 0) FROM chunk").fetchone()[0]
            except sqlite3.OperationalError:  # the tables are not there yet
                return 0

    def check_integrity(self, trace):
        with self.open_trace(trace) as db:
            self.assertEqual(db.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
            self.assertEqual(db.execute("PRAGMA application_id").fetchone(), (0x41435452,))

    def recorded(self, trace):
        """Events of each thread in the trace; they must follow each other without a hole."""
        events = {}
        with self.open_trace(trace) as db:
            for thread, first, count in db.execute(
                    "SELECT thread, first, n FROM chunk ORDER BY thread, first"):
                self.assertEqual(events.get(thread, 0), first,
                                 f"thread {thread}: events are missing")
                events[thread] = first + count
        return events


def last_value(text):
    """The last value of a table with one column, whatever its frame and heading."""
    values = [line.strip() for line in text.splitlines() if re.search(r"\w", line)]
    return values[-1].strip("|│ ") if values else ""


def children(pid):
    """Pids of the process's children."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(word) for word in file.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def alive(pid):
    """The process runs: it exists and is no zombie."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Player:
    """A human at a terminal, played over a plain socket."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.file = self.socket.makefile("r", encoding="utf-8", newline="\n")
        self.lines = []

    def close(self):
        self.file.close()
        self.socket.close()

    def say(self, line):
        self.socket.sendall(line.encode() + b"\n")

    def hear(self, pattern):
        """Reads up to the first line that matches."""
        while True:
            line = self.file.readline()
            if not line:
                raise AssertionError(f"closed before {pattern!r}; heard {self.lines[-20:]}")
            self.lines.append(line.rstrip("\n"))
            match = re.match(pattern, line)
            if match:
                return match


class Plane:
    """A plane's file, read as actor/plane.h describes it."""

    MAGIC = 0x314E414C50544341
    REGIONS = ("control", "types", "behaviours", "strings", "threads", "actors", "births", "rings", "bonds")
    # magic version event_version byte_order header_size size ready ended pid uid start_time
    # boot_id build_id build_id_size clock scheduler_count ticks_per_second ticks_start
    # monotonic_start_ns realtime_start_ns seed chunk_size chunks_per_ring tls_current argv
    # program session
    HEADER = struct.Struct("<QIIIIQIIIIQ16s20sIIIQQQQQIIqII32s")
    RING_HEADER = 4096
    CHUNK_HEADER = 64

    def __init__(self, path):
        with open(path, "rb") as file:
            self.memory = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        header = self.HEADER.unpack_from(self.memory, 0)
        assert header[0] == self.MAGIC, f"{path} is no plane"
        self.chunk_size, self.chunks_per_ring = header[21], header[22]
        self.region = {}
        for i, name in enumerate(self.REGIONS):
            self.region[name] = struct.unpack_from("<QQQ", self.memory, self.HEADER.size + 24 * i)

    def close(self):
        self.memory.close()

    def word(self, offset, form="<Q"):
        return struct.unpack_from(form, self.memory, offset)[0]

    def active(self):
        """control.active: a byte for each lease that is in force."""
        return self.word(self.region["control"][0])

    def threads_used(self):
        return self.word(self.region["control"][0] + 28, "<I")

    def published(self, ring):
        """How many events the ring's thread has ever published, lost ones included."""
        offset, stride, _ = self.region["rings"]
        base = offset + ring * stride
        number = self.word(base)
        while number > 0:
            number -= 1
            chunk = base + self.RING_HEADER + number % self.chunks_per_ring * self.chunk_size
            seq, committed, first = struct.unpack_from("<QQQ", self.memory, chunk)
            # A chunk that was just being entered holds nothing yet.
            if seq == number + 1 and committed > 0:
                return first + committed
        return 0

    def lost(self, ring):
        """How many events the ring had no room for."""
        offset, stride, _ = self.region["rings"]
        return self.word(offset + ring * stride + 8)

    def published_by_ring(self):
        counts = {ring: self.published(ring) for ring in range(self.threads_used())}
        return {ring: count for ring, count in counts.items() if count > 0}


def planes_in(folder):
    return sorted(os.path.join(folder, name) for name in os.listdir(folder)
                  if name.endswith(".plane"))


# ---- Running a file's cases ----

class SideBySide:
    """Runs cases that mostly wait beside each other, then the others one after the other.

    A case is quiet unless its method, or its class, has the mark of needs_the_machine().
    """

    def __init__(self, slots):
        self.slots = slots
        self.lock = threading.Lock()
        self.result = unittest.TestResult()
        self.times = {}

    def run_case(self, case):
        result = unittest.TestResult()
        begin = time.monotonic()
        case.run(result)
        with self.lock:
            self.times[case.id()] = time.monotonic() - begin
            self.result.testsRun += result.testsRun
            for name in ("failures", "errors", "skipped", "unexpectedSuccesses"):
                getattr(self.result, name).extend(getattr(result, name))
            word = ("ok" if result.wasSuccessful() and not result.skipped else
                    "skipped" if result.wasSuccessful() else "FAILED")
            print(f"{self.times[case.id()]:6.1f} s  {word:8} {case.id()}", flush=True)

    def run(self, suite):
        cases = list(flatten(suite))
        alone = [case for case in cases if is_marked(case)]
        begin = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(self.slots) as pool:
            list(pool.map(self.run_case, [case for case in cases if not is_marked(case)]))
        for case in alone:
            self.run_case(case)
        for title, found in (("FAILED", self.result.failures), ("ERROR", self.result.errors)):
            for case, text in found:
                print(f"\n{title}: {case.id()}\n{text}", file=sys.stderr)
        print(f"{self.result.testsRun} cases, {len(self.result.failures)} failed, "
              f"{len(self.result.errors)} errors, {time.monotonic() - begin:.1f} s")
        return self.result


def flatten(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from flatten(test)
        else:
            yield test


def needs_the_machine(what):
    """Marks a case, or a class of cases, that measures or needs the processors for itself."""
    what.needs_the_machine = True
    return what


def is_marked(case):
    return hasattr(case, "needs_the_machine") or hasattr(
        getattr(case, case.id().rsplit(".", 1)[1], None), "needs_the_machine")


def main(slots=6):
    """As unittest.main(): the cases named on the command line, or all."""
    unittest.main(module="__main__", testRunner=SideBySide(slots))
