-- purpose: OTLP metric requests -> data points of sums and histograms
-- grain: one data point
-- reads: otlp_metric_requests; writes: metric_points
CREATE MATERIALIZED VIEW IF NOT EXISTS explode_metrics TO metric_points AS
WITH
    v -> coalesce(v.string_value, toString(v.int_value), toString(v.double_value), multiIf(v.bool_value IS NULL, NULL, assumeNotNull(v.bool_value), 'true', 'false')) AS value_text
SELECT
    arrayMap(a -> a.key, resource_attributes) AS resource_keys,
    arrayMap(a -> ifNull(value_text(a.value), ''), resource_attributes) AS resource_texts,
    scope_name,
    metric,
    -- OTLP: 1 delta, 2 cumulative.
    point.1 = 1 AS is_delta,
    point.2 AS begun_ns,
    point.3 AS time_ns,
    point.4 AS value,
    arrayMap(a -> a.key, told) AS keys,
    arrayMap(a -> assumeNotNull(value_text(a.value)), told) AS texts
FROM
(
    SELECT resource_attributes, scope_name, metric, point, arrayFilter(a -> value_text(a.value) IS NOT NULL, point.5) AS told
    FROM
    (
        SELECT
            resource_attributes, scope_name, m.name AS metric,
            arrayJoin(arrayConcat(
                arrayMap(p -> (m.sum.aggregation_temporality, p.start_time_unix_nano, p.time_unix_nano, coalesce(toFloat64(p.as_int), p.as_double), p.attributes), m.sum.data_points),
                arrayMap(p -> (m.histogram.aggregation_temporality, p.start_time_unix_nano, p.time_unix_nano, p.sum, p.attributes), m.histogram.data_points),
                arrayMap(p -> (m.exponential_histogram.aggregation_temporality, p.start_time_unix_nano, p.time_unix_nano, p.sum, p.attributes), m.exponential_histogram.data_points))) AS point
        FROM
        (
            SELECT resource_attributes, sm.scope.name AS scope_name, arrayJoin(sm.metrics) AS m
            FROM
            (
                SELECT rm.resource.attributes AS resource_attributes, arrayJoin(rm.scope_metrics) AS sm
                FROM (SELECT arrayJoin(resource_metrics) AS rm FROM otlp_metric_requests)
            )
        )
    )
)
