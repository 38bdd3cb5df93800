-- purpose: log records of OTLP requests on their way through; keeps nothing
-- grain: one log record
-- written by: explode_logs
CREATE TABLE IF NOT EXISTS log_records
(
    resource_keys Array(String) COMMENT 'attribute names of the resource',
    resource_texts Array(String) COMMENT 'their values as text',
    scope_name String COMMENT 'instrumentation scope',
    scope_version String COMMENT 'version of the instrumentation scope',
    event String COMMENT 'name of the event with the product before it, and its kind after a slash',
    time_ns UInt64 COMMENT 'when it happened, else when it was seen; nanoseconds since 1970',
    trace_id String COMMENT 'as sent',
    span_id String COMMENT 'as sent',
    keys Array(String) COMMENT 'attribute names of the record that carry a single value',
    texts Array(String) COMMENT 'their values as text',
    inner_keys Array(String) COMMENT 'where single values stand inside maps of the body and of attributes: body.usage.input_tokens',
    inner_texts Array(String) COMMENT 'their values as text',
    body_json String COMMENT 'the body if it is the text of a JSON object'
)
ENGINE = Null
COMMENT 'Log records of OTLP requests on their way through; keeps nothing'
