-- purpose: how fast prompts grow from turn to turn, and where they were cut back
-- grain: one row per workload, agent and model with at least two turns in a task
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all; models Array(String) empty = all; agents Array(String) empty = all;
--   environments Array(String) empty = all; tiers Array(String) empty = all; sample_above UInt64 calls of the
--   period above which only 1 in k tasks is read, so many
--   that at most about this number of calls is; k is a power of two;
--   tenants Array(String) empty = all
-- columns: workload text; agent text; model text; conversations count runs of at least two calls: an agent
--   in a task, each invocation of a worker for itself; turns Float64 mean calls in them; p95_turns Float64;
--   first_input Float64 median tokens of the first call; growth Nullable(Float64) median tokens added a turn,
--   compactions left out; compactions count of drops by more than 30 % from above 8,000 tokens;
--   before_compaction Nullable(Float64) median tokens before one; after_compaction Nullable(Float64) median
--   tokens after one; max_input tokens, of the tasks read; sampled UInt64 k: read from 1 in k tasks, by the
--   hash of the task; counts are scaled by it; 1 = all
-- tables: settled_calls, llm_calls, calls_rollup, tasks
WITH
    (
        SELECT toUInt8(greatest(0, ceil(log2(sum(n) / {sample_above:UInt64}))))
        FROM
        (
            SELECT sum(r.calls) AS n
            FROM calls_rollup AS r FINAL
            WHERE minute >= {from_:DateTime64(6,'UTC')} AND minute < {to_:DateTime64(6,'UTC')} AND empty({tenants:Array(String)})
              AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, r.workload))
              AND (empty({models:Array(String)}) OR has({models:Array(String)}, r.model))
              AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, r.agent))
              AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, r.environment))
              AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, r.tier))
            UNION ALL
            -- Sums by the minute know no tenant.
            SELECT sum(t.calls) AS n
            FROM tasks AS t FINAL
            WHERE toDate(ended_at) BETWEEN toDate({from_:DateTime64(6,'UTC')}) AND toDate({to_:DateTime64(6,'UTC')}) AND NOT empty({tenants:Array(String)})
              AND has({tenants:Array(String)}, t.tenant) AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, t.workload))
        )
    ) AS rarity,
    bitShiftLeft(toUInt64(1), rarity) AS every
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
            toString(c.model) AS model,
            sipHash64(c.task, if(c.agent_role = 'worker', c.parent, 0)) AS task,
            arrayMap(pair -> pair.2, arraySort(groupArray(4000)((c.turn, assumeNotNull(input_tokens))))) AS inputs
        FROM task_sample_in(from_ = {from_:DateTime64(6,'UTC')}, to_ = {to_:DateTime64(6,'UTC')}, rarity = rarity) AS c
        WHERE (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, c.workload))
          AND (empty({models:Array(String)}) OR has({models:Array(String)}, c.model))
          AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, c.agent))
          AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, c.environment))
          AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, c.tier))
          AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, c.tenant))
          AND input_tokens IS NOT NULL
        GROUP BY workload, agent, model, task
    )
    ARRAY JOIN arrayEnumerate(inputs) AS n
)
GROUP BY workload, agent, model
HAVING conversations > 0
ORDER BY sum(input) DESC
LIMIT 200
