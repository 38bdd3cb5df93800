-- purpose: calls of a period of 1 in 2^rarity tasks, always the same by their hash: settled hours from settled_calls, the rest from llm_calls
-- grain: one call
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive; rarity UInt8 0 = all tasks, 1 = 1 in 2, ...
-- No minute is listed in which nothing can lie (reach), however wide the period is.
-- The buckets are looked up once (a scalar), so that both halves go by the same: no call is missed or read twice while a bucket changes.
CREATE VIEW IF NOT EXISTS task_sample_in AS
WITH (SELECT groupArray((bucket_s, bucket, sums)) FROM summed_within(basis = 'start', froms = [{from_:DateTime64(6,'UTC')}], tos = [{to_:DateTime64(6,'UTC')}], longest_s = if({rarity:UInt8} < 2, 0, 3600))) AS whole
SELECT started_at, duration_s, workload, agent, agent_role, architecture, model, tier, tenant, environment, task, parent, turn, input_tokens
FROM settled_calls
WHERE (bucket, version) IN (SELECT w.2, w.3 FROM (SELECT arrayJoin(whole) AS w)) AND settled_calls.rarity >= greatest({rarity:UInt8}, 2)
UNION ALL
WITH (SELECT groupArray((bucket_s, bucket, sums)) FROM summed_within(basis = 'start', froms = [{from_:DateTime64(6,'UTC')}], tos = [{to_:DateTime64(6,'UTC')}], longest_s = if({rarity:UInt8} < 2, 0, 3600))) AS whole,
    (SELECT (min(started_at), max(started_at)) FROM llm_calls) AS reach
SELECT
    c.started_at AS started_at,
    c.duration_s AS duration_s,
    c.workload AS workload,
    c.agent AS agent,
    c.agent_role AS agent_role,
    c.architecture AS architecture,
    if(c.response_model != '', c.response_model, c.request_model) AS model,
    c.tier AS tier,
    c.tenant AS tenant,
    c.environment AS environment,
    cityHash64(c.task_id) AS task,
    cityHash64(c.parent_span_id) AS parent,
    c.turn AS turn,
    if(c.fresh_input_tokens IS NULL, NULL, ifNull(c.fresh_input_tokens, 0) + ifNull(c.cache_read_tokens, 0) + ifNull(c.cache_write_short_tokens, 0) + ifNull(c.cache_write_long_tokens, 0)) AS input_tokens
FROM llm_calls AS c FINAL
WHERE toStartOfMinute(c.started_at) IN
    (
        SELECT toDateTime(m * 60, 'UTC') AS minute
        FROM (SELECT arrayJoin(range(toUInt32(intDiv(toUnixTimestamp(greatest({from_:DateTime64(6,'UTC')}, reach.1)), 60)), toUInt32(intDiv(toUnixTimestamp(least({to_:DateTime64(6,'UTC')}, reach.2)), 60)) + 1)) AS m)
        WHERE toStartOfHour(minute) NOT IN (SELECT arrayJoin(arrayMap(w -> w.2, arrayFilter(w -> w.1 = 3600, whole))))
    )
    AND c.started_at >= {from_:DateTime64(6,'UTC')} AND c.started_at < {to_:DateTime64(6,'UTC')}
    AND toUInt8(bitCount(bitXor(cityHash64(c.task_id), cityHash64(c.task_id) - 1)) - 1) >= {rarity:UInt8}
