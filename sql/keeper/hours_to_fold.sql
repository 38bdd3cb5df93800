-- purpose: hours that still stand as minutes and are older than the limit
-- grain: one hour
-- params: before UInt32 unix seconds
-- reads: calls_rollup
SELECT DISTINCT toUnixTimestamp(toStartOfHour(minute)) AS hour
FROM calls_rollup FINAL
WHERE bucket_s = 60 AND minute < toDateTime({before:UInt32}, 'UTC')
ORDER BY hour
LIMIT 500
