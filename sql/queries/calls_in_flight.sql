-- purpose: how many calls ran at once and how long the first token took, in all and over time
-- grain: one row in all, and one per bucket that has calls; a call counts in the bucket in which it started
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   step_s UInt32 seconds in a bucket; workloads Array(String) empty = all; models Array(String) empty = all;
--   agents Array(String) empty = all; environments Array(String) empty = all; tiers Array(String) empty = all; tenants Array(String)
--   empty = all
-- columns: part text total or bucket; bucket UInt32 from 0, counted from the start of the period; calls
--   count; most_at_once count highest number of calls that ran at once in it, wherever
--   in the period they started; p50_first_s Nullable(Float64) seconds
--   to the first chunk of streamed calls; p95_first_s Nullable(Float64); p99_first_s Nullable(Float64);
--   streamed count calls that report it; refused count calls refused by a rate limit
-- tables: llm_calls

-- Levels are exact up to 8,192 calls a bucket and beyond that taken from as many, chosen by the hash of their start.
-- Calls are counted at once within slots of at most an hour: sorting short lists costs a small part of sorting one long one.
WITH
    {step_s:UInt32} * 1000000 AS step_us,
    -- The longest part of an hour that divides a bucket.
    if({step_s:UInt32} % 3600 = 0, 3600, {step_s:UInt32}) * 1000000 AS slot_us,
    started AS
    (
        SELECT
            toUInt32(intDiv(dateDiff('microsecond', {from_:DateTime64(6,'UTC')}, c.started_at), step_us)) AS bucket,
            count() AS calls,
            quantilesDeterministicStateIf(0.5, 0.95, 0.99)(assumeNotNull(time_to_first_chunk_s), toUInt64(toUnixTimestamp64Micro(c.started_at)), time_to_first_chunk_s IS NOT NULL) AS firsts,
            count(time_to_first_chunk_s) AS streamed,
            countIf(c.status = 'error' AND match(lower(c.error_type), '429|rate.?limit|too.?many.?requests|overloaded|throttl')) AS refused
        FROM llm_calls AS c FINAL
        WHERE c.started_at >= {from_:DateTime64(6,'UTC')} AND c.started_at < {to_:DateTime64(6,'UTC')}
          AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, c.workload))
          AND (empty({models:Array(String)}) OR has({models:Array(String)}, if(c.response_model != '', c.response_model, c.request_model)))
          AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, c.agent))
          AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, c.environment))
          AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, c.tier))
          AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, c.tenant))
          AND service_class != 'batch'
        GROUP BY bucket
    ),
    running AS
    (
        SELECT toUInt32(intDiv(slot * slot_us, step_us)) AS bucket, max(together) AS most
        FROM
        (
            SELECT slot, maxIntersections(began_us, ended_us) AS together
            FROM
            (
                SELECT
                    dateDiff('microsecond', {from_:DateTime64(6,'UTC')}, c.started_at) AS began_us,
                    began_us + toInt64(greatest(ifNull(c.duration_s, 0) - 0.001, 0) * 1000000) AS ended_us,
                    intDiv(began_us, slot_us) AS first_slot,
                    intDiv(least(ended_us, dateDiff('microsecond', {from_:DateTime64(6,'UTC')}, {to_:DateTime64(6,'UTC')}) - 1), slot_us) AS last_slot
                FROM llm_calls AS c FINAL
                WHERE c.started_at >= {from_:DateTime64(6,'UTC')} AND c.started_at < {to_:DateTime64(6,'UTC')}
                  AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, c.workload))
          AND (empty({models:Array(String)}) OR has({models:Array(String)}, if(c.response_model != '', c.response_model, c.request_model)))
          AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, c.agent))
          AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, c.environment))
          AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, c.tier))
                  AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, c.tenant))
          AND service_class != 'batch'
            )
            ARRAY JOIN if(first_slot = last_slot, [first_slot], range(first_slot, last_slot + 1)) AS slot
            GROUP BY slot
        )
        GROUP BY bucket
    )
SELECT
    if(grouping(bucket) = 0, 'bucket', 'total') AS part,
    r.bucket AS bucket,
    sum(s.calls) AS calls,
    max(r.most) AS most_at_once,
    quantilesDeterministicMerge(0.5, 0.95, 0.99)(firsts) AS levels_first_s,
    if(isNaN(levels_first_s[1]), NULL, levels_first_s[1]) AS p50_first_s,
    if(isNaN(levels_first_s[2]), NULL, levels_first_s[2]) AS p95_first_s,
    if(isNaN(levels_first_s[3]), NULL, levels_first_s[3]) AS p99_first_s,
    sum(s.streamed) AS streamed,
    sum(s.refused) AS refused
FROM running AS r
LEFT JOIN started AS s ON s.bucket = r.bucket
GROUP BY GROUPING SETS ((), (bucket))
ORDER BY part, bucket
