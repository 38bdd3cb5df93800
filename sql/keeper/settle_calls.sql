-- purpose: the calls of an hour that pages must follow one by one: those of cascades, and all of 1 in 4 tasks
-- grain: one call
-- params: bucket UInt32 its start, unix seconds; version UInt64 number under which they stand; from_ and to_ DateTime64(6,'UTC') its bounds
-- reads: llm_calls; writes: settled_calls
INSERT INTO settled_calls (bucket, in_cascade, rarity, started_at, duration_s, workload, agent, agent_role, architecture, model, tier, tenant, environment, call, task, parent, turn, input_tokens, cascade, attempt, escalated, escalation_signal, abandoned, is_unpriced, list_cost_usd, original_cost_usd, version)
SELECT
    toDateTime({bucket:UInt32}, 'UTC'),
    c.cascade_id != '' OR c.escalated AS in_cascade,
    toUInt8(bitCount(bitXor(cityHash64(c.task_id), cityHash64(c.task_id) - 1)) - 1) AS rarity,
    c.started_at, c.duration_s, c.workload, c.agent, c.agent_role, c.architecture, if(c.response_model != '', c.response_model, c.request_model), c.tier, c.tenant, c.environment, sipHash64(c.trace_id, c.span_id), cityHash64(c.task_id), cityHash64(c.parent_span_id), c.turn, if(c.fresh_input_tokens IS NULL, NULL, ifNull(c.fresh_input_tokens, 0) + ifNull(c.cache_read_tokens, 0) + ifNull(c.cache_write_short_tokens, 0) + ifNull(c.cache_write_long_tokens, 0)), if(c.cascade_id = '', 0, sipHash64(c.task_id, c.cascade_id)), c.attempt, c.escalated, c.escalation_signal, c.abandoned, c.list_cost_usd IS NULL AND c.pricing_status NOT IN ('free', 'not_billed'), c.list_cost_usd, c.original_cost_usd,
    {version:UInt64}
FROM llm_calls AS c FINAL
WHERE c.started_at >= {from_:DateTime64(6,'UTC')} AND c.started_at < {to_:DateTime64(6,'UTC')} AND (rarity >= 2 OR in_cascade)
SETTINGS do_not_merge_across_partitions_select_final = 1, max_threads = 1
