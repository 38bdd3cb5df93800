-- purpose: the tasks of the benchmark
-- grain: one task
-- params: from_ UInt64 first task; to_ UInt64 task after the last
INSERT INTO tasks (task_id, workload, started_at, ended_at, duration_s, status, calls, list_cost_usd, original_cost_usd, fresh_input_tokens, cache_read_tokens, cache_known_input_tokens, output_tokens, highest_tier, agents, models, tiers, success, checker, useful_units, unit, attempts, escalations, version)
SELECT
    task_id, any(c.workload), min(c.started_at), max(c.started_at) + INTERVAL 2 SECOND, 29, 'ok', 10,
    sum(toDecimal128(c.usd, 12)), sum(toDecimal128(c.usd, 12)), sum(c.fresh), sum(c.cache_read), sum(c.fresh + c.cache_read), sum(c.output), 'premium',
    arraySort(groupUniqArray(c.agent)), arraySort(groupUniqArray(c.model)), arraySort(groupUniqArray(c.tier)),
    sipHash64(c.task) % 10 != 0, 'checker', 1, 'answer', 3, if(sipHash64(c.task) % 5 = 0, 1, 0), 1
FROM bench_calls AS c
WHERE c.task >= {from_:UInt64} AND c.task < {to_:UInt64}
GROUP BY c.task, task_id
