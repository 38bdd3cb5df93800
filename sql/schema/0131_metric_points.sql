-- purpose: data points of OTLP metric requests on their way through; keeps nothing
-- grain: one data point of a sum or a histogram
-- written by: explode_metrics
CREATE TABLE IF NOT EXISTS metric_points
(
    resource_keys Array(String) COMMENT 'attribute names of the resource',
    resource_texts Array(String) COMMENT 'their values as text',
    scope_name String COMMENT 'instrumentation scope',
    metric String COMMENT 'name of the metric',
    is_delta Bool COMMENT 'true: since the last point; false: since begun_ns',
    begun_ns UInt64 COMMENT 'nanoseconds since 1970',
    time_ns UInt64 COMMENT 'nanoseconds since 1970',
    value Nullable(Float64) COMMENT 'the number, or the sum of a histogram',
    keys Array(String) COMMENT 'attribute names of the point that carry a single value',
    texts Array(String) COMMENT 'their values as text'
)
ENGINE = Null
COMMENT 'Data points of OTLP metric requests on their way through; keeps nothing'
