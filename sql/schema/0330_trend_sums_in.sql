-- purpose: sums of the calls of a period and the one before it, as fine as the steps of its course: settled hours and days that lie whole in one step from call_sums, the rest one by one from llm_calls
-- grain: one combination of names in one bucket, or one call
-- params: previous_from, from_ and to_ DateTime64(6,'UTC') the period before from previous_from, the period from from_ until to_; step_s UInt32 seconds of a step, counted from the start of each
-- A page's steps begin at any second: only the hours in which one ends are read call by call.
-- The buckets are looked up once (a scalar), so that both halves go by the same: no call is missed or read twice while a bucket changes.
CREATE VIEW IF NOT EXISTS trend_sums_in AS
WITH (
    WITH inside AS
    (
        SELECT bucket_s, bucket, sums
        FROM summed_buckets FINAL
        WHERE basis = 'start' AND identity(sums) > 0 AND bucket >= {previous_from:DateTime64(6,'UTC')} AND addSeconds(bucket, bucket_s) <= {to_:DateTime64(6,'UTC')} AND (bucket >= {from_:DateTime64(6,'UTC')} OR addSeconds(bucket, bucket_s) <= {from_:DateTime64(6,'UTC')})
            AND intDiv(dateDiff('second', if(bucket < {from_:DateTime64(6,'UTC')}, {previous_from:DateTime64(6,'UTC')}, {from_:DateTime64(6,'UTC')}), bucket), {step_s:UInt32}) = intDiv(dateDiff('second', if(bucket < {from_:DateTime64(6,'UTC')}, {previous_from:DateTime64(6,'UTC')}, {from_:DateTime64(6,'UTC')}), addSeconds(bucket, bucket_s)) - 1, {step_s:UInt32})
    )
    SELECT groupArray((bucket_s, bucket, sums)) FROM inside WHERE bucket_s = 86400 OR toStartOfDay(bucket) NOT IN (SELECT bucket FROM inside WHERE bucket_s = 86400)
) AS whole
SELECT
    toDateTime64(bucket, 6, 'UTC') AS at, workload, model, agent, environment, tier, tenant, calls, failed_calls, unpriced_calls, list_cost_usd, abandoned_cost_usd,
    cache_read_tokens, cache_known_input_tokens, attempts, escalated_calls
FROM call_sums
WHERE (bucket_s, bucket, version) IN (SELECT w.1, w.2, w.3 FROM (SELECT arrayJoin(whole) AS w))
UNION ALL
WITH (
    WITH inside AS
    (
        SELECT bucket_s, bucket, sums
        FROM summed_buckets FINAL
        WHERE basis = 'start' AND identity(sums) > 0 AND bucket >= {previous_from:DateTime64(6,'UTC')} AND addSeconds(bucket, bucket_s) <= {to_:DateTime64(6,'UTC')} AND (bucket >= {from_:DateTime64(6,'UTC')} OR addSeconds(bucket, bucket_s) <= {from_:DateTime64(6,'UTC')})
            AND intDiv(dateDiff('second', if(bucket < {from_:DateTime64(6,'UTC')}, {previous_from:DateTime64(6,'UTC')}, {from_:DateTime64(6,'UTC')}), bucket), {step_s:UInt32}) = intDiv(dateDiff('second', if(bucket < {from_:DateTime64(6,'UTC')}, {previous_from:DateTime64(6,'UTC')}, {from_:DateTime64(6,'UTC')}), addSeconds(bucket, bucket_s)) - 1, {step_s:UInt32})
    )
    SELECT groupArray((bucket_s, bucket, sums)) FROM inside WHERE bucket_s = 86400 OR toStartOfDay(bucket) NOT IN (SELECT bucket FROM inside WHERE bucket_s = 86400)
) AS whole,
    (SELECT (min(started_at), max(started_at)) FROM llm_calls) AS reach
SELECT
    started_at AS at, workload, model, agent, environment, tier, tenant, toUInt64(1) AS calls, toUInt64(is_failed) AS failed_calls, toUInt64(is_unpriced) AS unpriced_calls,
    toDecimal128(usd, 12) AS list_cost_usd, toDecimal128(if(is_abandoned, usd, 0), 12) AS abandoned_cost_usd, read AS cache_read_tokens, if(knows_cache, input, 0) AS cache_known_input_tokens,
    toUInt64(is_attempt) AS attempts, toUInt64(is_escalated) AS escalated_calls
FROM call_facts
WHERE toStartOfMinute(started_at) IN
    (
        SELECT toDateTime(m * 60, 'UTC') AS minute
        FROM (SELECT arrayJoin(range(toUInt32(intDiv(toUnixTimestamp(greatest({previous_from:DateTime64(6,'UTC')}, reach.1)), 60)), toUInt32(intDiv(toUnixTimestamp(least({to_:DateTime64(6,'UTC')}, reach.2)), 60)) + 1)) AS m)
        WHERE toStartOfHour(minute) NOT IN (SELECT arrayJoin(arrayMap(w -> w.2, arrayFilter(w -> w.1 = 3600, whole))))
            AND toStartOfDay(minute) NOT IN (SELECT arrayJoin(arrayMap(w -> w.2, arrayFilter(w -> w.1 = 86400, whole))))
    )
    AND started_at >= {previous_from:DateTime64(6,'UTC')} AND started_at < {to_:DateTime64(6,'UTC')}
