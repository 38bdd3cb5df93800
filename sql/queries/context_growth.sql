-- purpose: how fast prompts grow from turn to turn, and where they were cut back
-- grain: one row per workload, agent and model with at least two turns in a task
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all; models Array(String) empty = all; agents Array(String) empty = all;
--   environments Array(String) empty = all; tiers Array(String) empty = all
-- columns: workload text; agent text; model text; conversations count runs of at least two calls: an agent
--   in a task, each invocation of a worker for itself; turns Float64 mean calls in them; p95_turns Float64;
--   first_input Float64 median tokens of the first call; growth Nullable(Float64) median tokens added a turn,
--   compactions left out; compactions count of drops by more than 30 % from above 8,000 tokens;
--   before_compaction Nullable(Float64) median tokens before one; after_compaction Nullable(Float64) median
--   tokens after one; max_input tokens
-- tables: llm_calls
SELECT
    workload,
    agent,
    model,
    uniqExactIf(task, turns > 1) AS conversations,
    avgIf(turns, turns > 1 AND n = 1) AS mean_turns,
    quantileTDigestIf(0.95)(turns, turns > 1 AND n = 1) AS p95_turns,
    quantileTDigestIf(0.5)(input, n = 1) AS first_input,
    quantileTDigestOrNullIf(0.5)(toFloat64(input) - toFloat64(before), n > 1 AND NOT cut) AS growth,
    countIf(cut) AS compactions,
    quantileTDigestOrNullIf(0.5)(before, cut) AS before_compaction,
    quantileTDigestOrNullIf(0.5)(input, cut) AS after_compaction,
    max(input) AS max_input
FROM
(
    SELECT
        workload,
        agent,
        model,
        task,
        length(inputs) AS turns,
        inputs[n] AS input,
        if(n > 1, inputs[n - 1], 0) AS before,
        n > 1 AND before > 8000 AND input < 0.7 * before AS cut,
        n
    FROM
    (
        SELECT
            toString(c.workload) AS workload,
            toString(c.agent) AS agent,
            toString(if(c.response_model != '', c.response_model, c.request_model)) AS model,
            sipHash64(c.task_id, if(c.agent_role = 'worker', c.parent_span_id, '')) AS task,
            arrayMap(pair -> pair.2, arraySort(groupArray(4000)((c.turn, ifNull(fresh_input_tokens, 0) + ifNull(cache_read_tokens, 0) + ifNull(cache_write_short_tokens, 0) + ifNull(cache_write_long_tokens, 0))))) AS inputs
        FROM llm_calls AS c FINAL
        WHERE c.started_at >= {from_:DateTime64(6,'UTC')} AND c.started_at < {to_:DateTime64(6,'UTC')}
          AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, c.workload))
          AND (empty({models:Array(String)}) OR has({models:Array(String)}, if(c.response_model != '', c.response_model, c.request_model)))
          AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, c.agent))
          AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, c.environment))
          AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, c.tier))
          AND fresh_input_tokens IS NOT NULL
        GROUP BY workload, agent, model, task
    )
    ARRAY JOIN arrayEnumerate(inputs) AS n
)
GROUP BY workload, agent, model
HAVING conversations > 0
ORDER BY sum(input) DESC
LIMIT 200
