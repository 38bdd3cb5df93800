-- purpose: how often cascades end in the premium tier, and whether trying the cheap tier first pays, by scope
-- grain: one row per measure and scope
-- params: from_ DateTime64(6,'UTC') start of the window; to_ DateTime64(6,'UTC') end, exclusive; by Array(String)
--   of workload, model (of the first try), tier (likewise), agent, tenant
-- columns: measure text premium_escalation (share of cascades begun below premium that reached it) or
--   cascade_margin (share of first tries escalated, less 1 - cost of a first try / cost of a second); workload
--   text, empty unless asked by; model text; tier text; agent text; tenant text; value Nullable(Float64) ratio;
--   sample count cascades
-- tables: llm_calls
WITH
    tries AS
    (
        SELECT
            cityHash64(c.task_id, c.cascade_id) AS cascade, ifNull(c.attempt, 0) AS attempt,
            any(c.workload) AS workload, any(if(c.response_model != '', c.response_model, c.request_model)) AS model,
            any(c.tier) AS tier, any(c.agent) AS agent, any(c.tenant) AS tenant, max(c.escalated) AS escalated,
            sum(toFloat64(ifNull(c.list_cost_usd, 0))) AS usd, countIf(c.list_cost_usd IS NULL) AS unpriced
        FROM llm_calls AS c FINAL
        WHERE c.started_at >= {from_:DateTime64(6,'UTC')} AND c.started_at < {to_:DateTime64(6,'UTC')} AND c.cascade_id != ''
        GROUP BY cascade, attempt
    ),
    cascades AS
    (
        SELECT
            cascade,
            toString(argMin(tries.workload, attempt)) AS workload, toString(argMin(tries.model, attempt)) AS model,
            toString(argMin(tries.tier, attempt)) AS tier, toString(argMin(tries.agent, attempt)) AS agent,
            toString(argMin(tries.tenant, attempt)) AS tenant,
            countIf(tries.tier = 'premium') > 0 AS reached_premium,
            argMin(tries.escalated, attempt) AS first_escalated,
            argMin(tries.usd, attempt) AS first_usd, sumIf(tries.usd, attempt = 2) AS second_usd, countIf(attempt = 2) > 0 AS has_second,
            sum(unpriced) = 0 AS priced
        FROM tries
        GROUP BY cascade
    ),
    sums AS
    (
        SELECT
            if(has({by:Array(String)}, 'workload'), cascades.workload, '') AS workload,
            if(has({by:Array(String)}, 'model'), cascades.model, '') AS model,
            if(has({by:Array(String)}, 'tier'), cascades.tier, '') AS tier,
            if(has({by:Array(String)}, 'agent'), cascades.agent, '') AS agent,
            if(has({by:Array(String)}, 'tenant'), cascades.tenant, '') AS tenant,
            avgIf(first_usd, priced) AS first_cost, avgIf(second_usd, priced AND has_second) AS second_cost,
            [('premium_escalation', avgIf(toFloat64(reached_premium), cascades.tier != 'premium'), toFloat64(countIf(cascades.tier != 'premium'))),
             ('cascade_margin', avgIf(toFloat64(first_escalated), priced) - (1 - first_cost / nullIf(second_cost, 0)), toFloat64(if(countIf(priced AND has_second) >= 5, countIf(priced), 0)))] AS each
        FROM cascades
        GROUP BY workload, model, tier, agent, tenant
    )
SELECT
    measured.1 AS measure, s.workload AS workload, s.model AS model, s.tier AS tier, s.agent AS agent, s.tenant AS tenant,
    measured.2 AS value, toUInt64(measured.3) AS sample
FROM sums AS s ARRAY JOIN each AS measured
WHERE sample > 0
ORDER BY measure, workload, model, tier, agent, tenant
