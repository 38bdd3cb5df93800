-- purpose: takes back sums of combinations that no call of their bucket has any more, and minutes that were folded into hours
-- grain: one combination of names in one bucket
-- params: buckets Array(UInt32) starts of the buckets, unix seconds; bucket_s UInt16 their length; from_ UInt32 and to_ UInt32 the span they lie in; version UInt64 number of the batch
-- reads: calls_rollup; writes: calls_rollup
INSERT INTO calls_rollup (minute, bucket_s, workload, provider, model, tier, agent, environment, service_class, slice, version, is_deleted)
SELECT minute, bucket_s, workload, provider, model, tier, agent, environment, service_class, slice, {version:UInt64}, 1
FROM calls_rollup FINAL
WHERE minute >= toDateTime({from_:UInt32}, 'UTC') AND minute < toDateTime({to_:UInt32}, 'UTC')
    AND intDiv(toUnixTimestamp(minute), {bucket_s:UInt16}) * {bucket_s:UInt16} IN {buckets:Array(UInt32)}
    AND version < {version:UInt64}
