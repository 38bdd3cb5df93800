-- purpose: how many calls ran at once and how long the first token took, in all and over time
-- grain: one row in all, and one per bucket that has calls; a call counts in the bucket in which it started
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   step_s UInt32 seconds in a bucket; workloads Array(String) empty = all; models Array(String) empty = all;
--   agents Array(String) empty = all; environments Array(String) empty = all; tiers Array(String) empty = all; tenants Array(String)
--   empty = all
-- columns: part text total or bucket; bucket UInt32 from 0, counted from the start of the period; calls
--   count; most_at_once count highest number of calls that ran at once in it, those included
--   that began in the hour before, if in the period or where sums of the hour stand; p50_first_s Nullable(Float64) seconds
--   to the first chunk of streamed calls; p95_first_s Nullable(Float64); p99_first_s Nullable(Float64);
--   streamed count calls that report it; refused count calls refused by a rate limit
-- tables: flight_slots, summed_buckets, llm_calls

-- Levels are exact up to 8,192 calls a bucket and beyond that taken from as many, chosen by the hash of their start; where slots of
-- settled hours are among them, within 1 % of the value. Numbers at once of two workloads do not add up, so slots
-- are read for all workloads or one, without another filter, and where buckets begin with slots.
-- Calls are counted at once within parts of at most an hour: sorting short lists costs a small part of sorting one long one.
WITH
    {step_s:UInt32} * 1000000 AS step_us,
    toUnixTimestamp64Micro({from_:DateTime64(6,'UTC')}) AS from_us,
    toUnixTimestamp64Micro({to_:DateTime64(6,'UTC')}) AS to_us,
    -- The longest part of an hour that divides a bucket.
    if({step_s:UInt32} % 3600 = 0, 3600, {step_s:UInt32}) * 1000000 AS slot_us,
    length({workloads:Array(String)}) <= 1 AND empty({models:Array(String)}) AND empty({agents:Array(String)}) AND empty({environments:Array(String)}) AND empty({tiers:Array(String)})
        AND empty({tenants:Array(String)}) AND {step_s:UInt32} % 15 = 0 AND from_us % 15000000 = 0 AND to_us % 15000000 = 0 AS in_slots,
    (
        SELECT groupArray((bucket, sums))
        FROM summed_within(basis = 'start', froms = [{from_:DateTime64(6,'UTC')}], tos = [{to_:DateTime64(6,'UTC')}], longest_s = 3600)
        WHERE in_slots
    ) AS whole,
    arrayMap(w -> w.1, whole) AS hours,
    (SELECT (min(started_at), max(started_at)) FROM llm_calls) AS reach,
    settled AS
    (
        SELECT
            toUInt32(intDiv(toInt64(toUnixTimestamp(f.slot)) * 1000000 - from_us, step_us)) AS bucket,
            sum(f.calls) AS started, maxIf(f.most_at_once, f.is_all = empty({workloads:Array(String)})) AS most, sum(f.streamed) AS streams, sum(f.refused) AS refusals,
            quantilesDDArrayState(0.01, 0.5, 0.95, 0.99)(arrayMap(us -> toFloat64(us), f.first_chunk_us)) AS firsts,
            defaultValueOfTypeName('AggregateFunction(quantilesDeterministic(0.5, 0.95, 0.99), Float64, UInt64)') AS firsts_exact, toUInt8(1) AS is_settled
        FROM flight_slots AS f
        WHERE (f.bucket, f.version) IN (SELECT w.1, w.2 FROM (SELECT arrayJoin(whole) AS w))
          AND (f.is_all OR empty({workloads:Array(String)}) OR has({workloads:Array(String)}, f.workload))
        GROUP BY bucket
    ),
    loose AS
    (
        SELECT
            toUInt32(intDiv(part * slot_us, step_us)) AS bucket,
            countIf(part = first_part AND counts) AS started,
            maxIntersections(greatest(began_us, part * slot_us), least(ended_us, (part + 1) * slot_us)) AS most,
            countIf(part = first_part AND counts AND first_us IS NOT NULL) AS streams,
            countIf(part = first_part AND counts AND is_refused) AS refusals,
            quantilesDDArrayState(0.01, 0.5, 0.95, 0.99)(if(part = first_part AND counts AND first_us IS NOT NULL, [assumeNotNull(first_us)], [])) AS firsts,
            quantilesDeterministicStateIf(0.5, 0.95, 0.99)(assumeNotNull(first_us), toUInt64(began_us + from_us), part = first_part AND counts AND first_us IS NOT NULL) AS firsts_exact,
            toUInt8(0) AS is_settled
        FROM
        (
            SELECT
                toUnixTimestamp64Micro(c.started_at) - from_us AS began_us,
                began_us + greatest(1, toInt64(greatest(ifNull(c.duration_s, 0) - 0.001, 0) * 1000000)) AS ended_us,
                toFloat64(c.time_to_first_chunk_s) * 1e6 AS first_us,
                c.status = 'error' AND match(lower(c.error_type), '429|rate.?limit|too.?many.?requests|overloaded|throttl') AS is_refused,
                NOT has(hours, toStartOfHour(toDateTime(c.started_at))) AS counts,
                intDiv(began_us, slot_us) AS first_part,
                intDiv(least(ended_us - 1, to_us - from_us - 1), slot_us) AS last_part
            FROM llm_calls AS c FINAL
            WHERE toStartOfMinute(c.started_at) IN
                (
                    -- Calls of a settled hour may still run in the next.
                    SELECT toDateTime(m * 60, 'UTC') AS minute
                    FROM (SELECT arrayJoin(range(toUInt32(intDiv(toUnixTimestamp(greatest({from_:DateTime64(6,'UTC')}, reach.1)), 60)), toUInt32(intDiv(toUnixTimestamp(least({to_:DateTime64(6,'UTC')}, reach.2)), 60)) + 1)) AS m)
                    WHERE toStartOfHour(minute) NOT IN (SELECT arrayJoin(hours)) OR addHours(toStartOfHour(minute), 1) NOT IN (SELECT arrayJoin(hours))
                )
              AND c.started_at >= {from_:DateTime64(6,'UTC')} AND c.started_at < {to_:DateTime64(6,'UTC')}
              AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, c.workload))
              AND (empty({models:Array(String)}) OR has({models:Array(String)}, if(c.response_model != '', c.response_model, c.request_model)))
              AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, c.agent))
              AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, c.environment))
              AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, c.tier))
              AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, c.tenant))
              AND c.service_class != 'batch'
        )
        ARRAY JOIN if(first_part >= last_part, [first_part], range(first_part, last_part + 1)) AS part
        GROUP BY part
    )
SELECT
    if(grouping(bucket) = 0, 'bucket', 'total') AS part,
    bucket,
    sum(started) AS calls,
    max(most) AS most_at_once,
    if(max(is_settled) = 1, quantilesDDArrayMerge(0.01, 0.5, 0.95, 0.99)(firsts), quantilesDeterministicMerge(0.5, 0.95, 0.99)(firsts_exact)) AS levels_us,
    if(streamed = 0, NULL, levels_us[1] / 1e6) AS p50_first_s,
    if(streamed = 0, NULL, levels_us[2] / 1e6) AS p95_first_s,
    if(streamed = 0, NULL, levels_us[3] / 1e6) AS p99_first_s,
    sum(streams) AS streamed,
    sum(refusals) AS refused
FROM (SELECT * FROM settled UNION ALL SELECT * FROM loose)
GROUP BY GROUPING SETS ((), (bucket))
ORDER BY part, bucket
