-- purpose: entry for raw OTLP metric bytes, parsed by the engine with sql/otlp_metrics.proto; keeps nothing
-- grain: none; requests concatenate, so one insert may hold many
-- written by: the collector's writer
CREATE TABLE IF NOT EXISTS otlp_metric_requests
(
    resource_metrics Array(Tuple(
        resource Tuple(attributes Array(Tuple(key String, value Tuple(string_value Nullable(String), bool_value Nullable(Bool), int_value Nullable(Int64), double_value Nullable(Float64))))),
        scope_metrics Array(Tuple(
            scope Tuple(name String, version String),
            metrics Array(Tuple(
                name String,
                sum Tuple(aggregation_temporality UInt64, data_points Array(Tuple(start_time_unix_nano UInt64, time_unix_nano UInt64, as_double Nullable(Float64), as_int Nullable(Int64), attributes Array(Tuple(key String, value Tuple(string_value Nullable(String), bool_value Nullable(Bool), int_value Nullable(Int64), double_value Nullable(Float64))))))),
                histogram Tuple(aggregation_temporality UInt64, data_points Array(Tuple(start_time_unix_nano UInt64, time_unix_nano UInt64, sum Nullable(Float64), attributes Array(Tuple(key String, value Tuple(string_value Nullable(String), bool_value Nullable(Bool), int_value Nullable(Int64), double_value Nullable(Float64))))))),
                exponential_histogram Tuple(aggregation_temporality UInt64, data_points Array(Tuple(start_time_unix_nano UInt64, time_unix_nano UInt64, sum Nullable(Float64), attributes Array(Tuple(key String, value Tuple(string_value Nullable(String), bool_value Nullable(Bool), int_value Nullable(Int64), double_value Nullable(Float64))))))))))))) COMMENT 'ExportMetricsServiceRequest, as sent'
)
ENGINE = Null
COMMENT 'Entry for raw OTLP metric bytes; keeps nothing'
