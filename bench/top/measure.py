#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures the viewer at a crowd of a million actors: first screen, CPU, memory, and what it costs
the program.

    bench/top/measure.py --build build/release [--actors 1000000] [--seconds 20] [--rounds 5]

The program's throughput, for each second of CPU that it got, is measured in turns, without and with
the viewer, and compared as medians. On a machine with other work the first screen comes later.
"""

import argparse
import os
import pty
import re
import select
import signal
import statistics
import subprocess
import sys
import tempfile
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
    """actor-top in a terminal that nobody looks at."""

    def __init__(self, program, environment, *arguments):
        self.begin = time.monotonic()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe(program, [program, "--no-config", *arguments], environment)
        self.first = None
        self.seen = b""

    def look(self, seconds):
        """Takes what is drawn for a while."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if not select.select([self.fd], [], [], left)[0]:
                return
            self.seen = (self.seen + os.read(self.fd, 65536))[-20000:]
            if self.first is None and b"BEHAVIOUR" in self.seen:
                self.first = time.monotonic() - self.begin

    def end(self):
        os.kill(self.pid, signal.SIGTERM)
        try:
            while os.read(self.fd, 65536):
                pass
        except OSError:
            pass
        os.waitpid(self.pid, 0)
        os.close(self.fd)


class Crowd:
    def __init__(self, program, environment, actors):
        self.process = subprocess.Popen([program, str(actors)], stdout=subprocess.PIPE, text=True,
                                        env=environment)
        while self.process.stdout.readline().strip() != "ready":
            pass

    def second(self):
        """Letters passed on in the next second, for each second of CPU that the program got."""
        before = own_cpu(self.process.pid)
        letters = int(self.process.stdout.readline())
        return letters / max(own_cpu(self.process.pid) - before, 0.01)

    def end(self):
        self.process.kill()
        self.process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--actors", type=int, default=1000000)
    parser.add_argument("--seconds", type=int, default=10, help="of each turn")
    parser.add_argument("--rounds", type=int, default=5, help="turns without and with")
    options = parser.parse_args()
    top = os.path.join(options.build, "top", "actor-top")
    with tempfile.TemporaryDirectory(prefix="libactor-bench.", dir="/dev/shm") as folder:
        environment = dict(os.environ, LIBACTOR_DIR=folder, TERM="xterm-256color",
                           LC_ALL="C.UTF-8")
        crowd = Crowd(os.path.join(options.build, "bench", "top", "bench-crowd"), environment,
                      options.actors)
        without, watched, shares, firsts, peaks = [], [], [], [], []
        try:
            for _ in range(options.rounds):
                crowd.second()
                without += [crowd.second() for _ in range(options.seconds)]
                viewer = Viewer(top, environment)
                viewer.look(2)
                crowd.second()
                before, since = own_cpu(viewer.pid), time.monotonic()
                for _ in range(options.seconds):
                    viewer.look(0.5)
                    watched.append(crowd.second())
                shares.append((own_cpu(viewer.pid) - before) / (time.monotonic() - since))
                firsts.append(viewer.first)
                peaks.append(peak_kib(viewer.pid))
                viewer.end()
        finally:
            crowd.end()
    change = statistics.median(watched) / statistics.median(without) - 1
    seen = [first for first in firsts if first is not None]
    print(f"first screen  {statistics.median(seen) * 1000:.0f} ms" if seen else
          "first screen  not within 2 s")
    print(f"CPU at 1 Hz   {statistics.median(shares) * 100:.1f} % of one")
    print(f"memory        {max(peaks) / 1024:.0f} MiB")
    print(f"program       {statistics.median(without) / 1e6:.2f} M messages a CPU second without, "
          f"{statistics.median(watched) / 1e6:.2f} M with the viewer: {change * 100:+.1f} %")
    return 0


if __name__ == "__main__":
    sys.exit(main())
