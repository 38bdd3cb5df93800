-- purpose: the buckets whose sums stand
-- grain: one bucket
-- reads: summed_buckets
SELECT toString(basis) AS basis, bucket_s, toUnixTimestamp(bucket) AS bucket, sums
FROM summed_buckets FINAL
WHERE identity(sums) > 0
