-- purpose: hourly cost of tasks by tenant, by when they ended
-- grain: one row per scope, hours as arrays
-- params: from_ DateTime('UTC') first hour; to_ DateTime('UTC') end, exclusive; by Array(String) of workload, tenant;
--   bucket_s UInt32 seconds in a bucket, 3600 or less
-- columns: workload text, empty unless asked by; tenant text; hours Array(UInt32) buckets since the epoch that
--   have tasks; spends_usd Array(Float64) USD in each
-- tables: tasks
SELECT workload, tenant, groupArray(hour) AS hours, groupArray(usd) AS spends_usd
FROM
(
    SELECT
        if(has({by:Array(String)}, 'workload'), toString(t.workload), '') AS workload,
        if(has({by:Array(String)}, 'tenant'), toString(t.tenant), '') AS tenant,
        toUInt32(intDiv(toUnixTimestamp(t.ended_at), {bucket_s:UInt32})) AS hour,
        toFloat64(sum(t.list_cost_usd)) AS usd
    FROM tasks AS t FINAL
    WHERE toDate(ended_at) BETWEEN toDate({from_:DateTime('UTC')}) AND toDate({to_:DateTime('UTC')})
      AND identity(ended_at) >= {from_:DateTime('UTC')} AND identity(ended_at) < {to_:DateTime('UTC')}
    GROUP BY workload, tenant, hour
)
GROUP BY workload, tenant
ORDER BY workload, tenant
