-- purpose: who reported the calls of a period, in which convention, and how well informed
-- grain: one row per convention, emitter and its version, most calls first
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all; models Array(String) empty = all; agents Array(String) empty =
--   all; environments Array(String) empty = all; tiers Array(String) empty = all;
--   tenants Array(String) empty = all
-- columns: convention text; emitter text; emitter_version text; calls count; priced count; missing_usage count; conflicting count; no_cache_count count calls
--   that report no cache count; folded count calls with other reports folded in; said_usd USD that it says its calls cost; ours_usd USD of the same calls; last_seen DateTime64(6,'UTC')
-- tables: health_sums, llm_calls
SELECT
    toString(h.convention) AS convention,
    toString(h.emitter) AS emitter,
    toString(h.emitter_version) AS emitter_version,
    sum(h.calls) AS calls,
    sumIf(h.calls, h.pricing_status = 'priced') AS priced,
    sumIf(h.calls, h.pricing_status = 'missing_usage') AS missing_usage,
    sumIf(h.calls, h.pricing_status = 'conflicting_usage') AS conflicting,
    sum(no_cache_calls) AS no_cache_count,
    sum(folded_calls) AS folded,
    toFloat64(sum(h.said_usd)) AS said_usd,
    toFloat64(sum(said_list_usd)) AS ours_usd,
    max(h.last_seen) AS last_seen
FROM health_sums_in(from_ = {from_:DateTime64(6,'UTC')}, to_ = {to_:DateTime64(6,'UTC')}, longest_s = 86400, tenants = {tenants:Array(String)}) AS h
WHERE (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, h.workload))
  AND (empty({models:Array(String)}) OR has({models:Array(String)}, h.model))
  AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, h.agent))
  AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, h.environment))
  AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, h.tier))
GROUP BY convention, emitter, emitter_version
ORDER BY calls DESC
LIMIT 200
