#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A recording of the arena in other formats, each read by a program that is not ours."""

import base64
import collections
import csv
import http.server
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import threading
import unittest

import schemas
from recording import HOSTILE, Recorded
from support import program


class Exported(Recorded):
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


class Rows(Exported):
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
            for table in ("messages", "turns", "calls", "events", "actors", "unhandled", "unfinished",
                          "crashes"):
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


class Timelines(Exported):
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
        # Turns of one actor do not overlap; a signal that comes while it waits lies inside.
        tracks = {}
        for event in turns:
            tracks.setdefault((event["pid"], event["tid"]), []).append(
                (event["ts"], event["ts"] + event["dur"]))
        for spans in tracks.values():
            spans.sort(key=lambda span: (span[0], -span[1]))
            around = []
            for start, end in spans:
                while around and around[-1] <= start + 0.002:
                    around.pop()
                if around:
                    self.assertLessEqual(end, around[-1] + 0.002)
                around.append(end)

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


class Collector(http.server.BaseHTTPRequestHandler):
    """An OpenTelemetry collector as far as its protocol goes; answers as server.answers says."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        answer = self.server.answers.pop(0) if self.server.answers else 200
        if answer == 200:
            self.server.bodies.append((self.path, dict(self.headers), body))
        self.send_response(answer)
        self.end_headers()
        self.wfile.write(b"{}" if answer == 200 else b"not today")

    def log_message(self, *_):
        pass


class Spans(Exported):
    def collector(self, answers=()):
        server = http.server.HTTPServer(("127.0.0.1", 0), Collector)
        server.bodies, server.answers = [], list(answers)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        self.addCleanup(server.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(server.shutdown)
        return server, f"http://127.0.0.1:{server.server_port}/v1/traces"

    def check(self, batches):
        """All batches fit the schema; the spans make trees."""
        spans = []
        for batch in batches:
            if schemas.descriptor_pb2 is not None:
                self.parse(batch)
            (resource,) = batch["resourceSpans"]
            names = {a["key"]: a["value"] for a in resource["resource"]["attributes"]}
            self.assertEqual(names["service.name"], {"stringValue": "arena"})
            spans += resource["scopeSpans"][0]["spans"]
        by_id = {span["spanId"]: span for span in spans}
        self.assertEqual(len(by_id), len(spans))
        kinds = collections.Counter(span["kind"] for span in spans)
        # 1: a turn without a message, 4: a send, 5: a message handled
        self.assertEqual(kinds[1] + kinds[5], self.number("select count(*) from turns"))
        self.assertEqual(kinds[5], self.number("select count(*) from messages"))
        self.assertGreater(kinds[4], 0.5 * kinds[5])
        linked = 0
        for span in spans:
            self.assertRegex(span["traceId"], "^[0-9a-f]{32}$")
            self.assertRegex(span["spanId"], "^[0-9a-f]{16}$")
            self.assertLessEqual(int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"]))
            keys = [attribute["key"] for attribute in span["attributes"]]
            self.assertEqual(len(keys), len(set(keys)))
            if "parentSpanId" in span:
                parent = by_id[span["parentSpanId"]]
                self.assertEqual(parent["traceId"], span["traceId"])
                self.assertGreaterEqual(int(span["startTimeUnixNano"]) + 1000,
                                        int(parent["startTimeUnixNano"]))
            if span["kind"] == 5:
                self.assertIn("messaging.destination.name", keys)
                for link in span.get("links", []):
                    linked += 1
                    self.assertEqual(by_id[link["spanId"]]["kind"], 4)
        self.assertGreater(linked, 0.5 * kinds[5])
        return spans

    def parse(self, batch):
        """By Google's JSON reader; OTLP differs from it in the identities, which are hexadecimal."""
        from google.protobuf import json_format

        def convert(value):
            if isinstance(value, list):
                return [convert(one) for one in value]
            if not isinstance(value, dict):
                return value
            return {key: base64.b64encode(bytes.fromhex(one)).decode()
                    if key in ("traceId", "spanId", "parentSpanId") else convert(one)
                    for key, one in value.items()}

        data = schemas.message_class(schemas.OTLP, "otlp", "TracesData")()
        json_format.ParseDict(convert(batch), data)

    def test_otlp_file(self):
        with open(self.export("otlp"), encoding="utf-8") as file:
            self.check([json.loads(line) for line in file])

    def test_otlp_is_posted_and_tried_again(self):
        server, url = self.collector(answers=[503, 200, 429])
        self.environment["OTEL_EXPORTER_OTLP_HEADERS"] = "x-token=secret,x-other=2"
        run = self.tracer("export", self.trace, "--format", "otlp", "--endpoint", url)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(run.stdout + run.stderr, "")
        for path, headers, _ in server.bodies:
            self.assertEqual(path, "/v1/traces")
            self.assertEqual(headers["Content-Type"], "application/json")
            self.assertEqual(headers["x-token"], "secret")
        self.check([json.loads(body) for _, _, body in server.bodies])

    def test_refusal_is_told(self):
        server, url = self.collector(answers=[400] * 10)
        run = self.tracer("export", self.trace, "--format", "otlp", "--endpoint", url)
        self.assertEqual(run.returncode, 2)
        self.assertIn("answers 400: not today", run.stderr)
        self.assertEqual(server.bodies, [])

    def test_nobody_listens(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{unused.getsockname()[1]}/"
            run = self.tracer("export", self.trace, "--format", "otlp", "--endpoint", url)
        self.assertEqual(run.returncode, 2)
        self.assertIn("does a collector listen there", run.stderr)
        run = self.tracer("export", self.trace, "--format", "otlp", "--endpoint", "file:///etc")
        self.assertEqual(run.returncode, 2)
        self.assertIn("no URL of a collector", run.stderr)


class Graphs(Exported):
    def test_folded_has_all_running_time(self):
        lines = self.text("folded").splitlines()
        times = {}
        for line in lines:
            match = re.fullmatch(r"([^;]+(?:;[^;]+)*) (\d+)", line)
            self.assertTrue(match, line)
            self.assertNotIn(match.group(1), times)
            times[match.group(1)] = int(match.group(2))
        self.assertEqual(sum(times.values()), self.number("select sum(run_ns) from turns"))
        self.assertTrue(any(stack.startswith("tcp_connection:input;channel:tcp_data")
                            for stack in times), lines[:5])

    @unittest.skipIf(shutil.which("dot") is None, "needs graphviz")
    def test_dot(self):
        for limit, what in (("1000", "receiver"), ("1", "behaviour")):
            path = self.export("dot", "-n", limit)
            run = self.run_program("dot", "-Tjson", path)
            self.assertEqual(run.returncode, 0, run.stderr)
            graph = json.loads(run.stdout)
            total = sum(int(edge["tooltip"].split()[0].replace(",", ""))
                        for edge in graph["edges"])
            self.assertEqual(total, self.number(
                "select count(*) from messages where kind <> 'timer' and sender is not null"))
            labels = [node["label"] for node in graph["objects"]]
            self.assertEqual(len(labels), len(set(labels)))
            self.assertEqual("room" in labels, what == "behaviour")

    def test_mermaid(self):
        lines = self.text("mermaid", "-n", "50").splitlines()
        self.assertEqual(lines[0], "sequenceDiagram")
        text = r"(?:[\w .,:()/-]|#\d+;)+"
        steps, actors = 0, set()
        for line in lines[1:]:
            match = re.fullmatch(
                rf"    (?:participant (a\d+) as {text}|(a\d+)--?>>(a\d+): {text}"
                rf"|Note over (a\d+): {text}|%% \d+ more: .*)", line)
            self.assertTrue(match, line)
            if match.group(1):
                actors.add(match.group(1))
            steps += bool(match.group(2) or match.group(4))
            self.assertLessEqual({a for a in match.groups() if a}, actors)
        self.assertEqual(steps, 50)

    def test_plantuml(self):
        lines = self.text("plantuml", "-n", "50").splitlines()
        self.assertEqual((lines[0], lines[-1]), ("@startuml", "@enduml"))
        arrows = [line for line in lines if re.fullmatch(r"a\d+ --?> a\d+ : [^<]+", line)]
        notes = [line for line in lines if line.startswith("note over a")]
        self.assertEqual(len(arrows) + len(notes), 50)
        self.assertGreater(len(arrows), 5)


@unittest.skipIf(shutil.which("babeltrace2") is None, "needs babeltrace2")
class CommonTraceFormat(Exported):
    def read(self, folder):
        run = self.run_program("babeltrace2", "--clock-seconds", folder)
        self.assertEqual(run.returncode, 0, run.stderr)
        return run

    def test_every_event_is_there(self):
        run = self.read(self.export("ctf"))
        self.assertEqual(run.stderr, "")
        lines = run.stdout.splitlines()
        self.assertEqual(len(lines), self.number("select count(*) from events"))
        kinds = collections.Counter(re.search(r"\) (\w+): ", line).group(1) for line in lines)
        for kind in ("recv", "send", "spawn", "exit", "wait"):
            self.assertEqual(kinds[kind],
                             self.number(f"select count(*) from events where kind = '{kind}'"))
        self.assertIn('actor = "matchmaker <0.6.1>"', run.stdout)

    def test_lost_events_are_told(self):
        path = self.path("gaps.db")
        shutil.copy(self.trace, path)
        with sqlite3.connect(path) as db:
            db.execute("INSERT INTO gap(thread, from_ticks, to_ticks, events, reason)"
                       " SELECT thread, min(t0), (min(t0) + max(t1)) / 2, 1234, 'discarded'"
                       " FROM chunk WHERE t0 > 0")
        db.close()
        folder = self.path("gaps.ctf")
        run = self.tracer("export", path, "-o", folder)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("misses 1234 events in 1 gap", run.stderr)
        self.assertIn("1234 events", self.read(folder).stderr)
        # The others tell it, too.
        run = self.tracer("export", path, "--format", "chrome")
        (gap,) = [e for e in json.loads(run.stdout)["traceEvents"] if e.get("cat") == "gap"]
        self.assertEqual(gap["args"]["events"], 1234)

    def test_a_folder_is_not_overwritten(self):
        folder = self.export("ctf")
        run = self.tracer("export", self.trace, "--format", "ctf", "-o", folder)
        self.assertEqual(run.returncode, 2)
        self.assertIn("does not exist yet", run.stderr)
        run = self.tracer("export", self.trace, "--format", "ctf")
        self.assertEqual(run.returncode, 2)
        self.assertIn("-o NAME", run.stderr)


class Hostile(Exported):
    """Names are data, whatever is in them."""

    def setUp(self):
        super().setUp()
        self.make_hostile()

    def test_json_of_all_kinds(self):
        for line in self.text("json").splitlines():
            self.assertTrue(json.loads(line)["type"].startswith(HOSTILE))
        names = {e["args"]["name"] for e in json.loads(self.text("chrome"))["traceEvents"]
                 if e["ph"] == "M"}
        self.assertTrue(any(name.startswith(HOSTILE) for name in names))
        for line in self.text("otlp").splitlines():
            json.loads(line)

    def test_csv(self):
        with open(self.export("csv"), encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), self.number("select count(*) from messages"))
        self.assertTrue(all(row["type"].startswith(HOSTILE) for row in rows))

    @unittest.skipIf(schemas.descriptor_pb2 is None, "needs python3-protobuf")
    def test_perfetto(self):
        trace = schemas.message_class(schemas.PERFETTO, "perfetto", "Trace")()
        with open(self.export("perfetto"), "rb") as file:
            trace.ParseFromString(file.read())
        self.assertEqual(schemas.unknown_fields(trace), [])

    @unittest.skipIf(shutil.which("dot") is None, "needs graphviz")
    def test_dot(self):
        run = self.run_program("dot", "-Tjson", self.export("dot"))
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(run.stderr, "")
        self.assertIn("</script>", json.loads(run.stdout)["objects"][0]["label"])

    @unittest.skipIf(shutil.which("babeltrace2") is None, "needs babeltrace2")
    def test_ctf(self):
        run = self.run_program("babeltrace2", self.export("ctf"))
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(len(run.stdout.splitlines()), self.number("select count(*) from events"))

    def test_lines_stay_lines(self):
        for form, lines in (("mermaid", 50), ("plantuml", 50)):
            text = self.text(form, "-n", str(lines))
            self.assertNotRegex(text, r"<b>|</script>|\x1b|\x01")
            self.assertEqual(len(re.findall(r"(?m)^ *(?:a\d+ ?--?>|[Nn]ote over)", text)), lines)
        for line in self.text("folded").splitlines():
            self.assertRegex(line, r"^[^;]+(;[^;]+)* \d+$")


class Outputs(Exported):
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
