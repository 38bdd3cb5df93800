-- purpose: how fast prompts grow from turn to turn, and where they were cut back
-- grain: one row per workload, agent and model with at least two turns in a task
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all; models Array(String) empty = all; agents Array(String) empty = all;
--   environments Array(String) empty = all; tiers Array(String) empty = all; sample_above UInt64 calls of the
--   period above which only 1 in k tasks is read, so many that about this number of calls is
-- columns: workload text; agent text; model text; conversations count runs of at least two calls: an agent
--   in a task, each invocation of a worker for itself; turns Float64 mean calls in them; p95_turns Float64;
--   first_input Float64 median tokens of the first call; growth Nullable(Float64) median tokens added a turn,
--   compactions left out; compactions count of drops by more than 30 % from above 8,000 tokens;
--   before_compaction Nullable(Float64) median tokens before one; after_compaction Nullable(Float64) median
--   tokens after one; max_input tokens, of the tasks read; sampled UInt64 k: read from 1 in k tasks, by the
--   hash of the task; counts are scaled by it; 1 = all
-- tables: llm_calls, calls_rollup
WITH (
    SELECT greatest(1, intDiv(sum(r.calls) + {sample_above:UInt64} - 1, {sample_above:UInt64}))
    FROM calls_rollup AS r FINAL
    WHERE minute >= {from_:DateTime64(6,'UTC')} AND minute < {to_:DateTime64(6,'UTC')}
      AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, r.workload))
      AND (empty({models:Array(String)}) OR has({models:Array(String)}, r.model))
      AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, r.agent))
      AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, r.environment))
      AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, r.tier))
) AS every
SELECT
    workload,
    agent,
    model,
    countIf(turns > 1 AND n = 1) * every AS conversations,
    avgIf(turns, turns > 1 AND n = 1) AS mean_turns,
    quantileDeterministicIf(0.95)(turns, task, turns > 1 AND n = 1) AS p95_turns,
    quantileDeterministicIf(0.5)(input, task, n = 1) AS first_input,
    quantileDeterministicOrNullIf(0.5)(toFloat64(input) - toFloat64(before), task + n, n > 1 AND NOT cut) AS growth,
    countIf(cut) * every AS compactions,
    quantileDeterministicOrNullIf(0.5)(before, task + n, cut) AS before_compaction,
    quantileDeterministicOrNullIf(0.5)(input, task + n, cut) AS after_compaction,
    max(input) AS max_input,
    any(every) AS sampled
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
          AND (every = 1 OR cityHash64(c.task_id) % every = 0)
        GROUP BY workload, agent, model, task
    )
    ARRAY JOIN arrayEnumerate(inputs) AS n
)
GROUP BY workload, agent, model
HAVING conversations > 0
ORDER BY sum(input) DESC
LIMIT 200
