-- purpose: who reported the calls of a period, how they were priced and what that rests on: settled hours and days from health_sums, the rest from llm_calls
-- grain: one combination of names in one bucket, or in all loose minutes
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive; longest_s UInt32 longest bucket read as sums: 86400, or 3600 for hours alone;
--   tenants Array(String) empty = all; of some, every call is read, as these sums know no tenant
-- No minute is listed in which nothing can lie (reach), however wide the period is.
-- The buckets are looked up once (a scalar), so that both halves go by the same: no call is missed or read twice while a bucket changes.
CREATE VIEW IF NOT EXISTS health_sums_in AS
WITH (SELECT groupArray((bucket_s, bucket, sums)) FROM summed_within(basis = 'start', froms = [{from_:DateTime64(6,'UTC')}], tos = [{to_:DateTime64(6,'UTC')}], longest_s = if(empty({tenants:Array(String)}), {longest_s:UInt32}, 0))) AS whole
SELECT
    workload, agent, provider, model, tier, environment, pricing_status, pricing_note, suppressed_why, convention, emitter, emitter_version,
    calls, costless_calls, no_cache_calls, folded_calls, suppressed_spans, list_cost_usd, original_cost_usd, said_calls, said_usd, said_list_usd, gap_calls, costless_tasks, last_seen, last_task
FROM health_sums
WHERE (bucket_s, bucket, version) IN (SELECT w.1, w.2, w.3 FROM (SELECT arrayJoin(whole) AS w))
UNION ALL
WITH (SELECT groupArray((bucket_s, bucket, sums)) FROM summed_within(basis = 'start', froms = [{from_:DateTime64(6,'UTC')}], tos = [{to_:DateTime64(6,'UTC')}], longest_s = if(empty({tenants:Array(String)}), {longest_s:UInt32}, 0))) AS whole,
    (SELECT (min(started_at), max(started_at)) FROM llm_calls) AS reach
SELECT
    c.workload AS workload, c.agent AS agent, c.provider AS provider, if(c.response_model != '', c.response_model, c.request_model) AS model, c.tier AS tier, c.environment AS environment,
    c.pricing_status AS pricing_status, c.pricing_note AS pricing_note, c.suppressed_why AS suppressed_why, c.convention AS convention, c.emitter AS emitter, c.emitter_version AS emitter_version,
    count() AS calls, countIf(c.list_cost_usd IS NULL AND c.pricing_status != 'not_billed') AS costless_calls, countIf(c.cache_read_tokens IS NULL AND c.fresh_input_tokens IS NOT NULL) AS no_cache_calls,
    countIf(c.suppressed_spans > 0) AS folded_calls, sum(c.suppressed_spans) AS suppressed_spans,
    sum(toDecimal128(ifNull(c.list_cost_usd, 0), 12)) AS list_cost_usd, sum(toDecimal128(ifNull(c.original_cost_usd, 0), 12)) AS original_cost_usd,
    countIf(c.reported_cost_usd > 0 AND c.list_cost_usd IS NOT NULL) AS said_calls, sumIf(toDecimal128(ifNull(c.reported_cost_usd, 0), 12), c.reported_cost_usd > 0 AND c.list_cost_usd IS NOT NULL) AS said_usd, sumIf(toDecimal128(ifNull(c.list_cost_usd, 0), 12), c.reported_cost_usd > 0 AND c.list_cost_usd IS NOT NULL) AS said_list_usd,
    countIf(ifNull(c.reported_cost_usd > 0 AND abs(c.reported_cost_usd - c.list_cost_usd) > 0.01 * c.reported_cost_usd, false)) AS gap_calls,
    uniqCombined64StateIf(14)(sipHash64(c.task_id), c.list_cost_usd IS NULL AND c.pricing_status != 'not_billed') AS costless_tasks, max(c.started_at) AS last_seen, argMax(c.task_id, c.started_at) AS last_task
FROM llm_calls AS c FINAL
WHERE toStartOfMinute(c.started_at) IN
    (
        SELECT toDateTime(m * 60, 'UTC') AS minute
        FROM (SELECT arrayJoin(range(toUInt32(intDiv(toUnixTimestamp(greatest({from_:DateTime64(6,'UTC')}, reach.1)), 60)), toUInt32(intDiv(toUnixTimestamp(least({to_:DateTime64(6,'UTC')}, reach.2)), 60)) + 1)) AS m)
        WHERE toStartOfHour(minute) NOT IN (SELECT arrayJoin(arrayMap(w -> w.2, arrayFilter(w -> w.1 = 3600, whole))))
            AND toStartOfDay(minute) NOT IN (SELECT arrayJoin(arrayMap(w -> w.2, arrayFilter(w -> w.1 = 86400, whole))))
    )
    AND c.started_at >= {from_:DateTime64(6,'UTC')} AND c.started_at < {to_:DateTime64(6,'UTC')}
    AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, c.tenant))
GROUP BY workload, agent, provider, model, tier, environment, pricing_status, pricing_note, suppressed_why, convention, emitter, emitter_version
