-- purpose: writes to prompt caches that no call read again in time, and the pauses between calls of one
--   prefix
-- grain: one row per workload, agent and model that wrote to a cache
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all; models Array(String) empty = all; agents Array(String) empty = all;
--   environments Array(String) empty = all; tiers Array(String) empty = all;
--   tenants Array(String) empty = all
-- columns: workload text; agent text; model text; writes count calls that wrote; unread count of those that
--   no later call of the same prefix read within the lifetime of the write; write_usd USD paid for writes;
--   unread_usd USD of them for writes never read; long_writes count calls that wrote with the extended
--   lifetime; gaps count pauses between a call and the next of its prefix; p50_gap_s Nullable(Float64)
--   seconds; p90_gap_s Nullable(Float64) seconds; within_short Nullable(Float64) share of the pauses up to 5
--   minutes; within_hour Nullable(Float64) share from 5 to 60 minutes; named UInt8 1 = all prefixes are named
--   by the hooks, 0 = some are taken to be one prompt version of the agent for one tenant, so that unread is
--   a lower bound
-- tables: cache_runs, llm_calls
-- A prefix is the one the hooks name; else the agent's prompt version for one tenant:
-- then any later read counts, and unread is a lower bound.
-- Levels of pauses are exact while none of a settled hour are among them, and else within 1 %.
WITH
    arrayConcat(gap_steps, arrayMap(ms -> toUInt16(round(log(greatest(ms, 1)) / log(1.02))), own_gaps_ms)) AS row_steps,
    arrayConcat(gap_counts, arrayMap(ms -> toUInt64(1), own_gaps_ms)) AS row_counts
SELECT
    workload,
    agent,
    model,
    sum(r.writes) AS writes,
    sum(r.missed + length(r.pending)) AS unread,
    toFloat64(sum(r.write_usd)) AS write_usd,
    toFloat64(sum(r.missed_usd + arraySum(arrayMap(w -> toDecimal128(w.2, 12), r.pending)))) AS unread_usd,
    sum(r.long_writes) AS long_writes,
    sum(r.gaps) AS gaps,
    if(sum(length(gap_steps)) = 0,
       quantilesExactInclusiveArray(0.5, 0.9)(own_gaps_ms),
       arrayMap(level -> toFloat64(pow(1.02, (sumMap(row_steps, row_counts) AS steps).1[arrayFirstIndex(n -> n >= level * arraySum(steps.2), arrayCumSum(steps.2))])), [0.5, 0.9])
    ) AS levels_ms,
    if(gaps = 0, NULL, levels_ms[1] / 1000) AS p50_gap_s,
    if(gaps = 0, NULL, levels_ms[2] / 1000) AS p90_gap_s,
    sum(r.short_gaps) / nullIf(gaps, 0) AS within_short,
    sum(r.hour_gaps) / nullIf(gaps, 0) AS within_hour,
    minIf(is_named, r.calls > 0) AS named
FROM cache_runs_in(
    from_ = {from_:DateTime64(6,'UTC')}, to_ = {to_:DateTime64(6,'UTC')}, longest_s = 86400, environments = {environments:Array(String)}, tiers = {tiers:Array(String)}, tenants = {tenants:Array(String)}) AS r
WHERE (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, r.workload))
  AND (empty({models:Array(String)}) OR has({models:Array(String)}, r.model))
  AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, r.agent))
GROUP BY workload, agent, model
HAVING writes > 0
ORDER BY unread_usd DESC, write_usd DESC
LIMIT 300
