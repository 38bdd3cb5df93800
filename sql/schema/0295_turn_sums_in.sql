-- purpose: what the calls of a period cost and how long their prompts are by turn: settled hours and days from turn_sums, the rest from llm_calls
--   Columns ending in _exact hold the values themselves (a sample of 8,192 where there are more) of the loose calls alone: where all calls are loose, they are to be used
-- grain: one combination of names in one bucket, or in all loose minutes
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive; longest_s UInt32 longest bucket read as sums: 86400, or 3600 for hours alone;
--   tenants Array(String) empty = all; of some, every call is read, as these sums know no tenant
-- No minute is listed in which nothing can lie (reach), however wide the period is.
-- The buckets are looked up once (a scalar), so that both halves go by the same: no call is missed or read twice while a bucket changes.
CREATE VIEW IF NOT EXISTS turn_sums_in AS
WITH (SELECT groupArray((bucket_s, bucket, sums)) FROM summed_within(basis = 'start', froms = [{from_:DateTime64(6,'UTC')}], tos = [{to_:DateTime64(6,'UTC')}], longest_s = if(empty({tenants:Array(String)}), {longest_s:UInt32}, 0))) AS whole
SELECT
    workload, agent, turn, model, tier, environment, calls, toUInt64(0) AS loose_calls, priced_calls, list_cost_usd, original_cost_usd, output_tokens, input_tokens, costs_nano_usd,
    defaultValueOfTypeName('AggregateFunction(quantilesDeterministic(0.5, 0.95), Float64, UInt64)') AS input_tokens_exact,
    defaultValueOfTypeName('AggregateFunction(quantilesDeterministic(0.5, 0.95), Float64, UInt64)') AS costs_nano_usd_exact
FROM turn_sums
WHERE (bucket_s, bucket, version) IN (SELECT w.1, w.2, w.3 FROM (SELECT arrayJoin(whole) AS w))
UNION ALL
WITH (SELECT groupArray((bucket_s, bucket, sums)) FROM summed_within(basis = 'start', froms = [{from_:DateTime64(6,'UTC')}], tos = [{to_:DateTime64(6,'UTC')}], longest_s = if(empty({tenants:Array(String)}), {longest_s:UInt32}, 0))) AS whole,
    (SELECT (min(started_at), max(started_at)) FROM llm_calls) AS reach
SELECT
    c.workload AS workload, c.agent AS agent, toUInt8(least(c.turn, 60)) AS turn, if(c.response_model != '', c.response_model, c.request_model) AS model, c.tier AS tier, c.environment AS environment,
    count() AS calls, calls AS loose_calls, count(c.list_cost_usd) AS priced_calls, sum(toDecimal128(ifNull(c.list_cost_usd, 0), 12)) AS list_cost_usd,
    sum(toDecimal128(ifNull(c.original_cost_usd, 0), 12)) AS original_cost_usd, sum(ifNull(c.output_tokens, 0)) AS output_tokens,
    quantilesDDState(0.01, 0.5, 0.95)(toFloat64(ifNull(c.fresh_input_tokens, 0) + ifNull(c.cache_read_tokens, 0) + ifNull(c.cache_write_short_tokens, 0) + ifNull(c.cache_write_long_tokens, 0))) AS input_tokens,
    quantilesDDStateIf(0.01, 0.5, 0.95)(1e9 * toFloat64(ifNull(c.list_cost_usd, 0)), c.list_cost_usd IS NOT NULL) AS costs_nano_usd,
    quantilesDeterministicState(0.5, 0.95)(toFloat64(ifNull(c.fresh_input_tokens, 0) + ifNull(c.cache_read_tokens, 0) + ifNull(c.cache_write_short_tokens, 0) + ifNull(c.cache_write_long_tokens, 0)), toUInt64(toUnixTimestamp64Micro(c.started_at))) AS input_tokens_exact,
    quantilesDeterministicStateIf(0.5, 0.95)(1e9 * toFloat64(ifNull(c.list_cost_usd, 0)), toUInt64(toUnixTimestamp64Micro(c.started_at)), c.list_cost_usd IS NOT NULL) AS costs_nano_usd_exact
FROM llm_calls AS c FINAL
WHERE toStartOfMinute(c.started_at) IN
    (
        SELECT toDateTime(m * 60, 'UTC') AS minute
        FROM (SELECT arrayJoin(range(toUInt32(intDiv(toUnixTimestamp(greatest({from_:DateTime64(6,'UTC')}, reach.1)), 60)), toUInt32(intDiv(toUnixTimestamp(least({to_:DateTime64(6,'UTC')}, reach.2)), 60)) + 1)) AS m)
        WHERE toStartOfHour(minute) NOT IN (SELECT arrayJoin(arrayMap(w -> w.2, arrayFilter(w -> w.1 = 3600, whole))))
            AND toStartOfDay(minute) NOT IN (SELECT arrayJoin(arrayMap(w -> w.2, arrayFilter(w -> w.1 = 86400, whole))))
    )
    AND c.started_at >= {from_:DateTime64(6,'UTC')} AND c.started_at < {to_:DateTime64(6,'UTC')}
    AND c.fresh_input_tokens IS NOT NULL
    AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, c.tenant))
GROUP BY workload, agent, turn, model, tier, environment
