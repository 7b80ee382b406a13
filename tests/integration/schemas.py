# SPDX-License-Identifier: MIT
"""Readers of what others have defined, made by Google's protobuf from the published field numbers.

Only the fields that actor-trace writes are here; one that is not is an unknown field, and fails.
"""

import os
import sys

try:
    from google.protobuf import descriptor_pb2
except ImportError:
    # Debian's python3-protobuf, for another Python than Debian's.
    os.environ["PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"] = "python"
    sys.path.append("/usr/lib/python3/dist-packages")
    try:
        from google.protobuf import descriptor_pb2
    except ImportError:
        descriptor_pb2 = None
if descriptor_pb2 is not None:
    from google.protobuf import descriptor_pool, message_factory

# github.com/google/perfetto, protos/perfetto/trace and below.
PERFETTO = """
Trace            1 packet* TracePacket
TracePacket      8 timestamp uint64 | 10 trusted_packet_sequence_id uint32
                 6 clock_snapshot ClockSnapshot | 11 track_event TrackEvent
                 60 track_descriptor TrackDescriptor | 12 interned_data InternedData
                 13 sequence_flags uint32
ClockSnapshot    1 clocks* Clock
Clock            1 clock_id uint32 | 2 timestamp uint64
InternedData     1 event_categories* InternedName | 2 event_names* InternedName
                 3 debug_annotation_names* InternedName
InternedName     1 iid uint64 | 2 name string
TrackDescriptor  1 uuid uint64 | 5 parent_uuid uint64 | 2 name string
                 3 process ProcessDescriptor | 4 thread ThreadDescriptor
                 8 counter CounterDescriptor
ProcessDescriptor 1 pid int32 | 6 process_name string
ThreadDescriptor 1 pid int32 | 2 tid int32 | 5 thread_name string
CounterDescriptor 6 unit_name string
TrackEvent       3 category_iids* uint64 | 4 debug_annotations* DebugAnnotation | 9 type int32
                 10 name_iid uint64 | 11 track_uuid uint64 | 30 counter_value int64
                 47 flow_ids* fixed64 | 48 terminating_flow_ids* fixed64
DebugAnnotation  1 name_iid uint64 | 4 int_value int64 | 6 string_value string
"""

# github.com/open-telemetry/opentelemetry-proto, opentelemetry/proto.
OTLP = """
TracesData       1 resource_spans* ResourceSpans
ResourceSpans    1 resource Resource | 2 scope_spans* ScopeSpans | 3 schema_url string
Resource         1 attributes* KeyValue | 2 dropped_attributes_count uint32
ScopeSpans       1 scope InstrumentationScope | 2 spans* Span | 3 schema_url string
InstrumentationScope 1 name string | 2 version string
Span             1 trace_id bytes | 2 span_id bytes | 3 trace_state string
                 4 parent_span_id bytes | 5 name string | 6 kind int32
                 7 start_time_unix_nano fixed64 | 8 end_time_unix_nano fixed64
                 9 attributes* KeyValue | 10 dropped_attributes_count uint32 | 11 events* Event
                 12 dropped_events_count uint32 | 13 links* Link
                 14 dropped_links_count uint32 | 15 status Status | 16 flags fixed32
Event            1 time_unix_nano fixed64 | 2 name string | 3 attributes* KeyValue
Link             1 trace_id bytes | 2 span_id bytes | 4 attributes* KeyValue
Status           2 message string | 3 code int32
KeyValue         1 key string | 2 value AnyValue
AnyValue         1 string_value string | 2 bool_value bool | 3 int_value int64
                 4 double_value double
"""

SCALARS = {"double": 1, "int64": 3, "uint64": 4, "int32": 5, "fixed64": 6, "fixed32": 7, "bool": 8,
           "string": 9, "bytes": 12, "uint32": 13}


def message_class(schema, package, name):
    """The class of a message, from one of the tables above; None without protobuf."""
    if descriptor_pb2 is None:
        return None
    file = descriptor_pb2.FileDescriptorProto(name=package + ".proto", package=package,
                                              syntax="proto2")
    message = None
    for line in schema.strip().splitlines():
        if not line.startswith(" "):
            title, line = line.split(None, 1)
            message = file.message_type.add(name=title)
        for field in line.split("|"):
            number, key, kind = field.split()
            added = message.field.add(name=key.rstrip("*"), number=int(number),
                                      label=3 if key.endswith("*") else 1)
            if kind in SCALARS:
                added.type = SCALARS[kind]
            else:
                added.type = 11
                added.type_name = f".{package}.{kind}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    descriptor = pool.FindMessageTypeByName(f"{package}.{name}")
    return message_factory.MessageFactory(pool).GetPrototype(descriptor)


def unknown_fields(message, path=""):
    """Paths of all fields that the schema does not have."""
    found = [f"{path}#{field.field_number}" for field in message.UnknownFields()]
    for descriptor, value in message.ListFields():
        if descriptor.type == 11:
            for one in value if descriptor.label == 3 else [value]:
                found += unknown_fields(one, f"{path}.{descriptor.name}")
    return found
