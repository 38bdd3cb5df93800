-- purpose: for viewers of single tenants: spend, cache use and unpriced calls over time, this period beside the one before
-- grain: one row per period and bucket that has calls
-- params: previous_from DateTime64(6,'UTC') start of the comparison period, inclusive; from_
--   DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive; step_s
--   UInt32 seconds in a bucket; workloads Array(String) empty = all; models Array(String) empty = all;
--   agents Array(String) empty = all; environments Array(String) empty = all; tiers Array(String) empty =
--   all;
--   tenants Array(String) empty = all
-- columns: period UInt8 0 = this one, 1 = the one before; bucket UInt32 from 0, counted from the start of
--   its period; calls count calls that started; failed count; unpriced count calls whose cost is unknown;
--   spend_usd USD at list price; cache_read tokens; cache_known tokens all input of calls that report a
--   cache count
-- tables: call_sums, llm_calls
-- Sums by the minute know no tenant; those of settled hours do, but for the hours in which a step of the course ends.
SELECT
    at < {from_:DateTime64(6,'UTC')} AS period,
    toUInt32(intDiv(dateDiff('second', if(period, {previous_from:DateTime64(6,'UTC')}, {from_:DateTime64(6,'UTC')}), at), {step_s:UInt32})) AS bucket,
    sum(r.calls) AS calls,
    sum(failed_calls) AS failed,
    sum(unpriced_calls) AS unpriced,
    toFloat64(sum(list_cost_usd)) AS spend_usd,
    sum(cache_read_tokens) AS cache_read,
    sum(cache_known_input_tokens) AS cache_known
FROM trend_sums_in(previous_from = {previous_from:DateTime64(6,'UTC')}, from_ = {from_:DateTime64(6,'UTC')}, to_ = {to_:DateTime64(6,'UTC')}, step_s = {step_s:UInt32}) AS r
WHERE (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, r.tenant))
  AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, workload))
  AND (empty({models:Array(String)}) OR has({models:Array(String)}, model))
  AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, agent))
  AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, environment))
  AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, tier))
GROUP BY period, bucket
ORDER BY period, bucket
