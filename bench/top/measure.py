#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures the viewer at a crowd of a million actors: first screen, CPU, memory, and what it costs
the program.

    ./run bench top [--actors 1000000] [--seconds 5] [--rounds 7] [--json]

The program's throughput, for each second of CPU that it got, is measured in turns: without the
viewer, twice with it, without. Each round gives a ratio, and the figure is the median of these; the
lowest and the highest say how much it is worth. On a machine with other work the first screen comes
later.
"""

import argparse
import json
import os
import pty
import re
import select
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time


def own_cpu(pid):
    """Seconds of CPU that a process has used."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_kib(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return int(re.search(r"VmHWM:\s+(\d+)", file.read()).group(1))


class Viewer:
    """actor-top in a terminal that nobody looks at: a thread takes what is drawn."""

    def __init__(self, command, environment):
        begin = time.monotonic()
        self.first = None
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], [*command, "--no-config"], environment)
        self.reader = threading.Thread(target=self.read, args=(begin,))
        self.reader.start()

    def read(self, begin):
        seen = b""
        try:
            while got := os.read(self.fd, 65536):
                seen = (seen + got)[-20000:]
                if self.first is None and b"BEHAVIOUR" in seen:
                    self.first = time.monotonic() - begin
        except OSError:  # it has ended
            pass

    def end(self):
        os.kill(self.pid, signal.SIGTERM)
        os.waitpid(self.pid, 0)
        self.reader.join()
        os.close(self.fd)


class Crowd:
    def __init__(self, program, environment, actors):
        self.process = subprocess.Popen([program, str(actors)], stdout=subprocess.PIPE,
                                        env=environment)
        self.said = b""
        while self.line() != b"ready":
            pass

    def line(self):
        """The next one, read without a buffer that would hide how many there are."""
        while b"\n" not in self.said:
            self.said += os.read(self.process.stdout.fileno(), 65536)
        line, self.said = self.said.split(b"\n", 1)
        return line

    def seconds(self, count):
        """The median of letters passed on for each second of CPU that the program got.

        The crowd says once a second how many there were. Lines that have waited are not of now, so
        the first one that had to be waited for is where it begins.
        """
        while select.select([self.process.stdout], [], [], 0)[0] or b"\n" in self.said:
            self.line()
        self.line()
        before = own_cpu(self.process.pid)
        found = []
        for _ in range(count):
            letters = int(self.line())
            now = own_cpu(self.process.pid)
            found.append(letters / max(now - before, 0.01))
            before = now
        return statistics.median(found)

    def end(self):
        self.process.kill()
        self.process.wait()


class Findings:
    """What the rounds have found: medians, and how far apart the rounds are."""

    def __init__(self):
        self.without, self.watched, self.ratios = [], [], []
        self.shares, self.firsts, self.peaks = [], [], []

    def round(self, crowd, top, environment, seconds):
        # Without, with, with, without: what drifts meets both alike.
        first = crowd.seconds(seconds)
        viewer = Viewer(top, environment)
        crowd.seconds(1)
        before, since = own_cpu(viewer.pid), time.monotonic()
        watched = [crowd.seconds(seconds) for _ in range(2)]
        self.shares.append((own_cpu(viewer.pid) - before) / (time.monotonic() - since))
        if viewer.first is not None:
            self.firsts.append(viewer.first)
        self.peaks.append(peak_kib(viewer.pid))
        viewer.end()
        without = [first, crowd.seconds(seconds)]
        self.without += without
        self.watched += watched
        self.ratios.append(sum(watched) / sum(without) - 1)

    def metrics(self):
        """By name with unit: what each round found."""
        return {
            "first_screen_ms": [first * 1000 for first in self.firsts],
            "cpu_percent": [share * 100 for share in self.shares],
            "memory_mib": [peak / 1024 for peak in self.peaks],
            "program_percent": [ratio * 100 for ratio in self.ratios],
            "program_messages_per_cpu_second": self.without,
        }


TITLES = {
    "first_screen_ms": ("first screen", "ms", 0, "at most 100"),
    "cpu_percent": ("CPU at 1 Hz", "% of one", 1, "at most 5"),
    "memory_mib": ("memory", "MiB", 0, "at most 100"),
    "program_percent": ("program's throughput", "%", 2, "within 0.5"),
    "program_messages_per_cpu_second": ("without the viewer", "messages a CPU second", 0, ""),
}


def print_table(metrics):
    for name, (title, unit, digits, goal) in TITLES.items():
        values = metrics[name]
        if values:
            print(f"{title:22}{statistics.median(values):10,.{digits}f} {unit:22}"
                  f"{min(values):,.{digits}f} to {max(values):,.{digits}f}  {goal}".rstrip())
        else:
            print(f"{title:22}      none")


def print_json(metrics, actors):
    for name, values in metrics.items():
        print(json.dumps({"bench": "top", "runtime": "libactor", "tracing": "watched",
                          "actors": actors, name: round(statistics.median(values), 3),
                          "min": round(min(values), 3), "max": round(max(values), 3),
                          "runs": len(values)} if values else
                         {"bench": "top", "actors": actors, name: None, "runs": 0},
                         separators=(",", ":")), flush=True)


def main():
    parser = argparse.ArgumentParser(prog="./run bench top",
                                     description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--actors", type=int, default=1000000)
    parser.add_argument("--seconds", type=int, default=5, help="of each turn")
    parser.add_argument("--rounds", type=int, default=7, help="without, with, with, without")
    parser.add_argument("--json", action="store_true", help="one object per line")
    parser.add_argument("--smoke", action="store_true", help="in short, to see that it runs")
    options = parser.parse_args()
    if options.smoke:
        options.actors, options.seconds, options.rounds = 20000, 1, 1
    top = os.path.join(options.build, "top", "actor-top")
    findings = Findings()
    with tempfile.TemporaryDirectory(prefix="libactor-bench.", dir="/dev/shm") as folder:
        environment = dict(os.environ, LIBACTOR_DIR=folder, TERM="xterm-256color",
                           LC_ALL="C.UTF-8")
        crowd = Crowd(os.path.join(options.build, "bench", "top", "bench-crowd"), environment,
                      options.actors)
        try:
            for _ in range(options.rounds):
                findings.round(crowd, [top, "--view", "behaviours"], environment, options.seconds)
        finally:
            crowd.end()
    if options.json:
        print_json(findings.metrics(), options.actors)
    else:
        print_table(findings.metrics())
    return 0


if __name__ == "__main__":
    sys.exit(main())
