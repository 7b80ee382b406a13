#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How fast recorded sessions are replayed, and how fast the debugger gets about in them.

Usage: replay.py [--build DIR] [--turns N] [--json]

Records a thread ring of so many turns (1,000,000), replays it, and goes about in it: to its end, one
turn back, to turns anywhere. Beside it, where the machine has hardware counters, rr records and
replays the same program; where it has none, the bench says so.
"""

import argparse
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

BACKS = 20
PLACES = 20


def run(*command, check=True, **variables):
    result = subprocess.run(command, capture_output=True, text=True, check=False,
                            env=dict(os.environ, **variables))
    if check and result.returncode != 0:
        sys.exit(f"{' '.join(command)}: {result.stdout}{result.stderr}")
    return result


def timed(*command):
    begin = time.monotonic()
    run(*command)
    return time.monotonic() - begin


def go_about(replay, trace, total):
    """Milliseconds of: the run to the end, steps back there, places anywhere, steps back there."""
    places = random.Random(1).choices(range(1, total), k=PLACES)
    orders = ["goto end"] + ["back"] * BACKS
    for place in places:
        orders += [f"goto {place}", "back"]
    words = [word for order in orders for word in ("-e", order)]
    text = run(replay, "debug", trace, "--timing", *words).stdout
    times = [float(time_) for time_ in re.findall(r"^\(([\d.]+) ms\)$", text, re.MULTILINE)]
    assert len(times) == len(orders), text
    return times[0], times[1:1 + BACKS], times[1 + BACKS::2], times[2 + BACKS::2]


def beside_rr(program, arguments, folder):
    """Seconds alone, recorded and replayed by rr; or why not."""
    if shutil.which("rr") is None:
        return "rr is not installed"
    alone = timed(program, *arguments)
    trace = os.path.join(folder, "rr")
    recorded = run("rr", "record", "-o", trace, program, *arguments, check=False)
    if recorded.returncode != 0:
        said = (recorded.stderr.strip().splitlines() or ["it failed"])
        return "rr cannot record here: " + next((line.strip() for line in said if "counter" in line
                                                 or "perf" in line.lower()), said[0].strip())
    shutil.rmtree(trace)
    record = timed("rr", "record", "-o", trace, program, *arguments)
    return alone, record, timed("rr", "replay", "-a", trace)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--turns", type=int, default=1000000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    tracer = os.path.join(options.build, "tracer/actor-trace")
    replay = os.path.join(options.build, "replay/actor-replay")
    ring = os.path.join(options.build, "bench/replay-ring")
    row = {}
    with tempfile.TemporaryDirectory(prefix="libactor-bench.") as folder:
        trace = os.path.join(folder, "ring.db")
        run(tracer, "record", "-o", trace, "--events", "order", "--", ring, str(options.turns))
        text = run(replay, trace).stdout
        found = re.search(r"([\d,]+) turns.*replayed in ([\d.]+) (s|ms|us)\b", text)
        seconds = float(found.group(2)) * {"s": 1, "ms": 1e-3, "us": 1e-6}[found.group(3)]
        total = int(found.group(1).replace(",", ""))
        row = {"turns": total, "turns_per_s": round(total / seconds),
               "trace_bytes_per_turn": round(os.path.getsize(trace) / total, 2)}
        end, back, anywhere, then_back = go_about(replay, trace, total)
        row.update(to_end_ms=end, back_median_ms=statistics.median(back), back_max_ms=max(back),
                   goto_median_ms=statistics.median(anywhere), goto_max_ms=max(anywhere),
                   back_elsewhere_median_ms=statistics.median(then_back),
                   back_elsewhere_max_ms=max(then_back))
        rr = beside_rr(ring, [str(options.turns)], folder)
    if isinstance(rr, str):
        row["rr"] = rr
    else:
        row.update(alone_s=rr[0], rr_record_s=rr[1], rr_replay_s=rr[2])
    if options.json:
        print(json.dumps(row))
        return
    for name, value in row.items():
        print(f"{name:28} {value:,}" if not isinstance(value, str) else f"{name:28} {value}")


if __name__ == "__main__":
    main()
