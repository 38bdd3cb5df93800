-- purpose: spend by scope in buckets of time: the hours that alerts compare with, the minutes of budgets
-- grain: one row per scope, buckets as arrays
-- params: from_ DateTime('UTC') start; to_ DateTime('UTC') end, exclusive; by Array(String) of workload,
--   model, tier, agent; bucket_s UInt32 seconds in a bucket
-- columns: workload text, empty unless asked by; model text; tier text; agent text; hours Array(UInt32) buckets
--   since the epoch that have calls; spends_usd Array(Float64) USD in each
-- tables: calls_rollup
SELECT workload, model, tier, agent, groupArray(hour) AS hours, groupArray(usd) AS spends_usd
FROM
(
    SELECT
        if(has({by:Array(String)}, 'workload'), toString(r.workload), '') AS workload,
        if(has({by:Array(String)}, 'model'), toString(r.model), '') AS model,
        if(has({by:Array(String)}, 'tier'), toString(r.tier), '') AS tier,
        if(has({by:Array(String)}, 'agent'), toString(r.agent), '') AS agent,
        toUInt32(intDiv(toUnixTimestamp(r.minute), {bucket_s:UInt32})) AS hour,
        toFloat64(sum(r.list_cost_usd)) AS usd
    FROM calls_rollup AS r FINAL
    WHERE r.minute >= {from_:DateTime('UTC')} AND r.minute < {to_:DateTime('UTC')}
    GROUP BY workload, model, tier, agent, hour
    HAVING sum(r.calls) > 0
)
GROUP BY workload, model, tier, agent
ORDER BY workload, model, tier, agent
