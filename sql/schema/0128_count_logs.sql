-- purpose: counts log records by name
-- grain: one event name of one emitter
-- reads: log_records, log_rule; writes: signal_counts
CREATE MATERIALIZED VIEW IF NOT EXISTS count_logs TO signal_counts AS
SELECT
    toDate(now('UTC')) AS day,
    'logs' AS signal,
    resource_texts[indexOf(resource_keys, 'service.name')] AS service,
    scope_name AS scope,
    if(dictHas('log_rule', event) OR event = 'gen_ai.client.inference.operation.details', event, '') AS name,
    count() AS received,
    countIf(dictHas('log_rule', event) OR event = 'gen_ai.client.inference.operation.details') AS used
FROM log_records
GROUP BY service, scope, name
