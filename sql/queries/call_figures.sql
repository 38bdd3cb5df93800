-- purpose: spend, cache use and unpriced calls over time and by workload, this period beside the one before
-- grain: one row per period and bucket that has calls; per workload, dearest first
-- params: previous_from DateTime64(6,'UTC') start of the comparison period, inclusive; from_
--   DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive; step_s
--   UInt32 seconds in a bucket; workloads Array(String) empty = all; models Array(String) empty = all;
--   agents Array(String) empty = all; environments Array(String) empty = all; tiers Array(String) empty =
--   all
-- columns: part text bucket or workload; period UInt8 0 = this one, 1 = the one before, 0 for a workload; bucket UInt32 from 0,
--   counted from the start of its period, 0 for a workload; workload text, empty for a bucket; calls count calls that
--   started, of a workload this period, as is what follows; failed count; unpriced count calls whose cost is unknown;
--   spend_usd USD at list price; previous_spend_usd USD of a workload the period before; cache_read tokens; cache_known
--   tokens all input of calls that report a cache count; buckets Array(UInt32) of a workload buckets of this period with
--   calls; spends_usd Array(Float64) USD in each of them
-- tables: calls_rollup
SELECT
    if(grouping(s.workload) = 1, 'bucket', 'workload') AS part,
    if(part = 'bucket', s.period, 0) AS period,
    if(part = 'bucket', s.bucket, 0) AS bucket,
    if(part = 'bucket', '', s.workload) AS workload,
    if(part = 'bucket', sum(n), sumIf(n, NOT s.period)) AS calls,
    if(part = 'bucket', sum(failed_n), sumIf(failed_n, NOT s.period)) AS failed,
    if(part = 'bucket', sum(unpriced_n), sumIf(unpriced_n, NOT s.period)) AS unpriced,
    toFloat64(if(part = 'bucket', sum(usd), sumIf(usd, NOT s.period))) AS spend_usd,
    if(part = 'bucket', 0, toFloat64(sumIf(usd, s.period))) AS previous_spend_usd,
    if(part = 'bucket', sum(read), sumIf(read, NOT s.period)) AS cache_read,
    if(part = 'bucket', sum(known), sumIf(known, NOT s.period)) AS cache_known,
    arraySort(groupArrayIf((s.bucket, toFloat64(usd)), NOT s.period)) AS course,
    if(part = 'bucket', [], course.1) AS buckets,
    if(part = 'bucket', [], course.2) AS spends_usd
FROM
(
    SELECT
        toString(r.workload) AS workload,
        minute < {from_:DateTime64(6,'UTC')} AS period,
        toUInt32(intDiv(dateDiff('second', if(period, {previous_from:DateTime64(6,'UTC')}, {from_:DateTime64(6,'UTC')}), minute), {step_s:UInt32})) AS bucket,
        sum(r.calls) AS n,
        sum(failed_calls) AS failed_n,
        sum(unpriced_calls) AS unpriced_n,
        sum(list_cost_usd) AS usd,
        sum(cache_read_tokens) AS read,
        sum(cache_known_input_tokens) AS known
    FROM calls_rollup AS r FINAL
    WHERE minute >= {previous_from:DateTime64(6,'UTC')} AND minute < {to_:DateTime64(6,'UTC')}
      AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, r.workload))
      AND (empty({models:Array(String)}) OR has({models:Array(String)}, r.model))
      AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, r.agent))
      AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, r.environment))
      AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, r.tier))
    GROUP BY workload, period, bucket
) AS s
GROUP BY GROUPING SETS ((s.period, s.bucket), (s.workload))
ORDER BY part, if(part = 'bucket', 0, spend_usd) DESC, period, bucket
LIMIT 200 BY part
