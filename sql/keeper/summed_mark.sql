-- purpose: says under which version the sums of some buckets stand, or that none do
-- grain: one bucket
-- params: bases Array(String); sizes Array(UInt32) seconds; buckets Array(UInt32) starts, unix seconds; versions Array(UInt64) 0 = none; revision UInt64 number of the change
-- writes: summed_buckets
INSERT INTO summed_buckets (basis, bucket_s, bucket, sums, revision)
SELECT m.1, m.2, toDateTime(m.3, 'UTC'), m.4, {revision:UInt64}
FROM (SELECT arrayJoin(arrayZip({bases:Array(String)}, {sizes:Array(UInt32)}, {buckets:Array(UInt32)}, {versions:Array(UInt64)})) AS m)
