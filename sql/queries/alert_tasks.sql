-- purpose: success, P95 cost and failures after escalation by scope, of the tasks that ended in a window
-- grain: one row per measure and scope
-- params: from_ DateTime64(6,'UTC') start of the window; to_ DateTime64(6,'UTC') end, exclusive; by Array(String) of
--   workload, tier (the highest used), tenant
-- columns: measure text success_rate, p95_cost or premium_failure; workload text, empty unless asked by; model
--   text, empty; tier text; agent text, empty; tenant text; value Nullable(Float64) ratio or USD; sample count tasks
-- tables: tasks
WITH
    sums AS
    (
        SELECT
            if(has({by:Array(String)}, 'workload'), toString(t.workload), '') AS workload,
            if(has({by:Array(String)}, 'tier'), toString(t.highest_tier), '') AS tier,
            if(has({by:Array(String)}, 'tenant'), toString(t.tenant), '') AS tenant,
            [('success_rate', avgIf(toFloat64(ifNull(t.success, false)), t.is_judged), toFloat64(countIf(t.is_judged))),
             ('p95_cost', quantileDDIf(0.005, 0.95)(toFloat64(t.list_cost_usd), t.unpriced_calls = 0), toFloat64(countIf(t.unpriced_calls = 0))),
             ('premium_failure', 1 - avgIf(toFloat64(ifNull(t.success, false)), t.is_premium), toFloat64(countIf(t.is_premium)))] AS each
        FROM
        (
            SELECT workload, highest_tier, tenant, success, list_cost_usd, unpriced_calls,
                success IS NOT NULL AS is_judged, success IS NOT NULL AND escalations > 0 AND highest_tier = 'premium' AS is_premium
            FROM tasks FINAL
            WHERE toDate(ended_at) BETWEEN toDate({from_:DateTime64(6,'UTC')}) AND toDate({to_:DateTime64(6,'UTC')})
              AND identity(ended_at) >= {from_:DateTime64(6,'UTC')} AND identity(ended_at) < {to_:DateTime64(6,'UTC')}
        ) AS t
        GROUP BY workload, tier, tenant
    )
SELECT
    measured.1 AS measure, s.workload AS workload, '' AS model, s.tier AS tier, '' AS agent, s.tenant AS tenant,
    toNullable(measured.2) AS value, toUInt64(measured.3) AS sample
FROM sums AS s ARRAY JOIN each AS measured
WHERE sample > 0
ORDER BY measure, workload, tier, tenant
