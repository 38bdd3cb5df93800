-- purpose: who reported the calls of a period, in which convention, and how well informed
-- grain: one row per convention, emitter and its version, most calls first
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all; models Array(String) empty = all; agents Array(String) empty =
--   all; environments Array(String) empty = all; tiers Array(String) empty = all
-- columns: convention text; emitter text; emitter_version text; calls count; priced count; missing_usage count; conflicting count; no_cache_count count calls
--   that report no cache count; folded count calls with other reports folded in; said_usd USD that it says its calls cost; ours_usd USD of the same calls; last_seen DateTime64(6,'UTC')
-- tables: llm_calls
SELECT
    toString(c.convention) AS convention,
    toString(c.emitter) AS emitter,
    toString(c.emitter_version) AS emitter_version,
    count() AS calls,
    countIf(c.pricing_status = 'priced') AS priced,
    countIf(c.pricing_status = 'missing_usage') AS missing_usage,
    countIf(c.pricing_status = 'conflicting_usage') AS conflicting,
    countIf(c.cache_read_tokens IS NULL AND c.fresh_input_tokens IS NOT NULL) AS no_cache_count,
    countIf(c.suppressed_spans > 0) AS folded,
    toFloat64(sumIf(toDecimal128(assumeNotNull(c.reported_cost_usd), 12), c.reported_cost_usd > 0 AND c.list_cost_usd IS NOT NULL)) AS said_usd,
    toFloat64(sumIf(toDecimal128(assumeNotNull(c.list_cost_usd), 12), c.reported_cost_usd > 0 AND c.list_cost_usd IS NOT NULL)) AS ours_usd,
    max(c.started_at) AS last_seen
FROM llm_calls AS c FINAL
WHERE c.started_at >= {from_:DateTime64(6,'UTC')} AND c.started_at < {to_:DateTime64(6,'UTC')}
  AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, c.workload))
  AND (empty({models:Array(String)}) OR has({models:Array(String)}, if(c.response_model != '', c.response_model, c.request_model)))
  AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, c.agent))
  AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, c.environment))
  AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, c.tier))
GROUP BY convention, emitter, emitter_version
ORDER BY calls DESC
LIMIT 200
