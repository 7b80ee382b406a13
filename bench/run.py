#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the benchmarks of a build, each without and with tracing, and prints what they measured.

With tracing means: under actor-trace record, every event recorded; the trace is thrown away
afterwards. The two take turns, so that both meet the same machine.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

BENCHES = ("counting", "pingpong", "spawn")
DEADLINE = 600


def run(command, bench):
    """The benchmark's line, or None when it failed; why is on stderr."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=DEADLINE, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"bench: {bench}: {error}", file=sys.stderr)
        return None
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode != 0 or len(lines) != 1:
        print(f"bench: {bench}: {' '.join(command)}: status {done.returncode}\n{done.stderr}",
              file=sys.stderr, end="")
        return None
    return json.loads(lines[0])


def measure(build, bench, tracing, smoke):
    program = os.path.join(build, "bench", f"bench-{bench}")
    command = [program, "--json", "--tracing", tracing] + (["--smoke"] if smoke else [])
    if tracing == "off":
        return run(command, bench)
    with tempfile.TemporaryDirectory(prefix="libactor-bench.") as folder:
        trace = os.path.join(folder, "bench.db")
        tracer = os.path.join(build, "tracer", "actor-trace")
        result = run([tracer, "record", "-o", trace, "--", *command], bench)
        if result is not None:
            result["trace_bytes"] = os.path.getsize(trace)
        return result


def print_row(result):
    print(f"{result['bench']:<10} tracing {result['tracing']:<3} {result['ns_per_op']:9.1f} ns"
          f"   ({result['min']:.1f} to {result['max']:.1f}, {result['runs']} runs of"
          f" {result['operations']} operations)")


def main():
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__.split("\n")[0])
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--only", metavar="NAME,...", help="these: " + ", ".join(BENCHES))
    parser.add_argument("--json", action="store_true", help="one object per line")
    parser.add_argument("--smoke", action="store_true", help="one short run of each")
    options = parser.parse_args()

    benches = options.only.split(",") if options.only else BENCHES
    for bench in benches:
        if bench not in BENCHES:
            parser.error(f"no such bench: {bench}; there are {', '.join(BENCHES)}")
    failed = False
    for bench in benches:
        for tracing in ("off", "on"):
            result = measure(options.build, bench, tracing, options.smoke)
            if result is None:
                failed = True
            elif options.json:
                print(json.dumps(result, separators=(",", ":")), flush=True)
            else:
                print_row(result)
                sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
