-- purpose: calls of provider batches whose result has not come, by scope
-- grain: one row per scope
-- params: from_ DateTime64(6,'UTC') start of the window; to_ DateTime64(6,'UTC') end, exclusive; by Array(String)
--   of workload, model, tier, agent, tenant
-- columns: measure text batch_missing; workload text, empty unless asked by; model text; tier text; agent text;
--   tenant text; value Nullable(Float64) share of calls in a batch, begun over a day before the end of the window,
--   that report no usage; sample count of those calls; baseline Nullable(Float64) NULL; baseline_sample 0
-- tables: llm_calls
SELECT
    'batch_missing' AS measure,
    if(has({by:Array(String)}, 'workload'), toString(c.workload), '') AS workload,
    if(has({by:Array(String)}, 'model'), toString(if(c.response_model != '', c.response_model, c.request_model)), '') AS model,
    if(has({by:Array(String)}, 'tier'), toString(c.tier), '') AS tier,
    if(has({by:Array(String)}, 'agent'), toString(c.agent), '') AS agent,
    if(has({by:Array(String)}, 'tenant'), toString(c.tenant), '') AS tenant,
    toNullable(countIf(c.pricing_status = 'missing_usage') / count()) AS value,
    count() AS sample,
    CAST(NULL, 'Nullable(Float64)') AS baseline, toUInt64(0) AS baseline_sample
FROM llm_calls AS c FINAL
WHERE c.started_at >= {from_:DateTime64(6,'UTC')} AND c.started_at < subtractDays({to_:DateTime64(6,'UTC')}, 1) AND c.batch_id != ''
GROUP BY workload, model, tier, agent, tenant
ORDER BY workload, model, tier, agent, tenant
