-- purpose: cache hits, unpriced and failed calls by scope, in a window
-- grain: one row per measure and scope
-- params: from_ DateTime('UTC') start of the window; to_ DateTime('UTC') end, exclusive; by Array(String) of workload,
--   model, tier, agent
-- columns: measure text cache_hit_rate, unpriced_share or failed_share; workload text, empty unless asked by; model
--   text; tier text; agent text; tenant text, empty; value Nullable(Float64) ratio; sample count calls
-- tables: calls_rollup
WITH
    sums AS
    (
        SELECT
            if(has({by:Array(String)}, 'workload'), toString(r.workload), '') AS workload,
            if(has({by:Array(String)}, 'model'), toString(r.model), '') AS model,
            if(has({by:Array(String)}, 'tier'), toString(r.tier), '') AS tier,
            if(has({by:Array(String)}, 'agent'), toString(r.agent), '') AS agent,
            [('cache_hit_rate', toFloat64(sum(r.cache_read_tokens)), toFloat64(sum(r.cache_known_input_tokens)), sumIf(r.calls, r.cache_known_input_tokens > 0)),
             ('unpriced_share', toFloat64(sum(r.unpriced_calls)), toFloat64(sum(r.calls)), sum(r.calls)),
             ('failed_share', toFloat64(sum(r.failed_calls)), toFloat64(sum(r.calls)), sum(r.calls))] AS each
        FROM calls_rollup AS r FINAL
        WHERE r.minute >= {from_:DateTime('UTC')} AND r.minute < {to_:DateTime('UTC')}
        GROUP BY workload, model, tier, agent
    )
SELECT
    measured.1 AS measure, s.workload AS workload, s.model AS model, s.tier AS tier, s.agent AS agent, '' AS tenant,
    if(measured.3 > 0, measured.2 / measured.3, NULL) AS value, measured.4 AS sample
FROM sums AS s ARRAY JOIN each AS measured
WHERE sample > 0
ORDER BY measure, workload, model, tier, agent
