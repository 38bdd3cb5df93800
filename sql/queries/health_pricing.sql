-- purpose: how the calls of a period were priced: status, cost now and as first priced, and what emitters said they cost
-- grain: one row per pricing status
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all; models Array(String) empty = all; agents Array(String) empty =
--   all; environments Array(String) empty = all; tiers Array(String) empty = all
-- columns: pricing_status text; calls count; list_usd USD at the price book in force; original_usd USD as first priced; said_calls count priced calls of
--   which the emitter says a cost; said_usd USD it says; ours_usd USD of the same calls by our prices; gap_calls count of those that differ by more than 1 %
-- tables: llm_calls
SELECT
    toString(c.pricing_status) AS pricing_status,
    count() AS calls,
    toFloat64(sum(ifNull(toDecimal128(c.list_cost_usd, 12), 0))) AS list_usd,
    toFloat64(sum(ifNull(toDecimal128(c.original_cost_usd, 12), 0))) AS original_usd,
    countIf(c.reported_cost_usd > 0 AND c.list_cost_usd IS NOT NULL) AS said_calls,
    toFloat64(sumIf(toDecimal128(assumeNotNull(c.reported_cost_usd), 12), c.reported_cost_usd > 0 AND c.list_cost_usd IS NOT NULL)) AS said_usd,
    toFloat64(sumIf(toDecimal128(assumeNotNull(c.list_cost_usd), 12), c.reported_cost_usd > 0 AND c.list_cost_usd IS NOT NULL)) AS ours_usd,
    countIf(ifNull(c.reported_cost_usd > 0 AND abs(c.reported_cost_usd - c.list_cost_usd) > 0.01 * c.reported_cost_usd, false)) AS gap_calls
FROM llm_calls AS c FINAL
WHERE c.started_at >= {from_:DateTime64(6,'UTC')} AND c.started_at < {to_:DateTime64(6,'UTC')}
  AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, c.workload))
  AND (empty({models:Array(String)}) OR has({models:Array(String)}, if(c.response_model != '', c.response_model, c.request_model)))
  AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, c.agent))
  AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, c.environment))
  AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, c.tier))
GROUP BY pricing_status
ORDER BY calls DESC
