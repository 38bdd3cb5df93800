-- purpose: six hours of calls of the benchmark: ten a task, fifty workloads; everything follows from the number
-- grain: one call
-- params: from_ UInt32 start, unix seconds; tasks UInt32 in six hours; day UInt32 number of the six hours
INSERT INTO llm_calls (started_at, duration_s, time_to_first_chunk_s, trace_id, span_id, workload, task_id, agent, tenant, provider, request_model, response_model, tier, service_class, cascade_id, attempt, escalated, prompt_version, change, environment, rate_limit_remaining_tokens, fresh_input_tokens, cache_read_tokens, cache_write_short_tokens, output_tokens, fresh_input_cost_usd, cache_read_cost_usd, output_cost_usd, list_cost_usd, original_cost_usd, pricing_status, status, ingested_at, version)
WITH
    intDiv(number, 10) + {day:UInt32} * {tasks:UInt32} AS task,
    sipHash64(task) % 50 AS w,
    lower(hex(sipHash128(task))) AS id,
    1 + sipHash64(number, {day:UInt32}) % 4 AS m,
    100 + sipHash64(task, number, 1) % 5000 AS fresh,
    sipHash64(task, number, 2) % 20000 AS read,
    10 + sipHash64(task, number, 3) % 900 AS output
SELECT
    toDateTime64({from_:UInt32} + intDiv(intDiv(number, 10) * 21600, {tasks:UInt32}) + number % 10 * 3, 6, 'UTC') AS started_at,
    2, 0.5, id, lower(hex(sipHash64(task, number))), concat('w', toString(w)), id,
    ['planner', 'worker', 'judge'][1 + number % 3], concat('t', toString(sipHash64(task, 7) % 30)), 'anthropic',
    ['claude-haiku-4-5', 'claude-sonnet-4-5', 'gpt-5-mini', 'claude-opus-4-5'][m],
    ['claude-haiku-4-5', 'claude-sonnet-4-5', 'gpt-5-mini', 'claude-opus-4-5'][m],
    ['nano', 'standard', 'nano', 'premium'][m], 'standard',
    if(number % 10 < 2, 'c', ''), if(number % 10 < 2, number % 10 + 1, NULL), number % 10 = 0 AND task % 5 = 0,
    concat('v', toString(1 + (w + intDiv({day:UInt32}, 20)) % 3)), concat('r', toString(intDiv({day:UInt32}, 28))), 'production', 90000 + task % 1000,
    fresh, read, 0, output,
    toDecimal64(fresh * 3e-6, 12), toDecimal64(read * 3e-7, 12), toDecimal64(output * 1.5e-5, 12),
    toDecimal64(fresh * 3e-6, 12) + toDecimal64(read * 3e-7, 12) + toDecimal64(output * 1.5e-5, 12) AS usd, usd,
    'priced', 'ok', toDateTime({from_:UInt32}, 'UTC'), 1
FROM numbers({tasks:UInt32} * 10)
