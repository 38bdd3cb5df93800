-- purpose: keeps the data points that metric_conventions names
-- grain: one data point
-- reads: metric_points, metric_conventions; writes: usage_metrics
CREATE MATERIALIZED VIEW IF NOT EXISTS keep_usage_metrics TO usage_metrics AS
WITH name -> all_texts[indexOf(all_keys, name)] AS attr
SELECT
    attr('service.name') AS service,
    if(has(all_keys, 'session.id'), attr('session.id'), attr('conversation.id')) AS session_id,
    p.metric AS metric,
    c.bucket AS bucket,
    attr('model') AS model,
    cityHash64(arraySort(arrayZip(all_keys, all_texts)), scope_name) AS series,
    is_delta,
    fromUnixTimestamp64Nano(toInt64(least(begun_ns, 4102444800000000000)), 'UTC') AS begun_at,
    fromUnixTimestamp64Nano(toInt64(least(time_ns, 4102444800000000000)), 'UTC') AS counted_at,
    assumeNotNull(point_value) AS value,
    now('UTC') AS received_at
FROM
(
    SELECT metric, is_delta, begun_ns, time_ns, scope_name, value AS point_value, arrayConcat(keys, resource_keys) AS all_keys, arrayConcat(texts, resource_texts) AS all_texts
    FROM metric_points
) AS p
INNER JOIN metric_conventions AS c ON c.metric = p.metric
WHERE (c.attribute = '' OR attr(c.attribute) = c.value) AND isFinite(point_value)
