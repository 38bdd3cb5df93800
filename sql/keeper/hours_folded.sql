-- purpose: which of some hours are already folded
-- grain: one hour
-- params: hours Array(UInt32) starts of the hours, unix seconds
-- reads: calls_rollup
SELECT DISTINCT toUnixTimestamp(minute) AS hour
FROM calls_rollup FINAL
WHERE bucket_s = 3600 AND toUnixTimestamp(minute) IN {hours:Array(UInt32)}
