-- purpose: calls of a period that belong to a cascade or were escalated: settled hours from settled_calls, the rest from llm_calls
-- grain: one call
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive
-- No minute is listed in which nothing can lie (reach), however wide the period is.
-- The buckets are looked up once (a scalar), so that both halves go by the same: no call is missed or read twice while a bucket changes.
CREATE VIEW IF NOT EXISTS cascade_calls_in AS
WITH (SELECT groupArray((bucket_s, bucket, sums)) FROM summed_within(basis = 'start', froms = [{from_:DateTime64(6,'UTC')}], tos = [{to_:DateTime64(6,'UTC')}], longest_s = 3600)) AS whole
SELECT started_at, duration_s, workload, agent, model, tier, tenant, environment, task, cascade, attempt, escalated, escalation_signal, abandoned, is_unpriced, list_cost_usd, original_cost_usd
FROM settled_calls
WHERE (bucket, version) IN (SELECT w.2, w.3 FROM (SELECT arrayJoin(whole) AS w)) AND in_cascade
UNION ALL
WITH (SELECT groupArray((bucket_s, bucket, sums)) FROM summed_within(basis = 'start', froms = [{from_:DateTime64(6,'UTC')}], tos = [{to_:DateTime64(6,'UTC')}], longest_s = 3600)) AS whole,
    (SELECT (min(started_at), max(started_at)) FROM llm_calls) AS reach
SELECT
    c.started_at AS started_at,
    c.duration_s AS duration_s,
    c.workload AS workload,
    c.agent AS agent,
    if(c.response_model != '', c.response_model, c.request_model) AS model,
    c.tier AS tier,
    c.tenant AS tenant,
    c.environment AS environment,
    cityHash64(c.task_id) AS task,
    if(c.cascade_id = '', 0, sipHash64(c.task_id, c.cascade_id)) AS cascade,
    c.attempt AS attempt,
    c.escalated AS escalated,
    c.escalation_signal AS escalation_signal,
    c.abandoned AS abandoned,
    c.list_cost_usd IS NULL AND c.pricing_status NOT IN ('free', 'not_billed') AS is_unpriced,
    c.list_cost_usd AS list_cost_usd,
    c.original_cost_usd AS original_cost_usd
FROM llm_calls AS c FINAL
WHERE toStartOfMinute(c.started_at) IN
    (
        SELECT toDateTime(m * 60, 'UTC') AS minute
        FROM (SELECT arrayJoin(range(toUInt32(intDiv(toUnixTimestamp(greatest({from_:DateTime64(6,'UTC')}, reach.1)), 60)), toUInt32(intDiv(toUnixTimestamp(least({to_:DateTime64(6,'UTC')}, reach.2)), 60)) + 1)) AS m)
        WHERE toStartOfHour(minute) NOT IN (SELECT arrayJoin(arrayMap(w -> w.2, arrayFilter(w -> w.1 = 3600, whole))))
    )
    AND c.started_at >= {from_:DateTime64(6,'UTC')} AND c.started_at < {to_:DateTime64(6,'UTC')}
    AND (c.cascade_id != '' OR c.escalated)
