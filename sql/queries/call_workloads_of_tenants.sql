-- purpose: for viewers of single tenants: spend of each workload, its course, and its cache use, this period beside the one before
-- grain: one row per workload, dearest first
-- params: previous_from DateTime64(6,'UTC') start of the comparison period, inclusive; from_
--   DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive; step_s
--   UInt32 seconds in a bucket; workloads Array(String) empty = all; models Array(String) empty = all;
--   agents Array(String) empty = all; environments Array(String) empty = all; tiers Array(String) empty =
--   all;
--   tenants Array(String) empty = all
-- columns: workload text; calls count this period; spend_usd USD this period; previous_spend_usd USD the
--   period before; unpriced count this period; cache_read tokens this period; cache_known tokens this
--   period, all input of calls that report a cache count; buckets Array(UInt32) buckets of this period with
--   calls; spends_usd Array(Float64) USD in each of them
-- tables: call_sums, llm_calls
-- Sums by the minute know no tenant; those of settled hours do, but for the hours in which a step of the course ends.
SELECT
    workload,
    sumIf(n, NOT period) AS calls,
    sumIf(usd, NOT period) AS spend_usd,
    sumIf(usd, period) AS previous_spend_usd,
    sumIf(unpriced_n, NOT period) AS unpriced,
    sumIf(read, NOT period) AS cache_read,
    sumIf(known, NOT period) AS cache_known,
    arraySort(groupArrayIf((bucket, usd), NOT period)) AS course,
    course.1 AS buckets,
    course.2 AS spends_usd
FROM
(
    SELECT
        toString(r.workload) AS workload,
        at < {from_:DateTime64(6,'UTC')} AS period,
        toUInt32(intDiv(dateDiff('second', {from_:DateTime64(6,'UTC')}, greatest(at, {from_:DateTime64(6,'UTC')})), {step_s:UInt32})) AS bucket,
        sum(calls) AS n,
        toFloat64(sum(list_cost_usd)) AS usd,
        sum(unpriced_calls) AS unpriced_n,
        sum(cache_read_tokens) AS read,
        sum(cache_known_input_tokens) AS known
    FROM trend_sums_in(previous_from = {previous_from:DateTime64(6,'UTC')}, from_ = {from_:DateTime64(6,'UTC')}, to_ = {to_:DateTime64(6,'UTC')}, step_s = {step_s:UInt32}) AS r
    WHERE (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, r.tenant))
      AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, workload))
      AND (empty({models:Array(String)}) OR has({models:Array(String)}, model))
      AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, agent))
      AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, environment))
      AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, tier))
    GROUP BY workload, period, bucket
)
GROUP BY workload
ORDER BY spend_usd DESC
LIMIT 200
