-- purpose: success, P95 cost and failures after escalation by scope, in a window and before it
-- grain: one row per measure and scope
-- params: before DateTime64(6,'UTC') start of the baseline; from_ DateTime64(6,'UTC') start of the window; to_
--   DateTime64(6,'UTC') end, exclusive; by Array(String) of workload, tier (the highest used), tenant
-- columns: measure text success_rate, p95_cost or premium_failure; workload text, empty unless asked by; model
--   text, empty; tier text; agent text, empty; tenant text; value Nullable(Float64) ratio or USD; sample count
--   tasks; baseline Nullable(Float64) before the window; baseline_sample count tasks
-- tables: tasks
WITH
    sums AS
    (
        SELECT
            if(has({by:Array(String)}, 'workload'), toString(t.workload), '') AS workload,
            if(has({by:Array(String)}, 'tier'), toString(t.highest_tier), '') AS tier,
            if(has({by:Array(String)}, 'tenant'), toString(t.tenant), '') AS tenant,
            t.ended_at >= {from_:DateTime64(6,'UTC')} AS is_now,
            [('success_rate', avgIf(toFloat64(ifNull(t.success, false)), t.is_judged), toFloat64(countIf(t.is_judged))),
             ('p95_cost', quantileDDIf(0.005, 0.95)(toFloat64(t.list_cost_usd), t.unpriced_calls = 0), toFloat64(countIf(t.unpriced_calls = 0))),
             ('premium_failure', 1 - avgIf(toFloat64(ifNull(t.success, false)), t.is_premium), toFloat64(countIf(t.is_premium)))] AS each
        FROM
        (
            SELECT workload, highest_tier, tenant, ended_at, success, list_cost_usd, unpriced_calls,
                success IS NOT NULL AS is_judged, success IS NOT NULL AND escalations > 0 AND highest_tier = 'premium' AS is_premium
            FROM tasks FINAL
            WHERE toDate(ended_at) BETWEEN toDate({before:DateTime64(6,'UTC')}) AND toDate({to_:DateTime64(6,'UTC')})
              AND identity(ended_at) >= {before:DateTime64(6,'UTC')} AND identity(ended_at) < {to_:DateTime64(6,'UTC')}
        ) AS t
        GROUP BY workload, tier, tenant, is_now
    )
SELECT
    measured.1 AS measure, s.workload AS workload, '' AS model, s.tier AS tier, '' AS agent, s.tenant AS tenant,
    anyIf(if(measured.3 > 0, toNullable(measured.2), NULL), s.is_now) AS value,
    toUInt64(sumIf(measured.3, s.is_now)) AS sample,
    anyIf(if(measured.3 > 0, toNullable(measured.2), NULL), NOT s.is_now) AS baseline,
    toUInt64(sumIf(measured.3, NOT s.is_now)) AS baseline_sample
FROM sums AS s ARRAY JOIN each AS measured
GROUP BY measure, workload, tier, tenant
HAVING sample > 0
ORDER BY measure, workload, tier, tenant
