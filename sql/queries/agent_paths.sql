-- purpose: how long tasks took beside the sum of what ran in them, and how agents were joined
-- grain: one row per workload and architecture
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all; models Array(String) empty = all; agents Array(String) empty = all;
--   environments Array(String) empty = all; tiers Array(String) empty = all; sample_above UInt64 calls of the
--   period above which only 1 in k tasks is read, so many
--   that at most about this number of calls is; k is a power of two;
--   tenants Array(String) empty = all
-- columns: workload text; architecture text; tasks count with calls that started in the period; calls
--   count; path_s Float64 mean seconds in which at least one call of a task ran; branches_s Float64 mean sum
--   of the seconds of its calls; fan_in Nullable(Float64) mean branches that ended between two calls of an
--   orchestrator; max_fan_in count; at_once Float64 mean highest number of calls of a task that ran at once;
--   sampled UInt64 k: read from 1 in k tasks, by the hash of the task; counts are scaled by it, highest
--   values are those of the tasks read; 1 = all
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
    architecture,
    count() * every AS tasks,
    sum(n) * every AS calls,
    avg(path) AS path_s,
    avg(branches) AS branches_s,
    avgArrayOrNull(arrayFilter(branches_joined -> branches_joined > 0, fans)) AS fan_in,
    max(arrayMax(arrayPushBack(fans, 0))) AS max_fan_in,
    avg(together) AS at_once,
    any(every) AS sampled
FROM
(
    SELECT
        workload,
        task_id,
        toString(any(kind)) AS architecture,
        count() AS n,
        intervalLengthSum(begins, ends) AS path,
        sum(ends - begins) AS branches,
        maxIntersections(begins, ends) AS together,
        arraySort(groupArrayIf(1000)(begins, leads)) AS joins,
        arraySort(groupArrayIf(2000)((ends, parent), NOT leads)) AS worked,
        arrayMap((join, before) -> length(arrayDistinct(arrayMap(w -> w.2, arrayFilter(w -> w.1 <= join AND w.1 > before, worked)))), joins, arraySlice(arrayPushFront(joins, 0.), 1, length(joins))) AS fans
    FROM
    (
        SELECT
            toString(c.workload) AS workload,
            c.task AS task_id,
            c.architecture AS kind,
            c.parent AS parent,
            c.agent_role = 'orchestrator' AS leads,
            toUnixTimestamp64Micro(c.started_at) / 1e6 AS begins,
            begins + greatest(ifNull(c.duration_s, 0) - 0.001, 0) AS ends
        FROM task_sample_in(from_ = {from_:DateTime64(6,'UTC')}, to_ = {to_:DateTime64(6,'UTC')}, rarity = rarity) AS c
        WHERE (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, c.workload))
          AND (empty({models:Array(String)}) OR has({models:Array(String)}, c.model))
          AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, c.agent))
          AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, c.environment))
          AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, c.tier))
          AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, c.tenant))
    )
    GROUP BY workload, task_id
)
GROUP BY workload, architecture
ORDER BY calls DESC
LIMIT 200
