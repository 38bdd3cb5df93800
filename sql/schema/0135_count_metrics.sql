-- purpose: counts metric points by name
-- grain: one metric of one emitter
-- reads: metric_points, metric_conventions; writes: signal_counts
CREATE MATERIALIZED VIEW IF NOT EXISTS count_metrics TO signal_counts AS
SELECT
    toDate(now('UTC')) AS day,
    'metrics' AS signal,
    resource_texts[indexOf(resource_keys, 'service.name')] AS service,
    scope_name AS scope,
    if(metric IN (SELECT metric FROM metric_conventions), metric, '') AS name,
    count() AS received,
    countIf(metric IN (SELECT metric FROM metric_conventions)) AS used
FROM metric_points
GROUP BY service, scope, name
