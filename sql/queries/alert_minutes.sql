-- purpose: spend of the last days in short buckets by workload, for budgets
-- grain: one row per workload, buckets as arrays
-- params: from_ DateTime('UTC') start; to_ DateTime('UTC') end, exclusive; bucket_s UInt32 seconds in a bucket
-- columns: workload text; hours Array(UInt32) buckets since the epoch that have calls; spends_usd Array(Float64) USD in each
-- tables: calls_rollup
SELECT workload, groupArray(bucket) AS hours, groupArray(usd) AS spends_usd
FROM
(
    SELECT
        toString(r.workload) AS workload,
        toUInt32(intDiv(toUnixTimestamp(r.minute), {bucket_s:UInt32})) AS bucket,
        toFloat64(sum(r.list_cost_usd)) AS usd
    FROM calls_rollup AS r FINAL
    WHERE r.minute >= {from_:DateTime('UTC')} AND r.minute < {to_:DateTime('UTC')}
    GROUP BY workload, bucket
    HAVING sum(r.calls) > 0
)
GROUP BY workload
ORDER BY workload
