#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What actor-trace record --kernel costs the arena.

Usage: kernel.py [--build DIR] [--rounds N] [--seconds N] [--players N] [--profile HZ]

Bots that hardly think keep the arena as busy as the machine allows. Runs with and without the
kernel's view take turns, so that both meet the same noise; each pair gives two ratios: answers that
the bots got, and CPU time of the arena for each message. Printed are the medians, and their middle
half. All of it must run as root (or with CAP_BPF and CAP_PERFMON); with real-time priority other
programs disturb less: chrt -f 50 bench/kernel.py
"""

import argparse
import os
import re
import select
import signal
import statistics
import subprocess
import sys
import tempfile
import time


def wait_for(path, pattern, process):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with open(path, encoding="utf-8") as file:
            found = re.search(pattern, file.read())
        if found:
            return found.group(1)
        select.select([], [], [], 0.02)
    sys.exit("the arena did not come up; this needs CAP_BPF and CAP_PERFMON")


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run(options, folder, kernel):
    """(answers, CPU seconds of the arena, messages, what the recorder said) of one run."""
    programs = options.build
    trace = os.path.join(folder, "trace.db")
    out = os.path.join(folder, "arena.out")
    command = [os.path.join(programs, "tracer/actor-trace"), "record", "-o", trace, *kernel, "--",
               os.path.join(programs, "examples/arena"), "--port", "0", "--match-every", "50",
               "--lines", "100000", "--db", ":memory:"]
    with open(out, "w", encoding="utf-8") as file:
        recorder = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file,
                                    stderr=subprocess.PIPE, text=True)
    port = wait_for(out, r"listening on .*:(\d+)", recorder)
    with open(f"/proc/{recorder.pid}/task/{recorder.pid}/children", encoding="ascii") as file:
        arena = int(file.read().split()[0])
    bots = subprocess.run([os.path.join(programs, "examples/arena-bots"), "--port", port,
                           "--players", str(options.players), "--seconds", str(options.seconds),
                           "--think", "1", "--seed", "1"], capture_output=True, text=True,
                          check=False)
    used = cpu_seconds(arena)
    recorder.send_signal(signal.SIGTERM)
    _, said = recorder.communicate(timeout=120)
    found = re.search(r"(\d+) answers", bots.stdout)
    if not found:
        sys.exit(bots.stdout + bots.stderr + said)
    messages = int(subprocess.run([os.path.join(programs, "tracer/actor-trace"), "sql", "--json",
                                   trace, "SELECT value FROM meta WHERE key = 'messages'"],
                                  capture_output=True, text=True, check=True)
                   .stdout.split(":")[1].strip(' }"\n'))
    os.unlink(trace)
    return int(found.group(1)), used, messages, said


def show(what, ratios):
    ratios = sorted(ratios)
    low, high = ratios[len(ratios) // 4], ratios[-1 - len(ratios) // 4]
    print(f"{what:34}{statistics.median(ratios):7.3f}   ({low:.3f} to {high:.3f})")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--players", type=int, default=50)
    parser.add_argument("--profile", type=int, default=0)
    options = parser.parse_args()
    kernel = ["--profile", str(options.profile)] if options.profile else ["--kernel"]
    answers, cpu, said = [], [], ""
    with tempfile.TemporaryDirectory(prefix="libactor-bench.") as folder:
        for number in range(options.rounds):
            pair = {}
            # The one that comes first changes, too.
            for with_kernel in ((True, False) if number % 2 else (False, True)):
                pair[with_kernel] = run(options, folder, kernel if with_kernel else [])
            answers.append(pair[True][0] / pair[False][0])
            cpu.append(pair[True][1] / pair[True][2] / (pair[False][1] / pair[False][2]))
            said = pair[True][3]
            print(f"  {number + 1}: {pair[False][0]} and {pair[True][0]} answers, "
                  f"{pair[False][2]} and {pair[True][2]} messages", file=sys.stderr)
    print(f"{' '.join(kernel)}, {options.rounds} pairs of {options.seconds} s, with / without:")
    show("answers to the bots", answers)
    show("CPU time of the arena per message", cpu)
    print(re.search(r"the kernel: .*", said).group(0))


if __name__ == "__main__":
    main()
