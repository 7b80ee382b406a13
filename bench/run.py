#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the benchmarks of a build and prints what one operation takes, beside the same work in
Erlang/OTP and CAF, and with tracing compiled out, off and on.

On means: under actor-trace record, every event recorded without loss; the trace is thrown away
afterwards. The runtimes take turns, so that all meet the same machine; each turn is a fresh process
that warms up first. The figure is the median of the runs.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from typing import NamedTuple

DEADLINE = 600


class Bench(NamedTuple):
    """BUILD/bench/PROGRAM NAME prints one line; what is in it, see METRICS. Where there is a
    PROGRAM-untraced, it has tracing compiled out."""
    name: str
    operation: str
    program: str = "bench-savina"
    peers: bool = True   # Erlang and CAF do the same work


BENCHES = (
    # Messages.
    Bench("pingpong", "message"),
    Bench("threadring", "hop"),
    Bench("counting", "message"),
    Bench("fjthrput", "message"),
    Bench("big", "message"),
    Bench("cast", "cast"),
    Bench("call", "call"),
    # Births and deaths.
    Bench("spawn", "actor"),
    Bench("fjcreate", "actor"),
    Bench("fib", "actor"),
    Bench("skynet", "actor"),
    # Work together.
    Bench("chameneos", "meeting"),
    Bench("philosopher", "meal"),
    Bench("banking", "transfer"),
    Bench("logmap", "term"),
    Bench("bndbuffer", "item"),
    Bench("sieve", "message"),
    Bench("radixsort", "message"),
    Bench("uct", "node"),
    # Memory, not time.
    Bench("idle", "actor"),
)

# Programs of libactor alone, whose lines have more to say.
EXTRAS = {
    "latency-idle": "bench-latency",
    "latency-busy": "bench-latency",
    "timers-arm": "bench-timers",
    "timers-cancel": "bench-timers",
    "timers-fire": "bench-timers",
    "timers-late": "bench-timers",
}

# What a program measures is in its line under one of these keys.
METRICS = {"ns_per_op": "ns", "bytes_per_op": "B"}


class Contender(NamedTuple):
    """A column of the table."""
    runtime: str
    tracing: str

    def title(self):
        return self.tracing if self.runtime == "libactor" else self.runtime


CONTENDERS = (
    Contender("libactor", "compiled-out"),
    Contender("libactor", "off"),
    Contender("libactor", "on"),
    Contender("erlang", "off"),
    Contender("caf", "off"),
)


class Failure(Exception):
    """A benchmark did not do what it should; the text says what."""


def run_lines(command):
    """What the command has printed, one object for each line."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=DEADLINE, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failure(str(error)) from error
    if done.returncode != 0:
        raise Failure(f"{' '.join(command)}: status {done.returncode}\n{done.stderr}".rstrip())
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def run(command):
    """What the command has printed, checked."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=DEADLINE, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failure(str(error)) from error
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode != 0 or len(lines) != 1:
        raise Failure(f"{' '.join(command)}: status {done.returncode}\n{done.stderr}".rstrip())
    return json.loads(lines[0]), done.stderr


class Driver:
    """Knows where the programs of a build are and how they are started."""

    def __init__(self, build, schedulers, smoke):
        self.folder = os.path.join(build, "bench")
        self.tracer = os.path.join(build, "tracer", "actor-trace")
        self.schedulers = schedulers
        self.smoke = ["--smoke"] if smoke else []

    def command(self, bench, contender):
        """The command without the tracer; None when there is no such thing."""
        count = str(self.schedulers)
        options = ["--schedulers", count, *self.smoke]
        if contender.runtime == "libactor":
            untraced = contender.tracing == "compiled-out"
            program = os.path.join(self.folder, bench.program + ("-untraced" if untraced else ""))
            if not os.path.exists(program):
                return None
            return [program, bench.name, "--json", *options]
        if not bench.peers:
            return None
        if contender.runtime == "caf":
            program = os.path.join(self.folder, "peers", "bench-caf")
            return [program, bench.name, *options] if os.path.exists(program) else None
        beams = os.path.join(self.folder, "peers")
        if not os.path.exists(os.path.join(beams, "bench.beam")) or not shutil.which("erl"):
            return None
        # +P: room for as many processes as the greatest benchmark has.
        return ["erl", "-noshell", "-noinput", "+S", f"{count}:{count}", "+P", "2097152",
                "-pa", beams, "-s", "bench", "main", "-extra", bench.name, *self.smoke]

    def measure(self, bench, contender):
        """(value, metric) of one process."""
        command = self.command(bench, contender)
        if contender.tracing != "on":
            line, _ = run(command)
        else:
            with tempfile.TemporaryDirectory(prefix="libactor-bench.") as folder:
                trace = os.path.join(folder, "bench.db")
                line, said = run([self.tracer, "record", "-o", trace, "--", *command])
            if ", 0 lost" not in said:
                raise Failure(f"{bench.name}: the recorder lost events: {said.strip()}")
        for metric in METRICS:
            if metric in line:
                return line[metric], metric
        raise Failure(f"{bench.name}: no figure in {line}")


    def extra(self, program):
        """The lines of a program of its own."""
        return run_lines([os.path.join(self.folder, program), "--json", *self.smoke])


def measure(driver, bench, contenders, runs):
    """{contender: (metric, median, least, greatest)}; a contender that failed is missing."""
    there = [c for c in contenders if driver.command(bench, c) is not None]
    values = {contender: [] for contender in there}
    metrics = {}
    failed = set()
    for _ in range(runs):
        for contender in there:
            if contender in failed:
                continue
            try:
                value, metrics[contender] = driver.measure(bench, contender)
                values[contender].append(value)
            except Failure as failure:
                failed.add(contender)
                print(f"bench: {bench.name}: {contender.title()}: {failure}", file=sys.stderr)
    results = {c: (metrics[c], statistics.median(values[c]), min(values[c]), max(values[c]))
               for c in there if c not in failed}
    return results, not failed


def print_json(bench, contender, result, runs):
    metric, median, least, greatest = result
    print(json.dumps({"bench": bench.name, "runtime": contender.runtime,
                      "tracing": contender.tracing, metric: round(median, 2),
                      "min": round(least, 2), "max": round(greatest, 2), "runs": runs},
                     separators=(",", ":")), flush=True)


# (title, of which, by which)
RATIOS = (
    ("erlang/off", Contender("erlang", "off"), Contender("libactor", "off")),
    ("erlang/on", Contender("erlang", "off"), Contender("libactor", "on")),
    ("caf/off", Contender("caf", "off"), Contender("libactor", "off")),
)


def print_head(contenders):
    columns = "".join(f"{c.title():>14}" for c in contenders)
    ratios = "".join(f"{title:>12}" for title, *_ in RATIOS)
    print(f"{'bench':<13}{'one':<9}{columns}{ratios}", flush=True)


def print_row(bench, results, contenders):
    columns = ""
    for contender in contenders:
        if contender in results:
            metric, median, *_ = results[contender]
            columns += f"{f'{median:.1f} {METRICS[metric]}':>14}"
        else:
            columns += f"{'-':>14}"
    for _, of, by in RATIOS:
        there = of in results and by in results
        columns += f"{f'{results[of][1] / results[by][1]:.1f}' if there else '-':>12}"
    print(f"{bench.name:<13}{bench.operation:<9}{columns}", flush=True)


def run_extras(driver, wanted, as_json):
    """What one run of each program says. True: all went well."""
    fine = True
    for program in dict.fromkeys(EXTRAS[name] for name in wanted):
        try:
            lines = driver.extra(program)
        except Failure as failure:
            print(f"bench: {program}: {failure}", file=sys.stderr)
            fine = False
            continue
        for line in lines:
            if line["bench"] not in wanted:
                continue
            if as_json:
                print(json.dumps(line, separators=(",", ":")), flush=True)
                continue
            more = "".join(f", {what} {line[key]:,} ns" for key, what in
                           (("p99", "99 of 100 below"), ("drift_ns", "drift")) if key in line)
            print(f"{line['bench']:<15}{line['ns_per_op']:>10,.1f} ns{more}", flush=True)
    return fine


def version_of(command):
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=DEADLINE, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None


def describe(driver, runs):
    """One line about what is compared, and on what."""
    erlang = version_of(["erl", "-noshell", "-noinput", "-eval",
                         'io:format("Erlang/OTP ~s (~s)", [erlang:system_info(otp_release),'
                         'erlang:system_info(emu_flavor)]), halt(0).'])
    caf = version_of([os.path.join(driver.folder, "peers", "bench-caf"), "--version"])
    parts = [f"{os.cpu_count()} CPUs", f"{driver.schedulers} schedulers",
             f"{platform.system()} {platform.release()}", erlang, caf,
             f"median of {runs} run{'s' if runs != 1 else ''}"]
    return ", ".join(part for part in parts if part)


def parse():
    names = [*(bench.name for bench in BENCHES), *EXTRAS]
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--only", metavar="NAME,...", help="these: " + ", ".join(names))
    parser.add_argument("--runtimes", metavar="NAME,...", default="libactor,erlang,caf",
                        help="these (default: libactor,erlang,caf)")
    parser.add_argument("--json", action="store_true", help="one object per line")
    parser.add_argument("--smoke", action="store_true", help="one short run of each")
    parser.add_argument("--runs", type=int, default=5, help="of each (default: 5)")
    parser.add_argument("--schedulers", type=int, default=os.cpu_count(),
                        help="for every runtime (default: one for each CPU)")
    options = parser.parse_args()

    options.benches = options.only.split(",") if options.only else names
    for name in options.benches:
        if name not in names:
            parser.error(f"no such bench: {name}; there are {', '.join(names)}")
    options.runtimes = options.runtimes.split(",")
    for name in options.runtimes:
        if name not in {c.runtime for c in CONTENDERS}:
            parser.error(f"no such runtime: {name}; there are libactor, erlang, caf")
    if options.runs < 1 or options.schedulers < 1:
        parser.error("--runs and --schedulers start at 1")
    if options.smoke:
        options.runs = 1
    return options


def main():
    options = parse()
    driver = Driver(options.build, options.schedulers, options.smoke)
    contenders = [c for c in CONTENDERS if c.runtime in options.runtimes]
    fine = True
    if not options.json:
        print(describe(driver, options.runs))
        if any(bench.name in options.benches for bench in BENCHES):
            print_head(contenders)
    for bench in BENCHES:
        if bench.name not in options.benches:
            continue
        results, worked = measure(driver, bench, contenders, options.runs)
        fine = fine and worked
        if not options.json:
            print_row(bench, results, contenders)
            continue
        for contender, result in results.items():
            print_json(bench, contender, result, options.runs)
    extras = [name for name in options.benches if name in EXTRAS]
    if extras and "libactor" in options.runtimes:
        if not options.json:
            print()
        fine = run_extras(driver, extras, options.json) and fine
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
