-- purpose: lets a batch add its own sums to a minute instead of summing the whole minute anew
-- grain: as calls_rollup, and one slice
ALTER TABLE calls_rollup
    ADD COLUMN IF NOT EXISTS slice UInt64 COMMENT '0 = the sums of the whole bucket, else the batch whose calls alone are summed' CODEC(ZSTD(1)),
    MODIFY ORDER BY (minute, workload, provider, model, tier, agent, environment, service_class, bucket_s, slice)
