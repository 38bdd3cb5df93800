-- purpose: how many calls started in every hour, and how many belong to tasks that ended in it
-- grain: one hour of one basis
-- params: from_ UInt32 unix seconds; to_ UInt32 unix seconds
-- reads: calls_rollup, tasks
SELECT 'start' AS basis, toUnixTimestamp(toStartOfHour(minute)) AS hour, sum(calls) AS calls
FROM calls_rollup FINAL
WHERE minute >= toDateTime({from_:UInt32}, 'UTC') AND minute < toDateTime({to_:UInt32}, 'UTC')
GROUP BY hour
UNION ALL
SELECT 'end' AS basis, toUnixTimestamp(toStartOfHour(ended_at)) AS hour, sum(calls) AS calls
FROM tasks FINAL
WHERE toDate(ended_at) >= toDate(toDateTime({from_:UInt32}, 'UTC')) AND toDate(ended_at) <= toDate(toDateTime({to_:UInt32}, 'UTC'))
GROUP BY hour
HAVING hour >= {from_:UInt32} AND hour < {to_:UInt32}
SETTINGS do_not_merge_across_partitions_select_final = 1
