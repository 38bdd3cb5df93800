-- purpose: how many calls ran at once in an hour and when their first chunk came, by slots of 15 seconds
-- grain: one slot and workload, and one slot of all workloads together
-- params: bucket UInt32 start of the hour, unix seconds; version UInt64 number under which the sums stand; from_ and to_ DateTime64(6,'UTC') its bounds
-- Calls that began up to an hour before may still run.
-- reads: llm_calls; writes: flight_slots
INSERT INTO flight_slots
SELECT
    toDateTime({bucket:UInt32}, 'UTC'),
    grouping(workload) = 1,
    workload,
    toDateTime(slot * 15, 'UTC'),
    if(grouping(workload) = 1, 0, countIf(slot = first_slot)),
    if(grouping(workload) = 1, 0, countIf(slot = first_slot AND first_us IS NOT NULL)),
    if(grouping(workload) = 1, 0, countIf(slot = first_slot AND is_refused)),
    maxIntersections(greatest(began_us, slot * 15000000), least(ended_us, (slot + 1) * 15000000)),
    if(grouping(workload) = 1, [], groupArrayIf(assumeNotNull(first_us), slot = first_slot AND first_us IS NOT NULL)),
    {version:UInt64}
FROM
(
    SELECT
        c.workload AS workload,
        toUnixTimestamp64Micro(c.started_at) AS began_us,
        began_us + greatest(1, toInt64(greatest(ifNull(c.duration_s, 0) - 0.001, 0) * 1000000)) AS ended_us,
        toFloat32(c.time_to_first_chunk_s * 1e6) AS first_us,
        c.status = 'error' AND match(lower(c.error_type), '429|rate.?limit|too.?many.?requests|overloaded|throttl') AS is_refused,
        intDiv(began_us, 15000000) AS first_slot,
        intDiv(least(ended_us - 1, toUnixTimestamp64Micro({to_:DateTime64(6,'UTC')}) - 1), 15000000) AS last_slot
    FROM llm_calls AS c FINAL
    WHERE c.started_at >= subtractHours({from_:DateTime64(6,'UTC')}, 1) AND c.started_at < {to_:DateTime64(6,'UTC')} AND c.service_class != 'batch'
)
ARRAY JOIN range(greatest(first_slot, intDiv({bucket:UInt32}, 15)), greatest(last_slot, first_slot) + 1) AS slot
GROUP BY GROUPING SETS ((slot), (slot, workload))
SETTINGS do_not_merge_across_partitions_select_final = 1, max_threads = 1
