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
-- tables: llm_calls
-- A prefix is the one the hooks name; else the agent's prompt version for one tenant:
-- then any later read counts, and unread is a lower bound.
-- The calls of a prefix stand in one array of numbers: microseconds times four, plus 2 for a write, plus 1 for a read.
-- Sorting those costs a small part of sorting rows, and filling from the end finds the next read after every call.
SELECT
    workload,
    agent,
    model,
    sum(length(written)) AS writes,
    sum(length(missed)) AS unread,
    sum(arraySum(write -> write.3, written)) AS write_usd,
    sum(arraySum(write -> write.3, missed)) AS unread_usd,
    sum(arrayCount(write -> write.4, written)) AS long_writes,
    sum(length(gaps_s)) AS gaps,
    quantilesDeterministicArray(0.5, 0.9)(gaps_s, arrayPopFront(calls)) AS levels_s,
    if(gaps = 0, NULL, levels_s[1]) AS p50_gap_s,
    if(gaps = 0, NULL, levels_s[2]) AS p90_gap_s,
    sum(arrayCount(gap -> gap <= 300, gaps_s)) / nullIf(gaps, 0) AS within_short,
    sum(arrayCount(gap -> gap > 300 AND gap <= 3600, gaps_s)) / nullIf(gaps, 0) AS within_hour,
    min(is_named) AS named
FROM
(
    WITH
        ifNull(cache_write_short_tokens, 0) + ifNull(cache_write_long_tokens, 0) > 0 AS wrote,
        ifNull(cache_write_long_tokens, 0) > 0 AS is_long,
        toUInt64(toUnixTimestamp64Micro(c.started_at)) AS at,
        at + toUInt64((multiIf(is_long, 3600, c.provider = 'openai', 1800, 300) + ifNull(c.duration_s, 0)) * 1000000) AS until
    SELECT
        toString(c.workload) AS workload,
        toString(c.agent) AS agent,
        toString(if(c.response_model != '', c.response_model, c.request_model)) AS model,
        c.prefix_hash != '' AS is_named,
        arraySort(groupArray(at * 4 + wrote * 2 + (ifNull(cache_read_tokens, 0) > 0))) AS calls,
        arraySort(groupArrayIf((at, until, toFloat64(ifNull(cache_write_cost_usd, toDecimal64(0, 12))), is_long), wrote)) AS written,
        arrayPopFront(arrayReverseFill(call -> bitTest(call, 0) OR call = 0, arrayPushBack(calls, 0))) AS next_reads,
        arrayFilter((next, call) -> bitTest(call, 1), next_reads, calls) AS after_writes,
        arrayFilter((write, next) -> next = 0 OR intDiv(next, 4) > write.2, written, after_writes) AS missed,
        arrayMap(ms -> ms / 1000, arrayPopFront(arrayDifference(arrayMap(call -> intDiv(call, 4000), calls)))) AS gaps_s
    FROM llm_calls AS c FINAL
    WHERE c.started_at >= {from_:DateTime64(6,'UTC')} AND c.started_at < {to_:DateTime64(6,'UTC')}
      AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, c.workload))
      AND (empty({models:Array(String)}) OR has({models:Array(String)}, if(c.response_model != '', c.response_model, c.request_model)))
      AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, c.agent))
      AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, c.environment))
      AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, c.tier))
      AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, c.tenant))
      AND cache_read_tokens IS NOT NULL AND c.status = 'ok'
    GROUP BY workload, agent, model, is_named, c.prefix_hash, if(is_named, '', c.prompt_version), if(is_named, '', c.tenant)
)
GROUP BY workload, agent, model
HAVING writes > 0
ORDER BY unread_usd DESC, write_usd DESC
LIMIT 300
