-- purpose: entry for raw OTLP trace bytes, parsed by the engine with sql/otlp.proto; keeps nothing
-- grain: none; requests concatenate, so one insert may hold many
-- written by: the collector's writer, or a Kafka table of OTLP protobuf
CREATE TABLE IF NOT EXISTS otlp_requests
(
    resource_spans Array(Tuple(
        resource Tuple(attributes Array(Tuple(key String, value String))),
        scope_spans Array(Tuple(
            scope Tuple(name String, version String),
            spans Array(Tuple(
                trace_id String, span_id String, trace_state String, parent_span_id String, name String, kind UInt64,
                start_time_unix_nano UInt64, end_time_unix_nano UInt64,
                attributes Array(Tuple(key String, value String)),
                events Array(Tuple(time_unix_nano UInt64, name String, attributes Array(Tuple(key String, value String)))),
                links Array(Tuple(trace_id String, span_id String, trace_state String, attributes Array(Tuple(key String, value String)))),
                status Tuple(message String, code UInt64)))))
    )) COMMENT 'ExportTraceServiceRequest, as sent; attribute values are encoded AnyValue messages'
)
ENGINE = Null
COMMENT 'Entry for raw OTLP trace bytes; keeps nothing'
