#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What recording costs: ./run bench recorder.

The ring on and off; a recorder under a firehose and under the arena with its bots; one INSERT for
each event; the same three integers through LTTng-UST. They take turns, so that all meet the same
machine. The figure is the median of the runs."""

import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

DEADLINE = 600
KEYS = ("ns_per_op", "events_per_s", "recorder_ns_per_event", "bytes_per_event", "peak_kib",
        "p50_ns", "p99_ns")


class Failure(Exception):
    """The text says what."""


class Peak:
    """The most memory of its own that a process had. The plane is the program's."""

    def __init__(self, pid):
        self.path = f"/proc/{pid}/status"
        self.kib = 0
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.look)
        self.thread.start()

    def look(self):
        while not self.ended.wait(0.02):
            with contextlib.suppress(OSError):
                with open(self.path, encoding="ascii") as file:
                    kib = sum(map(int, re.findall(r"Rss(?:Anon|File):\s+(\d+)", file.read())))
                self.kib = max(self.kib, kib)

    def end(self):
        self.ended.set()
        self.thread.join()
        return self.kib


class Recorder:
    """Knows where the programs of a build are."""

    def __init__(self, build, events, seconds):
        self.build = build
        self.program = os.path.join(build, "bench", "recorder", "bench-recorder")
        self.lttng_program = os.path.join(build, "bench", "recorder", "bench-lttng")
        self.tracer = os.path.join(build, "tracer", "actor-trace")
        self.events = events
        self.seconds = seconds

    def line(self, *command):
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=DEADLINE, check=False)
        lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
        if done.returncode != 0 or len(lines) != 1:
            raise Failure(f"{' '.join(command)}: status {done.returncode}\n{done.stderr}".rstrip())
        return json.loads(lines[0])

    def alone(self, name):
        command = [self.program, name]
        if self.events:
            command += ["--events", str(self.events)]
        return self.line(*command)

    def record(self, folder, *command):
        """(what the command printed, the recorder's usage with the command's in it, peak, bytes)"""
        trace = os.path.join(folder, "bench.db")
        process = subprocess.Popen([self.tracer, "record", "-o", trace, "--", *command],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        peak = Peak(process.pid)
        out = process.stdout.read()
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        kib = peak.end()
        if process.returncode != 0 or ", 0 lost" not in said:
            raise Failure(f"{command[0]}: {said.strip()}")
        return out, usage.ru_utime + usage.ru_stime, kib, os.path.getsize(trace), said

    def firehose(self):
        with tempfile.TemporaryDirectory(prefix="libactor-bench.") as folder:
            command = [self.program, "firehose"]
            if self.events:
                command += ["--events", str(self.events)]
            out, cpu_s, kib, size, _ = self.record(folder, *command)
        line = json.loads(out)
        count = line["operations"]
        return {"ns_per_op": line["ns_per_op"], "events_per_s": 1e9 / line["ns_per_op"],
                "recorder_ns_per_event": (cpu_s - line["cpu_s"]) * 1e9 / count,
                "bytes_per_event": size / count, "peak_kib": kib}

    def arena(self, events):
        """The game server with 50 players: what an answer takes, and what the trace does. `events`
        is the set that is recorded; None: nobody records."""
        examples = os.path.join(self.build, "examples")
        with tempfile.TemporaryDirectory(prefix="libactor-bench.") as folder:
            trace = os.path.join(folder, "arena.db")
            command = [os.path.join(examples, "arena"), "--port", "0", "--match-every", "200",
                       "--db", os.path.join(folder, "results.db")]
            if events is not None:
                command = [self.tracer, "record", "-q", "-o", trace, "--events", events, "--",
                           *command]
            with open(os.path.join(folder, "out"), "w+b") as out:
                server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out,
                                          stderr=subprocess.DEVNULL)
            try:
                port = self.arena_port(os.path.join(folder, "out"))
                bots = subprocess.run([os.path.join(examples, "arena-bots"), "--port", port,
                                       "--players", "50", "--seconds", str(self.seconds),
                                       "--seed", "1"], stdin=subprocess.DEVNULL,
                                      capture_output=True, text=True, timeout=DEADLINE, check=False)
                cpu_s = cpu_seconds(child_of(server.pid) if events is not None else server.pid)
            finally:
                server.send_signal(signal.SIGTERM)
                _, _, usage = os.wait4(server.pid, 0)
                server.returncode = 0
            if bots.returncode != 0:
                raise Failure(f"arena-bots: {bots.stderr.strip()}")
            result = answer_times(bots.stdout)
            result["cpu_s"] = cpu_s
            if events is not None:
                result["recorder_cpu_s"] = usage.ru_utime + usage.ru_stime - cpu_s
                done = subprocess.run([self.tracer, "info", "--json", trace], capture_output=True,
                                      text=True, timeout=DEADLINE, check=True)
                count = json.loads(done.stdout.splitlines()[0])["events"]
                result["bytes_per_event"] = os.path.getsize(trace) / count
            return result

    @staticmethod
    def arena_port(path):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with open(path, encoding="utf-8") as file:
                found = re.search(r"listening on .*:(\d+)", file.read())
            if found:
                return found[1]
            time.sleep(0.02)
        raise Failure("the arena did not come up within 30 s")

    def lttng(self):
        """None where LTTng is not there."""
        if not os.path.exists(self.lttng_program) or not shutil.which("lttng"):
            return None
        name = f"libactor-bench-{os.getpid()}"
        with tempfile.TemporaryDirectory(prefix="libactor-bench.") as folder:
            environment = dict(os.environ, LTTNG_HOME=folder, HOME=folder)
            # Of our own, so that none is left behind; where one runs already, it ends by itself.
            daemon = subprocess.Popen(["lttng-sessiond", "--no-kernel"], stdin=subprocess.DEVNULL,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                      env=environment)

            def lttng(*arguments):
                done = subprocess.run(["lttng", *arguments], stdin=subprocess.DEVNULL, text=True,
                                      capture_output=True, env=environment, timeout=60, check=False)
                if done.returncode != 0:
                    raise Failure(f"lttng {' '.join(arguments)}: {done.stderr.strip()}")
            try:
                self.wait_for_lttng(environment)
                lttng("create", name, "--output", os.path.join(folder, "trace"))
                lttng("enable-channel", "-u", "--subbuf-size", "4M", "--num-subbuf", "8", "bench")
                lttng("enable-event", "-u", "-c", "bench", "bench:three")
                lttng("start")
                command = [self.lttng_program]
                if self.events:
                    command += ["--events", str(self.events)]
                done = subprocess.run(command, capture_output=True, text=True, env=environment,
                                      timeout=DEADLINE, check=True)
                lttng("stop")
                lttng("destroy", name)
            finally:
                daemon.terminate()
                daemon.wait(DEADLINE)
            return json.loads(done.stdout.splitlines()[-1])

    @staticmethod
    def wait_for_lttng(environment):
        deadline = time.monotonic() + 30
        while subprocess.run(["lttng", "--no-sessiond", "list"], stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                             env=environment, timeout=60, check=False).returncode != 0:
            if time.monotonic() > deadline:
                raise Failure("lttng-sessiond did not come up within 30 s")
            time.sleep(0.02)


def child_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return int(file.read().split()[0])


def cpu_seconds(pid):
    """That the process has used by now."""
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def answer_times(text):
    """p50 and p99 from the last line of arena-bots."""
    values = {}
    for name in ("p50", "p99"):
        found = re.search(name + r"\D{0,3}([\d.]+) (ns|us|ms|s)\b", text)
        if not found:
            raise Failure(f"arena-bots says nothing of {name}: {text.strip()}")
        scale = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}[found[2]]
        values[f"{name}_ns"] = float(found[1]) * scale
    return values


# (name, runtime, tracing, how)
BENCHES = (
    ("ring-off", "libactor", "off", lambda r: r.alone("ring-off")),
    ("ring-on", "libactor", "on", lambda r: r.alone("ring-on")),
    ("firehose", "libactor", "on", lambda r: r.firehose()),
    ("insert", "sqlite", "on", lambda r: r.alone("insert")),
    ("lttng", "lttng-ust", "on", lambda r: r.lttng()),
    ("arena", "libactor", "off", lambda r: r.arena(None)),
    ("arena", "libactor", "on", lambda r: r.arena("full")),
)


def main():
    parser = argparse.ArgumentParser(prog="./run bench recorder", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    names = list(dict.fromkeys(name for name, *_ in BENCHES))
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--only", metavar="NAME,...", default=",".join(names),
                        help="these: " + ", ".join(names))
    parser.add_argument("--runs", type=int, default=5, help="of each (default: 5)")
    parser.add_argument("--events", type=int, default=0, help="in each run (default: its own)")
    parser.add_argument("--seconds", type=int, default=10, help="that the bots play (default: 10)")
    parser.add_argument("--json", action="store_true", help="one object per line")
    parser.add_argument("--smoke", action="store_true", help="one short run of each")
    options = parser.parse_args()
    if options.smoke:
        options.runs, options.events, options.seconds = 1, 100000, 2
    recorder = Recorder(options.build, options.events, options.seconds)
    wanted = options.only.split(",")
    for name in wanted:
        if name not in names:
            parser.error(f"no such bench: {name}; there are {', '.join(names)}")
    found = {bench[:3]: [] for bench in BENCHES if bench[0] in wanted}
    fine = True
    for _ in range(options.runs):
        for *key, how in BENCHES:
            if tuple(key) not in found:
                continue
            try:
                line = how(recorder)
            except (Failure, OSError, subprocess.SubprocessError) as failure:
                print(f"bench: {key[0]}: {failure}", file=sys.stderr)
                fine = False
                continue
            if line is not None:
                found[tuple(key)].append(line)
    for (name, runtime, tracing), lines in found.items():
        if not lines:
            continue
        result = {"bench": name, "runtime": runtime, "tracing": tracing}
        for key in KEYS:
            values = [line[key] for line in lines if key in line]
            if values:
                result[key] = round(statistics.median(values), 2)
        first = next(key for key in KEYS if key in lines[0])
        result["min"] = round(min(line[first] for line in lines), 2)
        result["max"] = round(max(line[first] for line in lines), 2)
        result["runs"] = len(lines)
        if options.json:
            print(json.dumps(result, separators=(",", ":")), flush=True)
        else:
            print(f"{name:<10}{runtime:<11}{tracing:<5}" +
                  "  ".join(f"{key} {result[key]:,}" for key in KEYS if key in result), flush=True)
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
