-- purpose: the summed buckets that lie whole in some windows: days where they stand, else hours
-- grain: one bucket
-- params: basis String; froms and tos Array(DateTime64(6,'UTC')) the windows; longest_s UInt32 86400, or 3600 for hours alone
CREATE VIEW IF NOT EXISTS summed_within AS
WITH inside AS
(
    SELECT bucket_s, bucket, sums
    FROM summed_buckets FINAL
    WHERE basis = {basis:String} AND bucket_s <= {longest_s:UInt32} AND identity(sums) > 0
        AND arrayExists((a, b) -> bucket >= a AND addSeconds(bucket, bucket_s) <= b, {froms:Array(DateTime64(6,'UTC'))}, {tos:Array(DateTime64(6,'UTC'))})
        AND NOT arrayExists((a, b) -> addSeconds(bucket, bucket_s) > a AND bucket < b AND (bucket < a OR addSeconds(bucket, bucket_s) > b), {froms:Array(DateTime64(6,'UTC'))}, {tos:Array(DateTime64(6,'UTC'))})
)
SELECT bucket_s, bucket, sums
FROM inside
WHERE bucket_s = 86400 OR toStartOfDay(bucket) NOT IN (SELECT bucket FROM inside WHERE bucket_s = 86400)
