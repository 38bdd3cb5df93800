-- purpose: sums of the calls that started in some windows: settled hours and days from call_sums, the rest one by one from llm_calls
-- grain: one combination of names in one bucket, or one call
-- params: froms and tos Array(DateTime64(6,'UTC')) the windows, read together; longest_s UInt32 longest bucket read as sums: 86400, or 3600 for hours alone
-- No minute is listed in which nothing can lie (reach), however wide the windows are.
-- The buckets are looked up once (a scalar), so that both halves go by the same: no call is missed or read twice while a bucket changes.
CREATE VIEW IF NOT EXISTS call_sums_in AS
WITH (SELECT groupArray((bucket_s, bucket, sums)) FROM summed_within(basis = 'start', froms = {froms:Array(DateTime64(6,'UTC'))}, tos = {tos:Array(DateTime64(6,'UTC'))}, longest_s = {longest_s:UInt32})) AS whole
SELECT
    toDateTime64(bucket, 6, 'UTC') AS at, arraySum(arrayMap((a, b, n) -> if(bucket >= a AND bucket < b, bitShiftLeft(toUInt32(1), n - 1), toUInt32(0)), {froms:Array(DateTime64(6,'UTC'))}, {tos:Array(DateTime64(6,'UTC'))}, arrayEnumerate({froms:Array(DateTime64(6,'UTC'))}))) AS windows,
    workload, agent, agent_role, provider, model, tier, service_class, latency_class, prompt_version, change, tenant, environment, calls, failed_calls, unpriced_calls, repriced_calls, fallback_calls,
    list_cost_usd, fresh_input_cost_usd, cache_read_cost_usd, cache_write_cost_usd, output_cost_usd, abandoned_cost_usd, reported_cost_usd, reported_list_cost_usd, fresh_input_tokens,
    cache_read_tokens, cache_write_short_tokens, cache_write_long_tokens, output_tokens, cache_known_calls, cache_known_fresh_tokens, cache_known_input_tokens, paid_fresh_tokens,
    paid_fresh_usd, attempts, escalated_calls, abandoned_calls, dearest_usd, dearest_task
FROM call_sums
WHERE (bucket_s, bucket, version) IN (SELECT w.1, w.2, w.3 FROM (SELECT arrayJoin(whole) AS w))
UNION ALL
WITH (SELECT groupArray((bucket_s, bucket, sums)) FROM summed_within(basis = 'start', froms = {froms:Array(DateTime64(6,'UTC'))}, tos = {tos:Array(DateTime64(6,'UTC'))}, longest_s = {longest_s:UInt32})) AS whole,
    (SELECT (min(started_at), max(started_at)) FROM llm_calls) AS reach
SELECT
    started_at AS at, arraySum(arrayMap((a, b, n) -> if(started_at >= a AND started_at < b, bitShiftLeft(toUInt32(1), n - 1), toUInt32(0)), {froms:Array(DateTime64(6,'UTC'))}, {tos:Array(DateTime64(6,'UTC'))}, arrayEnumerate({froms:Array(DateTime64(6,'UTC'))}))) AS windows,
    workload, agent, agent_role, provider, model, tier, service_class, latency_class, prompt_version, change, tenant, environment, toUInt64(1) AS calls, toUInt64(is_failed) AS failed_calls,
    toUInt64(is_unpriced) AS unpriced_calls, toUInt64(is_repriced) AS repriced_calls, toUInt64(is_fallback) AS fallback_calls, toDecimal128(usd, 12) AS list_cost_usd, toDecimal128(fresh_usd, 12) AS fresh_input_cost_usd,
    toDecimal128(read_usd, 12) AS cache_read_cost_usd, toDecimal128(write_usd, 12) AS cache_write_cost_usd, toDecimal128(output_usd, 12) AS output_cost_usd,
    toDecimal128(if(is_abandoned, usd, 0), 12) AS abandoned_cost_usd, toDecimal128(if(is_priced, reported_usd, 0), 12) AS reported_cost_usd,
    toDecimal128(if(is_reported, usd, 0), 12) AS reported_list_cost_usd, fresh AS fresh_input_tokens, read AS cache_read_tokens, short AS cache_write_short_tokens,
    long AS cache_write_long_tokens, output AS output_tokens, toUInt64(knows_cache) AS cache_known_calls, if(knows_cache, fresh, 0) AS cache_known_fresh_tokens,
    if(knows_cache, input, 0) AS cache_known_input_tokens, if(paid_fresh, fresh, 0) AS paid_fresh_tokens, toDecimal128(if(fresh > 0, fresh_usd, 0), 12) AS paid_fresh_usd,
    toUInt64(is_attempt) AS attempts, toUInt64(is_escalated) AS escalated_calls, toUInt64(is_abandoned) AS abandoned_calls, usd AS dearest_usd, task_id AS dearest_task
FROM call_facts
WHERE toStartOfMinute(started_at) IN
    (
        SELECT toDateTime(m * 60, 'UTC') AS minute
        FROM (SELECT arrayJoin(arrayDistinct(arrayFlatten(arrayMap((a, b) -> range(toUInt32(intDiv(toUnixTimestamp(greatest(a, reach.1)), 60)), toUInt32(intDiv(toUnixTimestamp(least(b, reach.2)), 60)) + 1), {froms:Array(DateTime64(6,'UTC'))}, {tos:Array(DateTime64(6,'UTC'))})))) AS m)
        WHERE toStartOfHour(minute) NOT IN (SELECT arrayJoin(arrayMap(w -> w.2, arrayFilter(w -> w.1 = 3600, whole))))
            AND toStartOfDay(minute) NOT IN (SELECT arrayJoin(arrayMap(w -> w.2, arrayFilter(w -> w.1 = 86400, whole))))
    )
    AND windows > 0
