-- purpose: the tasks of six hours of calls
-- grain: one task
-- params: from_ UInt32 start, unix seconds
INSERT INTO tasks (task_id, workload, tenant, environment, started_at, ended_at, duration_s, status, calls, list_cost_usd, original_cost_usd, fresh_input_tokens, cache_read_tokens, cache_known_input_tokens, output_tokens, highest_tier, agents, models, tiers, prompt_version, change, success, checker, useful_units, unit, attempts, escalations, version)
SELECT
    c.task_id, any(c.workload), any(c.tenant), any(c.environment), min(c.started_at), max(c.started_at) + INTERVAL 2 SECOND, 29, 'ok', count(),
    sum(toDecimal128(c.list_cost_usd, 12)), sum(toDecimal128(c.list_cost_usd, 12)), sum(c.fresh_input_tokens), sum(c.cache_read_tokens),
    sum(c.fresh_input_tokens + c.cache_read_tokens), sum(c.output_tokens), 'premium',
    arraySort(groupUniqArray(c.agent)), arraySort(groupUniqArray(c.response_model)), arraySort(groupUniqArray(c.tier)),
    any(c.prompt_version), any(c.change), sipHash64(c.task_id) % 10 != 0, 'checker', 1, 'answer', 2, countIf(c.escalated), 1
FROM llm_calls AS c
WHERE c.started_at >= toDateTime({from_:UInt32}, 'UTC') AND c.started_at < toDateTime({from_:UInt32} + 21600 + 60, 'UTC')
  AND c.ingested_at = toDateTime({from_:UInt32}, 'UTC')
GROUP BY c.task_id
