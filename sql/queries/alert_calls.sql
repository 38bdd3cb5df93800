-- purpose: time to first token and prompt length by scope, from the calls of a window
-- grain: one row per measure and scope
-- params: from_ DateTime64(6,'UTC') start of the window; to_ DateTime64(6,'UTC') end, exclusive; by Array(String)
--   of workload, model, tier, agent, tenant
-- columns: measure text p99_first_chunk or context_tokens; workload text, empty unless asked by; model text; tier text;
--   agent text; tenant text; value Nullable(Float64) seconds, or tokens at P95; sample count calls
-- tables: llm_calls
WITH
    sums AS
    (
        SELECT
            if(has({by:Array(String)}, 'workload'), toString(c.workload), '') AS workload,
            if(has({by:Array(String)}, 'model'), toString(if(c.response_model != '', c.response_model, c.request_model)), '') AS model,
            if(has({by:Array(String)}, 'tier'), toString(c.tier), '') AS tier,
            if(has({by:Array(String)}, 'agent'), toString(c.agent), '') AS agent,
            if(has({by:Array(String)}, 'tenant'), toString(c.tenant), '') AS tenant,
            [('p99_first_chunk', quantileDDIf(0.005, 0.99)(toFloat64(ifNull(c.time_to_first_chunk_s, 0)), c.time_to_first_chunk_s IS NOT NULL), toFloat64(countIf(c.time_to_first_chunk_s IS NOT NULL))),
             ('context_tokens', quantileDDIf(0.005, 0.95)(toFloat64(c.prompt), c.prompt > 0), toFloat64(countIf(c.prompt > 0)))] AS each
        FROM
        (
            SELECT workload, response_model, request_model, tier, agent, tenant, time_to_first_chunk_s,
                ifNull(fresh_input_tokens, 0) + ifNull(cache_read_tokens, 0) + ifNull(cache_write_short_tokens, 0) + ifNull(cache_write_long_tokens, 0) AS prompt
            FROM llm_calls FINAL
            WHERE started_at >= {from_:DateTime64(6,'UTC')} AND started_at < {to_:DateTime64(6,'UTC')}
        ) AS c
        GROUP BY workload, model, tier, agent, tenant
    )
SELECT
    measured.1 AS measure, s.workload AS workload, s.model AS model, s.tier AS tier, s.agent AS agent, s.tenant AS tenant,
    toNullable(measured.2) AS value, toUInt64(measured.3) AS sample
FROM sums AS s ARRAY JOIN each AS measured
WHERE sample > 0
ORDER BY measure, workload, model, tier, agent, tenant
