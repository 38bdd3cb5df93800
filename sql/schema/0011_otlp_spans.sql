-- purpose: spans of OTLP requests, attribute values still encoded; keeps nothing
-- grain: one span
-- written by: explode_requests
CREATE TABLE IF NOT EXISTS otlp_spans
(
    resource_keys Array(String) COMMENT 'attribute names of the resource',
    resource_values Array(String) COMMENT 'their encoded AnyValue messages',
    scope_name String COMMENT 'instrumentation scope',
    scope_version String COMMENT 'version of the instrumentation scope',
    trace_id String COMMENT 'as sent',
    span_id String COMMENT 'as sent',
    trace_state String COMMENT 'W3C trace state',
    parent_span_id String COMMENT 'as sent',
    name String COMMENT 'name of the span',
    kind UInt64 COMMENT 'OTLP span kind',
    start_ns UInt64 COMMENT 'nanoseconds since 1970',
    end_ns UInt64 COMMENT 'nanoseconds since 1970',
    keys Array(String) COMMENT 'attribute names of the span',
    `values` Array(String) COMMENT 'their encoded AnyValue messages',
    status_code UInt64 COMMENT 'OTLP status code',
    status_message String COMMENT 'message of the status',
    event_ns Array(UInt64) COMMENT 'time of each event, nanoseconds since 1970',
    event_names Array(String) COMMENT 'name of each event',
    event_keys Array(Array(String)) COMMENT 'attribute names of each event',
    event_values Array(Array(String)) COMMENT 'their encoded AnyValue messages',
    link_trace_ids Array(String) COMMENT 'trace id of each link, as sent',
    link_span_ids Array(String) COMMENT 'span id of each link, as sent',
    link_trace_states Array(String) COMMENT 'W3C trace state of each link',
    link_keys Array(Array(String)) COMMENT 'attribute names of each link',
    link_values Array(Array(String)) COMMENT 'their encoded AnyValue messages'
)
ENGINE = Null
COMMENT 'Spans of OTLP requests, attribute values still encoded; keeps nothing'
