#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A recording of the arena in other formats, each read by a program that is not ours."""

import csv
import json
import os
import signal
import sqlite3
import subprocess
import unittest

import schemas
from support import Case, program


class Recorded(Case):
    """One recording for all cases of a class."""

    @classmethod
    def setUpClass(cls):
        cls.maker = Case()
        cls.maker.setUp()
        cls.trace = cls.maker.path("arena.db")
        recorder = cls.maker.start(program("ACTOR_TRACE"), "record", "-o", cls.trace, "--",
                                   *cls.maker.arena_command(), name="arena")
        cls.maker.play_bots(cls.maker.arena_port(recorder), players=8, seconds=1)
        recorder.send_signal(signal.SIGTERM)
        cls.maker.wait_end(recorder, 0)

    @classmethod
    def tearDownClass(cls):
        cls.maker.doCleanups()

    def export(self, form, *arguments, output=None):
        """The path of what was written."""
        output = output or self.path("out." + form)
        run = self.tracer("export", self.trace, "--format", form, "-o", output, *arguments)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertEqual(run.stderr, "")
        return output

    def text(self, form, *arguments):
        run = self.tracer("export", self.trace, "--format", form, *arguments)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        return run.stdout

    def number(self, query):
        return self.sql_number(self.trace, query)


class Rows(Recorded):
    def test_csv_has_every_message(self):
        with open(self.export("csv"), encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), self.number("select count(*) from messages"))
        self.assertEqual(sum(int(row["run_ns"] or 0) for row in rows),
                         self.number("select sum(run_ns) from messages"))

    def test_json_has_every_turn(self):
        rows = [json.loads(line) for line in self.text("json", "--table", "turns").splitlines()]
        self.assertEqual(len(rows), self.number("select count(*) from turns"))
        self.assertEqual(sum(row["run_ns"] or 0 for row in rows),
                         self.number("select sum(run_ns) from turns"))

    def test_sqlite_has_the_same_rows_without_us(self):
        with sqlite3.connect(self.export("sqlite")) as db:
            self.assertEqual(db.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
            for table in ("messages", "turns", "events", "actors", "unhandled"):
                (count,) = db.execute(f"SELECT count(*) FROM {table}").fetchone()
                self.assertEqual(count, self.number(f"select count(*) from {table}"), table)
            plan = db.execute("EXPLAIN QUERY PLAN SELECT * FROM turns WHERE actor = '<0.1.1>'")
            self.assertIn("turns_actor", str(plan.fetchall()))
        db.close()

    def test_selection(self):
        text = self.text("csv", "--actor", "matchmaker", "--tag", "match_round", "--since", "0.2",
                         "--until", "600ms")
        rows = list(csv.DictReader(text.splitlines()))
        self.assertEqual(len(rows), self.number(
            "select count(*) from messages where receiver_name = 'matchmaker'"
            " and type = 'match_round' and received_ns between 200000000 and 600000000"))
        self.assertGreater(len(rows), 5)

    def test_selection_by_behaviour(self):
        text = self.text("json", "--table", "turns", "--actor", "channel")
        rows = [json.loads(line) for line in text.splitlines()]
        mine = [row for row in rows if row["behaviour"] == "channel"]
        self.assertEqual(len(mine), self.number(
            "select count(*) from turns where behaviour = 'channel'"))
        self.assertGreater(len(mine), 10)


class Timelines(Recorded):
    def turns(self):
        return self.number("select count(*) from turns")

    def flows(self):
        """Messages with a SEND whose turn is in the recording, as rows of SQL see it."""
        return self.number("select count(*) from messages where sent_ns is not null")

    def test_chrome(self):
        with open(self.export("chrome"), encoding="utf-8") as file:
            trace = json.load(file)
        events = trace["traceEvents"]
        slices = [e for e in events if e["ph"] == "X"]
        turns = [e for e in slices if e["cat"] not in ("running", "wait", "gap")]
        self.assertEqual(len(turns), self.turns())
        for event in slices:
            self.assertGreaterEqual(event["dur"], 0)
        starts = {e["id"] for e in events if e["ph"] == "s"}
        ends = [e["id"] for e in events if e["ph"] == "f"]
        self.assertGreaterEqual(len(ends), self.flows())
        self.assertEqual(len(ends), len(set(ends)))
        self.assertGreater(len([e for e in ends if e in starts]), 0.9 * len(ends))
        named = {(e["pid"], e["tid"]) for e in events if e["ph"] == "M"}
        self.assertLessEqual({(e["pid"], e["tid"]) for e in slices}, named)
        # Turns of one actor do not overlap.
        tracks = {}
        for event in turns:
            tracks.setdefault((event["pid"], event["tid"]), []).append(
                (event["ts"], event["ts"] + event["dur"]))
        for spans in tracks.values():
            spans.sort()
            for (_, end), (start, _) in zip(spans, spans[1:]):
                self.assertLessEqual(round(end, 3), round(start, 3) + 0.002)

    @unittest.skipIf(schemas.descriptor_pb2 is None, "needs python3-protobuf")
    def test_perfetto(self):
        trace = schemas.message_class(schemas.PERFETTO, "perfetto", "Trace")()
        with open(self.export("perfetto"), "rb") as file:
            trace.ParseFromString(file.read())
        self.assertEqual(set(schemas.unknown_fields(trace)), set())
        names, tracks, parents = {}, {}, {}
        depth, begun, values = {}, {}, {}
        sources, ends = set(), []
        for packet in trace.packet:
            self.assertEqual(packet.trusted_packet_sequence_id, 1)
            for entry in packet.interned_data.event_names:
                self.assertNotIn(entry.iid, names)
                names[entry.iid] = entry.name
            if packet.HasField("track_descriptor"):
                track = packet.track_descriptor
                self.assertNotIn(track.uuid, tracks)
                tracks[track.uuid] = track
                if track.HasField("parent_uuid"):
                    self.assertIn(track.parent_uuid, tracks)
                    parents[track.uuid] = track.parent_uuid
            if not packet.HasField("track_event"):
                continue
            event = packet.track_event
            self.assertIn(event.track_uuid, tracks)
            if event.type == 1:
                self.assertIn(event.name_iid, names)
                depth[event.track_uuid] = depth.get(event.track_uuid, 0) + 1
                begun[event.track_uuid] = begun.get(event.track_uuid, 0) + 1
                sources.update(event.flow_ids)
                ends += event.terminating_flow_ids
            elif event.type == 2:
                depth[event.track_uuid] -= 1
            elif event.type == 4:
                values.setdefault(event.track_uuid, []).append(event.counter_value)
        self.assertEqual(set(depth.values()), {0})
        groups = {uuid for uuid, track in tracks.items()
                  if uuid in parents and tracks[parents[uuid]].HasField("process")}
        actors = {uuid for uuid in tracks if parents.get(uuid) in groups}
        waits = self.number("select count(*) from turns where wait_ns > 0")
        in_actors = sum(begun.get(uuid, 0) for uuid in actors)
        self.assertGreaterEqual(in_actors, self.turns() + waits)
        self.assertIn("room", {tracks[uuid].name for uuid in groups})
        self.assertGreaterEqual(len(ends), self.flows())
        self.assertGreater(len([flow for flow in ends if flow in sources]), 0.9 * len(ends))
        deepest = self.number("select max(depth) from messages")
        self.assertGreaterEqual(max(map(max, values.values())), deepest)
        self.assertGreaterEqual(min(map(min, values.values())), 0)


class Outputs(Recorded):
    def test_format_is_known_by_the_name(self):
        path = self.path("x.csv")
        self.assertEqual(self.tracer("export", self.trace, "-o", path).returncode, 0)
        with open(path, encoding="utf-8") as file:
            self.assertTrue(file.readline().startswith("id,received_ns,"))

    def test_a_recording_is_never_overwritten(self):
        before = os.stat(self.trace)
        run = self.tracer("export", self.trace, "--format", "csv", "-o", self.trace)
        self.assertEqual(run.returncode, 2)
        self.assertIn("never overwritten", run.stderr)
        self.assertEqual(os.stat(self.trace).st_ino, before.st_ino)

    def test_failure_leaves_nothing_and_keeps_what_was_there(self):
        path = self.path("old.json")
        with open(path, "w", encoding="utf-8") as file:
            file.write("old")
        names = set(os.listdir(self.folder))
        run = self.tracer("export", self.trace, "--format", "csv", "--table", "nonsense", "-o",
                          path)
        self.assertEqual(run.returncode, 2)
        self.assertIn("there is no table", run.stderr)
        self.assertEqual(set(os.listdir(self.folder)), names)
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), "old")

    def test_disk_full(self):
        run = self.tracer("export", self.trace, "--format", "csv", "-o", "/dev/full")
        self.assertEqual(run.returncode, 2)
        self.assertIn("No space left on device", run.stderr)

    def test_reader_that_goes_away(self):
        command = f"{program('ACTOR_TRACE')} export {self.trace} --format json | head -n 1"
        run = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True,
                             text=True, check=False)
        self.assertEqual(len(run.stdout.splitlines()), 1)
        self.assertNotIn("Traceback", run.stderr)

    def test_wrong_usage(self):
        for arguments, text in (
                ([self.trace], "say which format"),
                ([self.trace, "--format", "nonsense"], "there is no format 'nonsense'"),
                ([], "give one trace file"),
                ([self.trace, "--format", "csv", "--actor", "nobody"], "no actor and no behaviour"),
                ([self.trace, "--format", "csv", "--tag", "nothing"], "no type of message"),
                ([self.trace, "--format", "csv", "--since", "soon"], "not understood"),
                ([self.trace, "--format", "csv", "--endpoint", "http://127.0.0.1/"], "otlp"),
        ):
            run = self.tracer("export", *arguments)
            self.assertEqual(run.returncode, 2, run.stderr)
            self.assertIn(text, run.stderr)
        run = self.tracer("export", "/nonexistent.db", "--format", "csv")
        self.assertEqual(run.returncode, 4)

    def test_damaged_trace_is_refused(self):
        path = self.path("damaged.db")
        with open(self.trace, "rb") as file:
            data = bytearray(file.read())
        with open(path, "wb") as file:
            file.write(data)
        with sqlite3.connect(path) as db:
            db.execute("UPDATE chunk SET checksum = checksum + 1")
        db.close()
        output = self.path("x.pftrace")
        run = self.tracer("export", path, "-o", output)
        self.assertEqual(run.returncode, 4, run.stderr)
        self.assertIn("checksum", run.stderr)
        self.assertFalse(os.path.exists(output))


if __name__ == "__main__":
    unittest.main()
