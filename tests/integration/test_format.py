#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A second reader of trace files, written from docs/TRACE_FORMAT.md alone: it and actor-trace must
see the same events."""

import ctypes
import ctypes.util
import gzip
import json
import os
import re
import sqlite3
import struct
import unittest

from support import Case, program

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
FLAGS, TAG, SEQ, A, B, C = range(6)
MASK = (1 << 64) - 1


def event_table():
    """{kind: (name, {slot: field})} of docs/EVENTS.md's source, which is contract 1."""
    with open(os.path.join(ROOT, "libactor", "include", "actor", "event.h"), encoding="utf-8") as file:
        text = file.read()
    rows = re.findall(r"X\((\d+), [A-Z_]+, (\w+), (\w+), (\w+), (\w+), (\w+), (\w+),", text)
    return {int(row[0]): (row[1], dict(enumerate(row[2:], TAG))) for row in rows}


TABLE = event_table()
PIDS = {"ACTOR", "PEER", "PARENT"}


class Zstd:
    def __init__(self, path):
        self.library = ctypes.CDLL(path)
        self.library.ZSTD_decompress.restype = ctypes.c_size_t
        self.library.ZSTD_decompress.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p,
                                                 ctypes.c_size_t]

    def unpack(self, data, size):
        out = ctypes.create_string_buffer(size)
        if self.library.ZSTD_decompress(out, size, data, len(data)) != size:
            raise ValueError("a zstd frame of another size")
        return out.raw


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7f) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def unzigzag(value):
    return value >> 1 if value & 1 == 0 else -(value >> 1) - 1


def blocks(data, at, count):
    """`count` numbers of 32 bits, and where they end."""
    values = []
    while len(values) < count:
        size = min(256, count - len(values))
        head = data[at]
        at += 1
        if head == 128:
            values += values[-256:]
            continue
        width = head & 63
        if head & 64:
            first, at = varint(data, at)
        least, at = varint(data, at)
        if head & 64:
            least = unzigzag(least)
        length = 32 * width if size == 256 else (size * width + 7) // 8
        bits, at = data[at:at + length], at + length
        if size == 256:  # the lanes one after the other
            rows = [bits[i:i + 32] for i in range(0, length, 32)]
            lanes = [int.from_bytes(b"".join(row[4 * k:4 * k + 4] for row in rows), "little")
                     for k in range(8)]
            block = [lanes[i % 8] >> (i // 8 * width) & ((1 << width) - 1) for i in range(256)]
        else:
            number = int.from_bytes(bits, "little")
            block = [number >> (i * width) & ((1 << width) - 1) for i in range(size)]
        block = [(value + least) & 0xffffffff for value in block]
        if head & 64:
            block[0] = first
            for i in range(1, size):
                block[i] = (block[i] + block[i - 1]) & 0xffffffff
        values += block
    return values, at


def guessed(data, count):
    """`count` numbers of which the wrong guesses are stored."""
    wrong, at = varint(data, 0)
    right, instead = [], []
    if wrong:
        right, at = blocks(data, at, wrong)
        instead, at = blocks(data, at, wrong)
    table, marked = [0] * 2048, [False] * 2048
    values, nth, since = [], 0, 0
    before = [0, 0, 0, 0]
    for _ in range(count):
        p, q, _, s = before
        place = (p * 0x9e3779b1 + q * 0x85ebca6b + s * 0xc2b2ae35 & 0xffffffff) >> 21
        value = table[place]
        if nth < wrong and since == right[nth]:
            value = instead[nth]
            nth, since = nth + 1, -1
        since += 1
        if value == table[place]:
            marked[place] = True
        elif marked[place]:
            marked[place] = False
        else:
            table[place] = value
        values.append(value)
        before = [value, *before[:3]]
    return values


class Blob:
    """One chunk."""

    def __init__(self, data, zstd, context_actor):
        self.zstd = zstd
        self.context_actor = context_actor
        version = data[0]
        at = 1
        self.known = 34
        if version >= 2:
            self.known, at = data[1], 2
        self.count, at = varint(data, at)
        self.pid_count, at = varint(data, at)
        self.base, = struct.unpack_from("<Q", data, at)
        at += 8
        self.streams = {}
        self.kinds = None
        if version >= 4:
            size, at = varint(data, at)
            self.kinds, at = data[at:at + size], at + size
        while version >= 4 and at < len(data):
            kind, slot, coding = data[at:at + 3]
            size, at = varint(data, at + 3)
            self.streams[kind, slot] = (coding, data[at:at + size])
            at += size
        while at < len(data):
            kind, slot, coding, width = data[at:at + 4]
            at += 4
            planes = []
            for _ in range(width):
                packing = data[at]
                size, at = varint(data, at + 1)
                planes.append((packing, size))
            stored = []
            for packing, size in planes:
                stored.append((packing, data[at:at + size]))
                at += size
            self.streams[kind, slot] = (coding, stored)

    def plane(self, packing, data, size):
        if packing == 2:
            return self.zstd.unpack(data, size)
        if packing == 3:
            bits, least = data[:2]
            number = int.from_bytes(data[2:], "little")
            mask = (1 << bits) - 1
            return bytes((number >> i * bits & mask) + least & 0xff for i in range(size))
        return data * size if packing == 1 else data

    def stream(self, kind, slot, count):
        if (kind, slot) not in self.streams:
            return [0] * count
        coding, planes = self.streams[kind, slot]
        if coding >= 4:
            return self.packed(coding, planes, count)
        if coding == 2:
            return list(struct.unpack(f"<{count}Q", self.plane(*planes[0], 8 * count)))
        values = [0] * count
        words = None
        if coding == 3:
            words = [word for word, in struct.iter_unpack("<Q", planes[0][1])]
            planes = planes[1:]
        for i, (packing, data) in enumerate(planes):
            for j, byte in enumerate(self.plane(packing, data, count)):
                values[j] |= byte << (8 * i)
        if coding == 3:
            values = [words[value] for value in values]
        if coding == 1:
            before = 0
            for j, value in enumerate(values):
                before = values[j] = (before + unzigzag(value)) & MASK
        return values

    @staticmethod
    def packed(coding, data, count):
        if coding == 4:
            return [varint(data, 0)[0]] * count
        if coding == 7:
            return list(struct.unpack(f"<{count}Q", data))
        if coding == 8:
            size, at = varint(data, 0)
            words = struct.unpack_from(f"<{size}Q", data, at)
            values, following = [], 0
            for back in blocks(data, at + 8 * size, count)[0]:
                values.append(words[following - back])
                following += back == 0
            return values
        if coding in (9, 10):
            values = guessed(data, count)
            for i in range(1, count if coding == 10 else 0):
                values[i] = (values[i] + values[i - 1]) & 0xffffffff
            return values
        values, at = blocks(data, 0, count)
        if coding == 6:
            values = [low | high << 32 for low, high in zip(values, blocks(data, at, count)[0])]
        return values

    def field(self, kind, slot):
        return TABLE[kind][1].get(slot, "NONE") if kind < self.known and kind in TABLE else "NONE"

    def events(self):
        kinds = self.stream(0, 16, self.count)
        if self.kinds is not None:
            kinds = [self.kinds[kind] for kind in kinds]
        low, high = (self.stream(0, slot, self.pid_count) for slot in (18, 19))
        pids = [l | h << 24 for l, h in zip(low, high)]
        events = [[kind, 0, 0, 0, 0, 0, 0] for kind in kinds]
        timed = [e for e in events if self.field(e[0], C) == "TIME"]
        for event, time in zip(timed, self.stream(0, 17, len(timed))):
            event[1 + C] = (time + self.base) & MASK
        for kind in set(kinds):
            own = [e for e in events if e[0] == kind]
            for slot in (FLAGS, TAG, A, B, C):
                field = self.field(kind, slot)
                if field == "TIME":
                    continue
                values = self.stream(kind, slot, len(own))
                if field in PIDS:
                    values = [pids[value] for value in values]
                elif field == "SIZE_DEPTH":
                    values = [value | top << 32 for value, top
                              in zip(values, self.stream(kind, slot + 8, len(own)))]
                for event, value in zip(own, values):
                    event[1 + slot] = value
        self.sequences(events, set(kinds))
        return events

    def sequences(self, events, kinds):
        current = self.context_actor
        running = []
        for event in events:
            if TABLE.get(event[0], ("",))[0] in ("recv", "input"):
                current = event[1 + A]
            running.append(current)
        for kind in kinds:
            own = [(e, c) for e, c in zip(events, running) if e[0] == kind]
            name = TABLE[kind][0] if kind in TABLE else ""
            values = self.stream(kind, SEQ, len(own))
            keys = [self.key(name, event, turn) for event, turn in own]
            firsts = iter([])
            following = dict.fromkeys(keys, 0)
            if self.kinds is not None:
                firsts = iter(self.stream(kind, SEQ + 8, len(set(keys) - {None})))
                following = {}
            for (event, _), key, value in zip(own, keys, values):
                if key is not None and key not in following:
                    value = next(firsts)
                elif key is not None:
                    value = (following[key] + unzigzag(value)) & 0xffffffff
                following[key] = value + 1
                event[1 + SEQ] = value

    def key(self, name, event, turn):
        """Whose running number it is; None: of nobody."""
        kind = event[0]
        if self.field(kind, SEQ) not in ("SEQ", "NTH"):
            return None
        if name == "recv" or self.field(kind, B) == "PARENT":
            return event[1 + B]
        if name == "send":
            return turn
        return event[1 + A] if self.field(kind, A) == "ACTOR" else None


class KernelBlob:
    """One chunk of what the kernel saw."""

    NAMES = ("kind", "cause", "tid", "cpu", "time", "first", "second", "actor", "turn", "tag",
             "syscall", "by", "waker", "stack", "count")
    DELTAS = {"tid", "time", "actor", "turn"}

    def __init__(self, data, count, zstd):
        version, columns = data[0], data[1]
        if version != 1:
            raise ValueError(f"version {version}")
        size, at = varint(data, 2)
        plain = zstd.unpack(data[at:], size)
        at, self.rows = 0, [{} for _ in range(count)]
        for column in range(columns):
            name = self.NAMES[column] if column < len(self.NAMES) else None
            before = 0
            for row in self.rows:
                value, at = varint(plain, at)
                if name in self.DELTAS:
                    value = (before + unzigzag(value)) & MASK
                before = row[name] = value
        if at != len(plain):
            raise ValueError("something is left over")


def pid_text(pid):
    return f"<{pid >> 56}.{pid & 0xffffff}.{pid >> 24 & 0xffffffff}>"


class Pack(Blob):
    """A row of actor_pack."""

    def __init__(self, data, count):
        assert data[0] == 1
        self.base, = struct.unpack_from("<Q", data, 1)
        self.count, self.streams, at = count, {}, 9
        while at < len(data):
            kind, slot, coding = data[at:at + 3]
            size, at = varint(data, at + 3)
            assert kind == 0
            self.streams[kind, slot] = (coding, data[at:at + size])
            at += size

    def actors(self):
        """As the rows of the table actor."""
        def known(value):
            return signed(value) if value else None

        columns = [self.stream(0, slot, self.count) for slot in range(9)]
        for low, high, parent, nth, identity, behaviour, birth, end, reason in zip(*columns):
            times = [(self.base + time - 1 & MASK) if time else 0 for time in (birth, end)]
            yield (signed(high << 24 | low), known(parent), nth if parent or identity else None,
                   known(identity), known(behaviour), None, None, *map(known, times), known(reason),
                   None)


def signed(value):
    return value - (1 << 64) if value >> 63 else value


class Format(Case):
    def check_actors(self, path):
        """How many are packed; those and the rows are all that every_actor has."""
        db = sqlite3.connect(path)
        self.addCleanup(db.close)
        actors = db.execute("SELECT * FROM actor").fetchall()
        rows = len(actors)
        for count, least, greatest, data in db.execute("SELECT n, least, greatest, data"
                                                       " FROM actor_pack"):
            packed = list(Pack(data, count).actors())
            self.assertEqual((min(packed)[0], max(packed)[0]), (least, greatest))
            actors += packed
        run = self.tracer("sql", "--json", path, "SELECT * FROM every_actor ORDER BY pid")
        self.assertEqual(run.returncode, 0, run.stderr)
        lines = [tuple(json.loads(line).values()) for line in run.stdout.splitlines()]
        self.assertEqual(lines, sorted(actors))
        self.assertEqual(len({actor[0] for actor in actors}), len(actors))
        return len(actors) - rows

    def check(self, path):
        library = ctypes.util.find_library("zstd")
        if library is None:
            self.skipTest("no libzstd")
        db = sqlite3.connect(path)
        self.addCleanup(db.close)
        seen = {}
        self.codings = set()
        for number, actor, data in db.execute("SELECT c.id, c.context_actor, d.data FROM chunk c JOIN"
                                              " chunk_data d USING (id)"):
            blob = Blob(data, Zstd(library), actor & MASK)
            self.codings.update(coding for coding, _ in blob.streams.values())
            for position, event in enumerate(blob.events()):
                seen[number << 13 | position] = event
        run = self.tracer("sql", "--json", path, "SELECT * FROM events")
        self.assertEqual(run.returncode, 0, run.stderr)
        lines = [json.loads(line) for line in run.stdout.splitlines()]
        self.assertEqual(len(lines), len(seen))
        for line in lines:
            event = seen[line["id"]]
            self.assertEqual(TABLE[event[0]][0], line["kind"])
            self.assertEqual(event[1 + SEQ], line["seq"] if line["seq"] is not None
                             else line["nth"] if line["nth"] is not None else event[1 + SEQ])
            for slot, field in TABLE[event[0]][1].items():
                value = event[1 + slot]
                if field == "PEER" and value:
                    self.assertEqual(pid_text(value), line["peer"])
                elif field == "ACTOR" and value:
                    self.assertEqual(pid_text(value), line["actor"])
                elif field in ("HASH", "IDENTITY"):
                    self.assertEqual(f"{value:016x}", line[field.lower()])
                elif field == "SIZE_DEPTH":
                    self.assertEqual((value & 0xffffffff, value >> 32),
                                     (line["size"], line["depth"]))
        return len(lines)

    def test_a_reader_from_the_documentation_sees_the_same(self):
        trace = self.path("define.db")
        run = self.tracer("record", "-o", trace, "--", program("DEFINE_TARGET"))
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertGreater(self.check(trace), 10)
        trace = self.path("ring.db")
        run = self.tracer("record", "-o", trace, "--", program("BENCH"), "fib", "--smoke")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertGreater(self.check(trace), 1000)

    def test_packed_actors(self):
        trace = self.path("spawn.db")
        run = self.tracer("record", "-o", trace, "--", program("BENCH"), "spawn", "--smoke")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertGreater(self.check_actors(trace), 1000)
        for sql in ("SELECT count(*), count(DISTINCT actor), count(DISTINCT identity),"
                    " sum(nth) FROM events WHERE kind = 'spawn' AND behaviour = 'child'",
                    "SELECT count(*), count(DISTINCT pid), count(DISTINCT identity), sum(nth)"
                    " FROM actors WHERE behaviour = 'child' AND exit_reason = 'normal'"
                    " AND exit_ns >= spawn_ns AND parent <> ''"):
            run = self.tracer("sql", "--json", trace, sql)
            self.assertEqual(run.returncode, 0, run.stderr)
            children, pids, identities, numbers = json.loads(run.stdout).values()
            self.assertEqual((children % 2500, pids, identities), (0, children, children))
            self.assertGreaterEqual(children, 2500)
            if sql.startswith("SELECT count(*), count(DISTINCT actor)"):
                expected = children, numbers
        self.assertEqual((children, numbers), expected)

    def test_an_order_log(self):
        """A stored recording of a ring, which must open for ever, and one of now."""
        trace = self.path("order.db")
        with gzip.open(os.path.join(ROOT, "tests", "data", "trace-4-order.db.gz")) as packed, \
                open(trace, "wb") as file:
            file.write(packed.read())
        self.assertGreater(self.check(trace), 3000)
        self.assertLessEqual({9, 10}, self.codings)
        trace = self.path("now.db")
        run = self.tracer("record", "-o", trace, "--events", "order", "--", program("BENCH"),
                          "threadring", "--smoke", "--size", "5000")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertGreater(self.check(trace), 5000)
        self.assertIn(9, self.codings)

    def test_what_the_kernel_saw(self):
        """A stored recording, which must open for ever."""
        library = ctypes.util.find_library("zstd")
        if library is None:
            self.skipTest("no libzstd")
        path = self.path("kernel.db")
        with gzip.open(os.path.join(ROOT, "tests", "data", "kernel-3.db.gz")) as packed, \
                open(path, "wb") as file:
            file.write(packed.read())
        db = sqlite3.connect(path)
        self.addCleanup(db.close)
        tasks = dict(db.execute("SELECT task, comm FROM kernel_task"))
        stacks = dict(db.execute("SELECT stack, frames FROM kernel_stack"))
        syscalls = dict(db.execute("SELECT syscall, name FROM kernel_syscall"))
        causes = {1: "preempted", 2: "system call", 3: "page fault", 4: "kernel", 5: "user"}
        seen = {1: [], 2: [], 3: []}
        for t0, t1, n, kinds, data in db.execute("SELECT t0_ns, t1_ns, n, kinds, data"
                                                 " FROM kernel_chunk ORDER BY id"):
            for row in KernelBlob(data, n, Zstd(library)).rows:
                self.assertLessEqual(t0, row["time"])
                self.assertLessEqual(row["time"] + row["first"] + row["second"], t1)
                self.assertTrue(kinds >> row["kind"] & 1)
                seen[row["kind"]].append(row)
        for kind, table in ((1, "sched"), (2, "page_faults"), (3, "cpu_samples")):
            run = self.tracer("sql", "--json", path, f"SELECT * FROM {table}")
            lines = [json.loads(line) for line in run.stdout.splitlines()]
            self.assertEqual(len(lines), len(seen[kind]))
            self.assertGreater(len(lines), 5)
            for line, row in zip(lines, seen[kind]):
                self.assertEqual(line["tid"], row["tid"])
                self.assertEqual(line["actor"], pid_text(row["actor"]) if row["actor"] else None)
                self.assertEqual(line["start_ns" if kind < 3 else "time_ns"], row["time"])
                if kind != 2:
                    self.assertEqual(line["stack"], stacks.get(row["stack"]))
                    self.assertEqual(line["syscall"], syscalls.get(row["syscall"] - 1))
                if kind == 1:
                    self.assertEqual(line["why"], causes[row["cause"]])
                    self.assertEqual(line["by"], tasks.get(row["by"]))
                    self.assertEqual(line["waker"], tasks.get(row["waker"]))
                    self.assertEqual(line["blocked_ns"], row["first"])
                    self.assertEqual(line["preempted_ns"] + line["runnable_ns"], row["second"])
                if kind == 2:
                    self.assertEqual((line["faults"], line["fault_ns"]),
                                     (row["count"], row["second"]))


if __name__ == "__main__":
    unittest.main()
