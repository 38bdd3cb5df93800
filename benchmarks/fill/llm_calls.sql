-- purpose: the calls of the benchmark as the ledger holds them, at made-up costs: a fifth of the tasks with a cascade,
--   half of the workloads with a named prefix, caches written by the first call of a task, a batch workload
-- grain: one call
-- params: from_ UInt32 and to_ UInt32 unix seconds
INSERT INTO llm_calls (started_at, duration_s, time_to_first_chunk_s, trace_id, span_id, parent_span_id, workload, task_id, agent, agent_role, architecture, tenant,
    provider, request_model, response_model, tier, service_class, cascade_id, attempt, escalated, escalation_signal, abandoned, prompt_version, change, environment, step, turn,
    latency_class, prefix_hash, prefix_tokens,
    fresh_input_tokens, cache_read_tokens, cache_write_short_tokens, cache_write_long_tokens, output_tokens, reasoning_tokens,
    fresh_input_cost_usd, cache_read_cost_usd, cache_write_cost_usd, output_cost_usd, list_cost_usd, original_cost_usd, reported_cost_usd,
    pricing_status, price_book_version, convention, emitter, emitter_version, status, error_type, finish_reason, ingested_at, version, is_deleted)
SELECT
    started_at, 0.5 + fresh % 60 / 10, if(fresh % 2 = 0, 0.2 + fresh % 17 / 10, NULL), task_id, lower(hex(sipHash64(task, place))), '', workload, task_id, agent,
    if(agent = 'planner', 'orchestrator', 'worker'), if(workload IN ('research', 'coding', 'plan'), 'orchestrator', 'single'), concat('tenant-', toString(task % 40)),
    if(startsWith(model, 'gpt'), 'openai', 'anthropic'), model, model, tier, if(workload = 'nightly', 'batch', 'standard'),
    if(tries, concat(task_id, '-1'), ''), if(tries, place + 1, NULL), tries AND place < 2, if(tries AND place < 2, ['schema', 'judge', 'confidence'][1 + fresh % 3], ''), tries AND place < 2,
    concat('v', toString(intDiv(task * 5, {tasks:UInt64}))), concat('c', toString(intDiv(task * 9, {tasks:UInt64}))), 'production', ['draft', 'check', 'act'][1 + place % 3], intDiv(place, 2) + 1,
    if(workload IN ('nightly', 'research'), 'offline', 'interactive'), if(named, lower(hex(sipHash64(workload, agent, task % 20))), ''), if(named, 3000, NULL),
    fresh, cache_read, if(startsWith(model, 'gpt'), NULL, if(place < 2, 3000, 0)), if(startsWith(model, 'gpt'), NULL, 0), output, NULL,
    toDecimal64(fresh * 3 / 1e6, 12), toDecimal64(cache_read * 0.3 / 1e6, 12), if(place < 2 AND NOT startsWith(model, 'gpt'), 0.01125, 0), toDecimal64(output * 15 / 1e6, 12), usd, usd, if(fresh % 4 = 0, usd, NULL),
    'priced', 'benchmark', 'otel_genai', 'sdk_hooks', '0.1.0', if(fresh % 50 = 0, 'error', 'ok'), if(fresh % 50 = 0, 'RateLimitError 429', ''), 'stop', now('UTC'), 1, 0
FROM
(
    SELECT *, place < 3 AND sipHash64(task) % 5 = 0 AS tries, workload IN ('support', 'coding', 'review', 'plan') AS named
    FROM bench_calls WHERE started_at >= toDateTime({from_:UInt32}, 'UTC') AND started_at < toDateTime({to_:UInt32}, 'UTC')
)
