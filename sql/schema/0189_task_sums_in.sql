-- purpose: what the tasks that ended in some windows used and cost: settled hours and days from task_sums, the rest call by call
-- grain: one combination of names in one bucket, or one call
-- params: froms and tos Array(DateTime64(6,'UTC')) the windows, read together; longest_s UInt32 longest bucket read as sums: 86400, or 3600 for hours alone
-- No minute is listed in which nothing can lie (reach), however wide the windows are.
-- The buckets are looked up once (a scalar), so that both halves go by the same: no call is missed or read twice while a bucket changes.
-- The cost of a cache write is stored as one amount; it is split by what short and long writes cost in the book.
CREATE VIEW IF NOT EXISTS task_sums_in AS
WITH (SELECT groupArray((bucket_s, bucket, sums)) FROM summed_within(basis = 'end', froms = {froms:Array(DateTime64(6,'UTC'))}, tos = {tos:Array(DateTime64(6,'UTC'))}, longest_s = {longest_s:UInt32})) AS whole
SELECT
    toDateTime64(bucket, 6, 'UTC') AS at, arraySum(arrayMap((a, b, n) -> if(bucket >= a AND bucket < b, bitShiftLeft(toUInt32(1), n - 1), toUInt32(0)), {froms:Array(DateTime64(6,'UTC'))}, {tos:Array(DateTime64(6,'UTC'))}, arrayEnumerate({froms:Array(DateTime64(6,'UTC'))}))) AS windows,
    workload, environment, tenant, change, agent, tier, prompt_version, provider, model, service_class, price_tier, calls, unpriced_calls, fresh_input_tokens, cache_read_tokens,
    cache_write_short_tokens, cache_write_long_tokens, output_tokens, fresh_input_cost_usd, cache_read_cost_usd, cache_write_short_cost_usd, cache_write_long_cost_usd, output_cost_usd,
    tool_fee_usd, list_cost_usd
FROM task_sums
WHERE (bucket_s, bucket, version) IN (SELECT w.1, w.2, w.3 FROM (SELECT arrayJoin(whole) AS w))
UNION ALL
WITH
    (SELECT groupArray((bucket_s, bucket, sums)) FROM summed_within(basis = 'end', froms = {froms:Array(DateTime64(6,'UTC'))}, tos = {tos:Array(DateTime64(6,'UTC'))}, longest_s = {longest_s:UInt32})) AS whole,
    (SELECT (min(ended_at), max(ended_at)) FROM tasks) AS reach,
    -- Parts are chosen by whole days: a bound inside a day could leave an older version of a task standing.
    ended AS
    (
        SELECT t.task_id AS task_id, t.workload AS workload, t.environment AS environment, t.tenant AS tenant, t.change AS change, t.started_at AS began, t.ended_at AS ended_at
        FROM tasks AS t FINAL
        WHERE toDate(t.ended_at) IN (SELECT toDate(minute) FROM (SELECT toDateTime(m * 60, 'UTC') AS minute
        FROM (SELECT arrayJoin(arrayDistinct(arrayFlatten(arrayMap((a, b) -> range(toUInt32(intDiv(toUnixTimestamp(greatest(a, reach.1)), 60)), toUInt32(intDiv(toUnixTimestamp(least(b, reach.2)), 60)) + 1), {froms:Array(DateTime64(6,'UTC'))}, {tos:Array(DateTime64(6,'UTC'))})))) AS m)
        WHERE toStartOfHour(minute) NOT IN (SELECT arrayJoin(arrayMap(w -> w.2, arrayFilter(w -> w.1 = 3600, whole))))
            AND toStartOfDay(minute) NOT IN (SELECT arrayJoin(arrayMap(w -> w.2, arrayFilter(w -> w.1 = 86400, whole))))))
            AND toStartOfMinute(identity(t.ended_at)) IN (SELECT toDateTime(m * 60, 'UTC') AS minute
        FROM (SELECT arrayJoin(arrayDistinct(arrayFlatten(arrayMap((a, b) -> range(toUInt32(intDiv(toUnixTimestamp(greatest(a, reach.1)), 60)), toUInt32(intDiv(toUnixTimestamp(least(b, reach.2)), 60)) + 1), {froms:Array(DateTime64(6,'UTC'))}, {tos:Array(DateTime64(6,'UTC'))})))) AS m)
        WHERE toStartOfHour(minute) NOT IN (SELECT arrayJoin(arrayMap(w -> w.2, arrayFilter(w -> w.1 = 3600, whole))))
            AND toStartOfDay(minute) NOT IN (SELECT arrayJoin(arrayMap(w -> w.2, arrayFilter(w -> w.1 = 86400, whole)))))
            AND arraySum(arrayMap((a, b, n) -> if(t.ended_at >= a AND t.ended_at < b, bitShiftLeft(toUInt32(1), n - 1), toUInt32(0)), {froms:Array(DateTime64(6,'UTC'))}, {tos:Array(DateTime64(6,'UTC'))}, arrayEnumerate({froms:Array(DateTime64(6,'UTC'))}))) > 0
    ),
    booked AS
    (
        SELECT
            toString(book_version) AS book_version, price_row, toString(region) AS region, above_input_tokens AS above,
            cache_write_short_usd_per_mtok AS write_short, cache_write_long_usd_per_mtok AS write_long
        FROM price_book FINAL
    ),
    toFloat64(c.short) * toFloat64(ifNull(p.write_short, 0)) AS short_weight,
    toFloat64(c.long) * toFloat64(ifNull(p.write_long, 0)) AS long_weight,
    multiIf(c.long = 0, toDecimal128(0, 12), c.short = 0, toDecimal128(c.write_usd, 12),
        toDecimal128(toFloat64(c.write_usd) * if(short_weight + long_weight > 0, long_weight / (short_weight + long_weight), c.long / (c.short + c.long)), 12)) AS long_usd
SELECT
    e.ended_at AS at, arraySum(arrayMap((a, b, n) -> if(e.ended_at >= a AND e.ended_at < b, bitShiftLeft(toUInt32(1), n - 1), toUInt32(0)), {froms:Array(DateTime64(6,'UTC'))}, {tos:Array(DateTime64(6,'UTC'))}, arrayEnumerate({froms:Array(DateTime64(6,'UTC'))}))) AS windows,
    e.workload AS workload, e.environment AS environment, e.tenant AS tenant, e.change AS change, c.agent AS agent, c.tier AS tier, c.prompt_version AS prompt_version,
    c.provider AS provider, c.model AS model, c.service_class AS service_class,
    toLowCardinality(trim(concat(p.region, if(p.above > 0, concat(' above ', toString(p.above)), '')))) AS price_tier, toUInt64(is_priced) AS calls, toUInt64(is_unpriced) AS unpriced_calls,
    if(is_priced, fresh, 0) AS fresh_input_tokens, if(is_priced, read, 0) AS cache_read_tokens, if(is_priced, short, 0) AS cache_write_short_tokens,
    if(is_priced, long, 0) AS cache_write_long_tokens, if(is_priced, output, 0) AS output_tokens, toDecimal128(if(is_priced, fresh_usd, 0), 12) AS fresh_input_cost_usd,
    toDecimal128(if(is_priced, read_usd, 0), 12) AS cache_read_cost_usd, if(is_priced, toDecimal128(write_usd, 12) - long_usd, toDecimal128(0, 12)) AS cache_write_short_cost_usd,
    if(is_priced, long_usd, toDecimal128(0, 12)) AS cache_write_long_cost_usd, toDecimal128(if(is_priced, output_usd, 0), 12) AS output_cost_usd,
    toDecimal128(if(is_priced, fee_usd, 0), 12) AS tool_fee_usd, toDecimal128(usd, 12) AS list_cost_usd
FROM call_facts AS c
INNER JOIN ended AS e ON e.task_id = c.task_id
LEFT JOIN booked AS p ON p.book_version = c.price_book_version AND p.price_row = c.price_row
WHERE toStartOfMinute(c.started_at) IN
    (
        SELECT arrayJoin(arrayMap(m -> toDateTime(m * 60, 'UTC'), range(h * 60, h * 60 + 60)))
        FROM (SELECT DISTINCT arrayJoin(range(toUInt32(intDiv(toUnixTimestamp(began), 3600)), toUInt32(intDiv(toUnixTimestamp(ended_at), 3600)) + 1)) AS h FROM ended)
    )
    AND c.task_id IN (SELECT task_id FROM ended)
