-- purpose: what the calls of a period did with the cache of each prompt prefix: settled hours and days from cache_runs, the rest from llm_calls
-- grain: one prefix of a workload, agent and model; and, as prefix 0, the pauses within settled buckets between calls of all its prefixes
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive; longest_s UInt32 longest bucket read as runs: 86400, or 3600 for hours alone;
--   environments, tiers and tenants Array(String) empty = all; of some, every call is read, as runs do not know them
-- Pieces of a prefix are joined in order of time: a write that nothing read in its own piece is read by the first read of a later one, or never.
-- own_gaps_ms are the pauses that no settled row counts: between loose calls, and from piece to piece.
-- No minute is listed in which nothing can lie (reach), however wide the period is.
-- The buckets are looked up once (a scalar), so that both halves go by the same: no call is missed or read twice while a bucket changes.
CREATE VIEW IF NOT EXISTS cache_runs_in AS
SELECT
    workload, agent, model, is_named, prefix,
    sum(p.calls) AS calls,
    arraySort(groupArrayIf((p.first_us, p.last_us, p.first_read_us, p.pending), p.calls > 0)) AS pieces,
    arrayMap(piece -> piece.3, pieces) AS reads,
    arrayPopFront(arrayReverseFill(us -> us != 0, arrayPushBack(reads, 0))) AS next_reads,
    pieces[1].1 AS first_us,
    pieces[-1].2 AS last_us,
    arrayFirst(us -> us != 0, reads) AS first_read_us,
    sum(p.writes) AS writes,
    sum(p.long_writes) AS long_writes,
    sum(p.write_usd) AS write_usd,
    arrayFlatten(arrayMap((piece, next) -> arrayFilter(w -> next != 0 AND next > w.1, piece.4), pieces, next_reads)) AS late,
    sum(p.missed) + length(late) AS missed,
    sum(p.missed_usd) + arraySum(arrayMap(w -> toDecimal128(w.2, 12), late)) AS missed_usd,
    arrayFlatten(arrayMap((piece, next) -> if(next = 0, piece.4, []), pieces, next_reads)) AS pending,
    arrayConcat(
        groupArrayArray(p.gaps_ms),
        arrayPopFront(arrayMap((piece, before) -> toInt64(intDiv(piece.1, 1000)) - toInt64(intDiv(before.2, 1000)), pieces, arraySlice(arrayPushFront(pieces, (0, 0, 0, [])), 1, length(pieces))))
    ) AS own_gaps_ms,
    sum(p.gaps) + length(own_gaps_ms) AS gaps,
    sum(p.short_gaps) + arrayCount(ms -> ms <= 300000, own_gaps_ms) AS short_gaps,
    sum(p.hour_gaps) + arrayCount(ms -> ms > 300000 AND ms <= 3600000, own_gaps_ms) AS hour_gaps,
    sumMap(p.gap_steps, p.gap_counts) AS steps,
    steps.1 AS gap_steps,
    steps.2 AS gap_counts
FROM
(
    WITH (SELECT groupArray((bucket_s, bucket, sums)) FROM summed_within(basis = 'start', froms = [{from_:DateTime64(6,'UTC')}], tos = [{to_:DateTime64(6,'UTC')}], longest_s = if(empty({tenants:Array(String)}) AND empty({environments:Array(String)}) AND empty({tiers:Array(String)}), {longest_s:UInt32}, 0))) AS whole
    SELECT
        workload, agent, model, is_named, prefix, calls, first_us, last_us, first_read_us, writes, long_writes, write_usd, missed, missed_usd, pending, gaps, short_gaps, hour_gaps,
        CAST([], 'Array(Int64)') AS gaps_ms, gap_steps, gap_counts
    FROM cache_runs
    WHERE (bucket_s, bucket, version) IN (SELECT w.1, w.2, w.3 FROM (SELECT arrayJoin(whole) AS w))
    UNION ALL
    WITH (SELECT groupArray((bucket_s, bucket, sums)) FROM summed_within(basis = 'start', froms = [{from_:DateTime64(6,'UTC')}], tos = [{to_:DateTime64(6,'UTC')}], longest_s = if(empty({tenants:Array(String)}) AND empty({environments:Array(String)}) AND empty({tiers:Array(String)}), {longest_s:UInt32}, 0))) AS whole,
        (SELECT (min(started_at), max(started_at)) FROM llm_calls) AS reach,
        ifNull(c.cache_write_short_tokens, 0) + ifNull(c.cache_write_long_tokens, 0) > 0 AS wrote,
        ifNull(c.cache_write_long_tokens, 0) > 0 AS is_long,
        toUInt64(toUnixTimestamp64Micro(c.started_at)) AS at,
        at + toUInt64((multiIf(is_long, 3600, c.provider = 'openai', 1800, 300) + ifNull(c.duration_s, 0)) * 1000000) AS until,
        -- Microseconds times four, plus 2 for a write, plus 1 for a read: sorting numbers costs a small part of sorting rows.
        arraySort(groupArray(at * 4 + wrote * 2 + (ifNull(c.cache_read_tokens, 0) > 0))) AS in_order,
        arraySort(groupArrayIf((at, until, ifNull(c.cache_write_cost_usd, toDecimal64(0, 12)), is_long), wrote)) AS written,
        arrayPopFront(arrayReverseFill(call -> bitTest(call, 0) OR call = 0, arrayPushBack(in_order, 0))) AS next_reads,
        arrayFilter((next, call) -> bitTest(call, 1), next_reads, in_order) AS after_writes,
        arrayFilter((write, next) -> next != 0 AND intDiv(next, 4) > write.2, written, after_writes) AS too_late
    SELECT
        c.workload AS workload, c.agent AS agent, if(c.response_model != '', c.response_model, c.request_model) AS model,
        c.prefix_hash != '' AS is_named,
        greatest(1, sipHash64(c.prefix_hash, if(is_named, '', toString(c.prompt_version)), if(is_named, '', toString(c.tenant)))) AS prefix,
        count() AS calls,
        intDiv(in_order[1], 4) AS first_us,
        intDiv(in_order[-1], 4) AS last_us,
        intDiv(arrayFirst(call -> bitTest(call, 0), in_order), 4) AS first_read_us,
        toUInt64(length(written)) AS writes,
        toUInt64(arrayCount(write -> write.4, written)) AS long_writes,
        arraySum(arrayMap(write -> toDecimal128(write.3, 12), written)) AS write_usd,
        toUInt64(length(too_late)) AS missed,
        arraySum(arrayMap(write -> toDecimal128(write.3, 12), too_late)) AS missed_usd,
        arrayMap((write, next) -> (write.2, write.3), arrayFilter((write, next) -> next = 0, written, after_writes), arrayFilter(next -> next = 0, after_writes)) AS pending,
        toUInt64(0) AS gaps, toUInt64(0) AS short_gaps, toUInt64(0) AS hour_gaps,
        arrayPopFront(arrayDifference(arrayMap(call -> toInt64(intDiv(call, 4000)), in_order))) AS gaps_ms,
        CAST([], 'Array(UInt16)') AS gap_steps, CAST([], 'Array(UInt64)') AS gap_counts
    FROM llm_calls AS c FINAL
    WHERE toStartOfMinute(c.started_at) IN
        (
            SELECT toDateTime(m * 60, 'UTC') AS minute
            FROM (SELECT arrayJoin(range(toUInt32(intDiv(toUnixTimestamp(greatest({from_:DateTime64(6,'UTC')}, reach.1)), 60)), toUInt32(intDiv(toUnixTimestamp(least({to_:DateTime64(6,'UTC')}, reach.2)), 60)) + 1)) AS m)
            WHERE toStartOfHour(minute) NOT IN (SELECT arrayJoin(arrayMap(w -> w.2, arrayFilter(w -> w.1 = 3600, whole))))
                AND toStartOfDay(minute) NOT IN (SELECT arrayJoin(arrayMap(w -> w.2, arrayFilter(w -> w.1 = 86400, whole))))
        )
        AND c.started_at >= {from_:DateTime64(6,'UTC')} AND c.started_at < {to_:DateTime64(6,'UTC')}
        AND c.cache_read_tokens IS NOT NULL AND c.status = 'ok'
        AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, c.environment))
        AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, c.tier))
        AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, c.tenant))
    GROUP BY workload, agent, model, is_named, prefix, toStartOfHour(toDateTime(c.started_at))
) AS p
GROUP BY workload, agent, model, is_named, prefix
