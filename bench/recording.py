#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What recording for a replay costs: ./run bench recording.

Each Savina program does a fixed number of rounds: alone, recorded with --events order (what a replay
needs), recorded with --events full. They take turns, so that all meet the same machine. Then each
is recorded once more and replayed, which must be identical; and the arena plays with 50 bots, alone
and recorded, where handlers do the work of a real program.

Time is wall time of the program from its first measured round to its last, for each message that it
handles; the figure is the median of the runs. Bytes are those of the whole file."""

import argparse
import json
import math
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "recorder"))
from recorder import Failure, Recorder  # noqa: E402

DEADLINE = 600
TRACINGS = ("off", "order", "full")
# Actors are born and die for each few messages: a trace has a row for each of them.
BIRTHS = ("fjcreate", "fib", "skynet", "spawn", "uct")
PROGRAMS = ("pingpong", "threadring", "counting", "fjthrput", "big", "cast", "call", "chameneos",
            "philosopher", "banking", "logmap", "bndbuffer", "sieve", "radixsort", *BIRTHS)


class Savina:
    """The programs of a build, recorded and not."""

    def __init__(self, build, schedulers, smoke):
        self.program = os.path.join(build, "bench", "bench-savina")
        self.tracer = os.path.join(build, "tracer", "actor-trace")
        self.replay = os.path.join(build, "replay", "actor-replay")
        self.options = ["--json", "--schedulers", str(schedulers)]
        self.smoke = ["--smoke"] if smoke else []

    def run(self, *command):
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=DEADLINE, check=False)
        if done.returncode != 0:
            raise Failure(f"{' '.join(command)}: status {done.returncode}\n"
                          f"{done.stdout}{done.stderr}".rstrip())
        return done

    def command(self, name, rounds):
        rounds = ["--rounds", str(rounds)] if rounds else []
        return [self.program, name, *self.options, *self.smoke, *rounds]

    def rounds(self, name):
        """As many as take 0.3 s where nobody records; of those that take ten times as long where
        somebody does, fewer."""
        rounds = json.loads(self.run(*self.command(name, 0)).stdout)["rounds"]
        return max(1, rounds // 8) if name in BIRTHS else rounds

    def measure(self, name, tracing, rounds):
        """One process: ns in all, CPU seconds, and of a trace the messages and bytes."""
        command = self.command(name, rounds)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        with tempfile.TemporaryDirectory(prefix="libactor-bench.") as folder:
            trace = os.path.join(folder, "bench.db")
            if tracing != "off":
                command = [self.tracer, "record", "-o", trace, "--events", tracing, "--", *command]
            done = self.run(*command)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            line = json.loads(done.stdout)
            found = {"ns": line["ns_per_op"] * line["operations"],
                     "cpu_ns": 1e9 * (after.ru_utime + after.ru_stime - before.ru_utime -
                                      before.ru_stime)}
            if tracing != "off":
                if ", 0 lost" not in done.stderr:
                    raise Failure(f"{name}: the recorder lost events: {done.stderr.strip()}")
                info = json.loads(self.run(self.tracer, "info", "--json", trace)
                                  .stdout.splitlines()[0])
                found.update(messages=info["messages"], bytes=os.path.getsize(trace))
            return found

    def replays(self, name):
        """What actor-replay says of one recorded round: "identical", if all is well."""
        with tempfile.TemporaryDirectory(prefix="libactor-bench.") as folder:
            trace = os.path.join(folder, "bench.db")
            self.run(self.tracer, "record", "-q", "-o", trace, "--events", "order", "--",
                     *self.command(name, 1))
            done = subprocess.run([self.replay, trace], stdin=subprocess.DEVNULL, text=True,
                                  capture_output=True, timeout=DEADLINE, check=False)
        found = re.search(r"replayed in .*: (\w+)", done.stdout)
        if done.returncode != 0 or not found:
            said = (done.stdout + done.stderr).strip().splitlines() or ["nothing"]
            return f"failed: {said[0]}"
        return found[1]


def rows_of(savina, name, runs):
    """{tracing: row}"""
    rounds = 1 if savina.smoke else savina.rounds(name)
    taken = {tracing: [] for tracing in TRACINGS}
    for _ in range(runs):
        for tracing in TRACINGS:
            taken[tracing].append(savina.measure(name, tracing, rounds))
    # One round more warms up, unless there is but one.
    share = rounds / (rounds + 1) if rounds > 1 else 1
    messages = taken["order"][0]["messages"]
    rows = {}
    for tracing, all_ in taken.items():
        values = [found["ns"] / (messages * share) for found in all_]
        rows[tracing] = row = {
            "bench": name, "runtime": "libactor", "tracing": tracing, "messages": messages,
            "ns_per_message": round(statistics.median(values), 2),
            "min": round(min(values), 2), "max": round(max(values), 2),
            "cpu_ns_per_message":
                round(statistics.median(found["cpu_ns"] for found in all_) / messages, 2)}
        if tracing != "off":
            off = rows["off"]["ns_per_message"]
            row["added_ns"] = round(row["ns_per_message"] - off, 2)
            row["added_percent"] = round(100 * (row["ns_per_message"] / off - 1), 1)
            row["bytes_per_message"] = round(
                statistics.median(found["bytes"] for found in all_) / messages, 3)
        row["runs"] = runs
    return rows


def means_of(rows, tracing):
    """The same for several programs, each of which counts alike."""
    rows = [row[tracing] for row in rows]
    ratios = [1 + row["added_percent"] / 100 for row in rows]
    return {"bench": "mean", "runtime": "libactor", "tracing": tracing, "programs": len(rows),
            "added_percent_arithmetic": round(100 * (statistics.mean(ratios) - 1), 1),
            "added_percent_geometric":
                round(100 * (math.exp(statistics.mean(map(math.log, ratios))) - 1), 1),
            "added_ns": round(statistics.mean(row["added_ns"] for row in rows), 1),
            "bytes_per_message":
                round(statistics.mean(row["bytes_per_message"] for row in rows), 2)}


def print_json(row):
    print(json.dumps(row, separators=(",", ":")), flush=True)


def bench_savina(options):
    savina = Savina(options.build, options.schedulers, options.smoke)
    found = {}
    fine = True
    if not options.json:
        print(f"{'':13}{'off':>9}{'order':>10}{'':>8}{'full':>10}{'':>8}{'order':>9}{'full':>9}\n"
              f"{'program':13}{'ns':>9}{'ns more':>10}{'%':>8}{'ns more':>10}{'%':>8}"
              f"{'bytes':>9}{'bytes':>9}  replay     (for each message)", flush=True)
    for name in options.only:
        try:
            rows = found[name] = rows_of(savina, name, options.runs)
            rows["order"]["replay"] = said = savina.replays(name)
        except (Failure, OSError, ValueError, subprocess.SubprocessError) as failure:
            print(f"bench: {name}: {failure}", file=sys.stderr)
            fine = False
            continue
        fine = fine and said == "identical"
        if options.json:
            for row in rows.values():
                print_json(row)
            continue
        order, full = rows["order"], rows["full"]
        print(f"{name:13}{rows['off']['ns_per_message']:>9.1f}"
              f"{order['added_ns']:>10.1f}{order['added_percent']:>8.1f}"
              f"{full['added_ns']:>10.1f}{full['added_percent']:>8.1f}"
              f"{order['bytes_per_message']:>9.2f}{full['bytes_per_message']:>9.2f}  {said}",
              flush=True)
    for what, names in (("of messages", [name for name in found if name not in BIRTHS]),
                        ("of births", [name for name in found if name in BIRTHS])):
        for tracing in TRACINGS[1:] if names else ():
            mean = means_of([found[name] for name in names], tracing)
            mean["of"] = what
            if options.json:
                print_json(mean)
            else:
                print(f"mean of {mean['programs']} programs {what}, {tracing}: "
                      f"{mean['added_ns']:.1f} ns more, "
                      f"{mean['added_percent_arithmetic']:.1f} % (arithmetic), "
                      f"{mean['added_percent_geometric']:.1f} % (geometric), "
                      f"{mean['bytes_per_message']:.2f} bytes for each message", flush=True)
    return fine


def bench_arena(options):
    recorder = Recorder(options.build, 0, options.seconds)
    taken = {tracing: [] for tracing in TRACINGS}
    for _ in range(options.arena_runs):
        for tracing in TRACINGS:
            try:
                taken[tracing].append(recorder.arena(None if tracing == "off" else tracing))
            except (Failure, OSError, subprocess.SubprocessError) as failure:
                print(f"bench: arena: {failure}", file=sys.stderr)
                return False
    for tracing, lines in taken.items():
        row = {"bench": "arena", "runtime": "libactor", "tracing": tracing}
        for key in lines[0]:
            row[key] = round(statistics.median(line[key] for line in lines), 2)
        if tracing != "off":
            # Of each round by itself: what else the machine does hits all three of it.
            row["p99_added_percent"] = round(100 * statistics.median(
                line["p99_ns"] / off["p99_ns"] - 1 for line, off in zip(lines, taken["off"])), 1)
        row["p99_min"] = min(line["p99_ns"] for line in lines)
        row["p99_max"] = max(line["p99_ns"] for line in lines)
        row["runs"] = len(lines)
        if options.json:
            print_json(row)
        else:
            print(f"arena {tracing:6}" + "  ".join(
                f"{key} {row[key]:,}" for key in row
                if key not in ("bench", "runtime", "tracing", "runs")), flush=True)
    return True


def main():
    parser = argparse.ArgumentParser(prog="./run bench recording", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--only", metavar="NAME,...", default=",".join((*PROGRAMS, "arena")),
                        help="these: " + ", ".join((*PROGRAMS, "arena")))
    parser.add_argument("--runs", type=int, default=3, help="of each program (default: 3)")
    parser.add_argument("--arena-runs", type=int, default=5, help="of the arena (default: 5)")
    parser.add_argument("--seconds", type=int, default=10, help="that the bots play (default: 10)")
    parser.add_argument("--schedulers", type=int, default=os.cpu_count(),
                        help="of each program (default: one for each CPU)")
    parser.add_argument("--json", action="store_true", help="one object per line")
    parser.add_argument("--smoke", action="store_true", help="one short run of each")
    options = parser.parse_args()
    options.only = options.only.split(",")
    for name in options.only:
        if name not in (*PROGRAMS, "arena"):
            parser.error(f"no such program: {name}")
    if options.smoke:
        options.runs, options.arena_runs, options.seconds = 1, 1, 2
    arena = "arena" in options.only
    options.only = [name for name in options.only if name != "arena"]
    fine = bench_savina(options) if options.only else True
    if arena:
        fine = bench_arena(options) and fine
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
