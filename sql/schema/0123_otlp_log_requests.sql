-- purpose: entry for raw OTLP log bytes, parsed by the engine with sql/otlp_logs.proto; keeps nothing
-- grain: none; requests concatenate, so one insert may hold many
-- written by: the collector's writer
CREATE TABLE IF NOT EXISTS otlp_log_requests
(
    resource_logs Array(Tuple(
        resource Tuple(attributes Array(Tuple(key String, value Tuple(string_value Nullable(String), bool_value Nullable(Bool), int_value Nullable(Int64), double_value Nullable(Float64))))),
        scope_logs Array(Tuple(
            scope Tuple(name String, version String),
            log_records Array(Tuple(
                time_unix_nano UInt64, observed_time_unix_nano UInt64, trace_id String, span_id String, event_name String,
                body Tuple(string_value Nullable(String), kvlist_value Tuple(`values` Array(Tuple(key String, value Tuple(string_value Nullable(String), bool_value Nullable(Bool), int_value Nullable(Int64), double_value Nullable(Float64), kvlist_value Tuple(`values` Array(Tuple(key String, value Tuple(string_value Nullable(String), bool_value Nullable(Bool), int_value Nullable(Int64), double_value Nullable(Float64)))))))))),
                attributes Array(Tuple(key String, value Tuple(string_value Nullable(String), bool_value Nullable(Bool), int_value Nullable(Int64), double_value Nullable(Float64), array_value Tuple(`values` Array(Tuple(string_value String))), kvlist_value Tuple(`values` Array(Tuple(key String, value Tuple(string_value Nullable(String), bool_value Nullable(Bool), int_value Nullable(Int64), double_value Nullable(Float64), kvlist_value Tuple(`values` Array(Tuple(key String, value Tuple(string_value Nullable(String), bool_value Nullable(Bool), int_value Nullable(Int64), double_value Nullable(Float64)))))))))))))))))) COMMENT 'ExportLogsServiceRequest, as sent'
)
ENGINE = Null
COMMENT 'Entry for raw OTLP log bytes; keeps nothing'
