-- purpose: levels and counts of the calls that started in some windows: settled hours and days from call_levels, the rest from llm_calls
--   Columns ending in _exact hold the values themselves (a sample of 8,192 where there are more) of the loose calls alone: where all calls are loose, they are to be used
-- grain: one combination of names in one bucket, or in all loose minutes
-- params: froms and tos Array(DateTime64(6,'UTC')) the windows, read together; longest_s UInt32 longest bucket read as sums: 86400, or 3600 for hours alone;
--   tenants Array(String) empty = all; of some, every call is read, as these sums know no tenant
-- No minute is listed in which nothing can lie (reach), however wide the windows are.
-- The buckets are looked up once (a scalar), so that both halves go by the same: no call is missed or read twice while a bucket changes.
CREATE VIEW IF NOT EXISTS call_levels_in AS
WITH (SELECT groupArray((bucket_s, bucket, sums)) FROM summed_within(basis = 'start', froms = {froms:Array(DateTime64(6,'UTC'))}, tos = {tos:Array(DateTime64(6,'UTC'))}, longest_s = if(empty({tenants:Array(String)}), {longest_s:UInt32}, 0))) AS whole
SELECT
    workload, agent, agent_role, architecture, step, provider, model, tier, service_class, latency_class, environment, calls, toUInt64(0) AS loose_calls, failed_calls, refused_calls,
    unpriced_calls, priced_calls, retries, list_cost_usd, fresh_input_cost_usd, cache_read_cost_usd, cache_write_cost_usd, output_cost_usd, fresh_input_tokens, cache_read_tokens,
    cache_write_short_tokens, cache_write_long_tokens, output_tokens, cache_known_calls, cache_known_fresh_tokens, cache_known_input_tokens, paid_fresh_tokens, paid_fresh_usd,
    retried_tokens, input_known_calls, max_input_tokens, duration_s, timed_calls, streamed_calls, limited_calls, least_tokens_left, least_calls_left, marked_calls, silent_calls, tasks,
    prompt_versions, prefixes, first_chunk_us, durations_us, input_tokens, costs_nano_usd, prefix_tokens, tokens_left,
    defaultValueOfTypeName('AggregateFunction(quantilesDeterministic(0.05, 0.5, 0.95, 0.99), Float64, UInt64)') AS first_chunk_us_exact,
    defaultValueOfTypeName('AggregateFunction(quantilesDeterministic(0.05, 0.5, 0.95, 0.99), Float64, UInt64)') AS durations_us_exact,
    defaultValueOfTypeName('AggregateFunction(quantilesDeterministic(0.05, 0.5, 0.95, 0.99), Float64, UInt64)') AS input_tokens_exact,
    defaultValueOfTypeName('AggregateFunction(quantilesDeterministic(0.05, 0.5, 0.95, 0.99), Float64, UInt64)') AS costs_nano_usd_exact,
    defaultValueOfTypeName('AggregateFunction(quantilesDeterministic(0.05, 0.5, 0.95, 0.99), Float64, UInt64)') AS prefix_tokens_exact,
    defaultValueOfTypeName('AggregateFunction(quantilesDeterministic(0.05, 0.5, 0.95, 0.99), Float64, UInt64)') AS tokens_left_exact
FROM call_levels
WHERE (bucket_s, bucket, version) IN (SELECT w.1, w.2, w.3 FROM (SELECT arrayJoin(whole) AS w))
UNION ALL
WITH (SELECT groupArray((bucket_s, bucket, sums)) FROM summed_within(basis = 'start', froms = {froms:Array(DateTime64(6,'UTC'))}, tos = {tos:Array(DateTime64(6,'UTC'))}, longest_s = if(empty({tenants:Array(String)}), {longest_s:UInt32}, 0))) AS whole,
    (SELECT (min(started_at), max(started_at)) FROM llm_calls) AS reach
SELECT
    workload, agent, agent_role, architecture, step, provider, model, tier, service_class, latency_class, environment, count() AS calls, calls AS loose_calls,
    countIf(is_failed) AS failed_calls, countIf(is_refused) AS refused_calls, countIf(is_unpriced) AS unpriced_calls, countIf(is_priced) AS priced_calls,
    sum(toUInt64(f.retries)) AS retries, sum(toDecimal128(usd, 12)) AS list_cost_usd, sum(toDecimal128(fresh_usd, 12)) AS fresh_input_cost_usd,
    sum(toDecimal128(read_usd, 12)) AS cache_read_cost_usd, sum(toDecimal128(write_usd, 12)) AS cache_write_cost_usd, sum(toDecimal128(output_usd, 12)) AS output_cost_usd,
    sum(fresh) AS fresh_input_tokens, sum(read) AS cache_read_tokens, sum(short) AS cache_write_short_tokens, sum(long) AS cache_write_long_tokens, sum(output) AS output_tokens,
    countIf(knows_cache) AS cache_known_calls, sumIf(fresh, knows_cache) AS cache_known_fresh_tokens, sumIf(input, knows_cache) AS cache_known_input_tokens,
    sumIf(fresh, paid_fresh) AS paid_fresh_tokens, sumIf(toDecimal128(fresh_usd, 12), fresh > 0) AS paid_fresh_usd, sumIf(input + output, is_failed OR is_abandoned) AS retried_tokens,
    countIf(knows_input) AS input_known_calls, max(input) AS max_input_tokens, sum(toFloat64(ifNull(f.duration_s, 0))) AS duration_s, count(f.duration_s) AS timed_calls,
    count(first_s) AS streamed_calls, countIf(f.tokens_left IS NOT NULL OR f.calls_left IS NOT NULL) AS limited_calls, min(ifNull(f.tokens_left, 18446744073709551615)) AS least_tokens_left,
    min(ifNull(f.calls_left, 18446744073709551615)) AS least_calls_left, countIf(prefix_hash != '') AS marked_calls, countIf(is_silent) AS silent_calls,
    uniqCombined64State(14)(sipHash64(task_id)) AS tasks, uniqCombined64State(14)(sipHash64(prompt_version)) AS prompt_versions,
    uniqCombined64StateIf(14)(sipHash64(prefix_hash), prefix_hash != '') AS prefixes,
    quantilesDDStateIf(0.01, 0.05, 0.5, 0.95, 0.99)(1e6 * toFloat64(ifNull(first_s, 0)), first_s IS NOT NULL) AS first_chunk_us,
    quantilesDDStateIf(0.01, 0.05, 0.5, 0.95, 0.99)(1e6 * toFloat64(ifNull(f.duration_s, 0)), f.duration_s IS NOT NULL) AS durations_us,
    quantilesDDStateIf(0.01, 0.05, 0.5, 0.95, 0.99)(toFloat64(input), knows_input) AS input_tokens, quantilesDDStateIf(0.01, 0.05, 0.5, 0.95, 0.99)(1e9 * toFloat64(usd), is_priced) AS costs_nano_usd,
    quantilesDDStateIf(0.01, 0.05, 0.5, 0.95, 0.99)(toFloat64(ifNull(f.prefix_tokens, 0)), prefix_hash != '' AND f.prefix_tokens IS NOT NULL) AS prefix_tokens,
    quantilesDDStateIf(0.01, 0.05, 0.5, 0.95, 0.99)(toFloat64(ifNull(f.tokens_left, 0)), f.tokens_left IS NOT NULL) AS tokens_left,
    quantilesDeterministicStateIf(0.05, 0.5, 0.95, 0.99)(1e6 * toFloat64(ifNull(first_s, 0)), toUInt64(toUnixTimestamp64Micro(started_at)), first_s IS NOT NULL) AS first_chunk_us_exact,
    quantilesDeterministicStateIf(0.05, 0.5, 0.95, 0.99)(1e6 * toFloat64(ifNull(f.duration_s, 0)), toUInt64(toUnixTimestamp64Micro(started_at)), f.duration_s IS NOT NULL) AS durations_us_exact,
    quantilesDeterministicStateIf(0.05, 0.5, 0.95, 0.99)(toFloat64(input), toUInt64(toUnixTimestamp64Micro(started_at)), knows_input) AS input_tokens_exact,
    quantilesDeterministicStateIf(0.05, 0.5, 0.95, 0.99)(1e9 * toFloat64(usd), toUInt64(toUnixTimestamp64Micro(started_at)), is_priced) AS costs_nano_usd_exact,
    quantilesDeterministicStateIf(0.05, 0.5, 0.95, 0.99)(toFloat64(ifNull(f.prefix_tokens, 0)), toUInt64(toUnixTimestamp64Micro(started_at)), prefix_hash != '' AND f.prefix_tokens IS NOT NULL) AS prefix_tokens_exact,
    quantilesDeterministicStateIf(0.05, 0.5, 0.95, 0.99)(toFloat64(ifNull(f.tokens_left, 0)), toUInt64(toUnixTimestamp64Micro(started_at)), f.tokens_left IS NOT NULL) AS tokens_left_exact
FROM call_facts AS f
WHERE toStartOfMinute(f.started_at) IN
    (
        SELECT toDateTime(m * 60, 'UTC') AS minute
        FROM (SELECT arrayJoin(arrayDistinct(arrayFlatten(arrayMap((a, b) -> range(toUInt32(intDiv(toUnixTimestamp(greatest(a, reach.1)), 60)), toUInt32(intDiv(toUnixTimestamp(least(b, reach.2)), 60)) + 1), {froms:Array(DateTime64(6,'UTC'))}, {tos:Array(DateTime64(6,'UTC'))})))) AS m)
        WHERE toStartOfHour(minute) NOT IN (SELECT arrayJoin(arrayMap(w -> w.2, arrayFilter(w -> w.1 = 3600, whole))))
            AND toStartOfDay(minute) NOT IN (SELECT arrayJoin(arrayMap(w -> w.2, arrayFilter(w -> w.1 = 86400, whole))))
    )
    AND arraySum(arrayMap((a, b, n) -> if(f.started_at >= a AND f.started_at < b, bitShiftLeft(toUInt32(1), n - 1), toUInt32(0)), {froms:Array(DateTime64(6,'UTC'))}, {tos:Array(DateTime64(6,'UTC'))}, arrayEnumerate({froms:Array(DateTime64(6,'UTC'))}))) > 0
    AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, f.tenant))
GROUP BY workload, agent, agent_role, architecture, step, provider, model, tier, service_class, latency_class, environment
