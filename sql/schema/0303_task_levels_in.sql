-- purpose: tasks that ended in a period and the one before it, as fine as the steps of its course: settled hours that lie whole in a step as sums, of those in which one ends each task by itself, both from task_levels; all others from tasks
-- grain: one combination of names in one hour, or one task
-- params: previous_from, from_ and to_ DateTime64(6,'UTC') the period before from previous_from, the period from from_ until to_; step_s UInt32 seconds of a step, counted from the start of each;
--   tenants Array(String) empty = all; for some every task is read by itself, as tasks of all tenants are summed together: only then is the column tenant told
-- The hours are looked up once (a scalar), so that all parts go by the same: no task is missed or read twice while an hour changes.
-- Planning is most of what a filtered look costs, so columns are few and nothing is nested.
CREATE VIEW IF NOT EXISTS task_levels_in AS
WITH (
    WITH toInt64(toUnixTimestamp(bucket)) * 1000000 AS begins, begins + bucket_s * 1000000 AS ends, toUnixTimestamp64Micro({from_:DateTime64(6,'UTC')}) AS starts, if(begins < starts, toUnixTimestamp64Micro({previous_from:DateTime64(6,'UTC')}), starts) AS origin,
        begins >= origin AND ends <= if(begins < starts, starts, toUnixTimestamp64Micro({to_:DateTime64(6,'UTC')})) AND intDiv(begins - origin, (toInt64({step_s:UInt32}) * 1000000)) = intDiv(ends - 1 - origin, (toInt64({step_s:UInt32}) * 1000000)) AS is_whole
    SELECT (groupArrayIf((bucket, sums), bucket_s = 3600 AND is_whole), groupArrayIf((bucket, sums), bucket_s = 3600 AND NOT is_whole), groupArrayIf(toDate(bucket), bucket_s = 86400))
    FROM summed_buckets FINAL
    WHERE basis = 'task' AND identity(sums) > 0 AND bucket > addSeconds({previous_from:DateTime64(6,'UTC')}, -86400) AND bucket < {to_:DateTime64(6,'UTC')} AND empty({tenants:Array(String)})
) AS settled
SELECT
    bucket < {from_:DateTime64(6,'UTC')} AS period,
    toUInt32(intDiv(toInt64(toUnixTimestamp(bucket)) * 1000000 - toUnixTimestamp64Micro(if(period, {previous_from:DateTime64(6,'UTC')}, {from_:DateTime64(6,'UTC')})), (toInt64({step_s:UInt32}) * 1000000))) AS step,
    bucket AS hour, workload, environment, highest_tier, agents, models, tiers, cascade, priced, toLowCardinality('') AS tenant,
    tasks, unpriced_calls, list_cost_usd, abandoned_cost_usd, judged, successes, escalations, attempts, with_outcome, outcome_cost_usd, units_made, units, duration_s, costs_usd
FROM task_levels
WHERE (bucket, version) IN (SELECT w.1, w.2 FROM (SELECT arrayJoin(settled.1) AS w))
UNION ALL
WITH (
    WITH toInt64(toUnixTimestamp(bucket)) * 1000000 AS begins, begins + bucket_s * 1000000 AS ends, toUnixTimestamp64Micro({from_:DateTime64(6,'UTC')}) AS starts, if(begins < starts, toUnixTimestamp64Micro({previous_from:DateTime64(6,'UTC')}), starts) AS origin,
        begins >= origin AND ends <= if(begins < starts, starts, toUnixTimestamp64Micro({to_:DateTime64(6,'UTC')})) AND intDiv(begins - origin, (toInt64({step_s:UInt32}) * 1000000)) = intDiv(ends - 1 - origin, (toInt64({step_s:UInt32}) * 1000000)) AS is_whole
    SELECT (groupArrayIf((bucket, sums), bucket_s = 3600 AND is_whole), groupArrayIf((bucket, sums), bucket_s = 3600 AND NOT is_whole), groupArrayIf(toDate(bucket), bucket_s = 86400))
    FROM summed_buckets FINAL
    WHERE basis = 'task' AND identity(sums) > 0 AND bucket > addSeconds({previous_from:DateTime64(6,'UTC')}, -86400) AND bucket < {to_:DateTime64(6,'UTC')} AND empty({tenants:Array(String)})
) AS settled,
    addMicroseconds(toDateTime64(bucket, 6, 'UTC'), end_us) AS ended_at,
    verdict IS NOT NULL OR made IS NOT NULL AS has_outcome
SELECT
    ended_at < {from_:DateTime64(6,'UTC')} AS period,
    toUInt32(intDiv(toUnixTimestamp64Micro(ended_at) - toUnixTimestamp64Micro(if(period, {previous_from:DateTime64(6,'UTC')}, {from_:DateTime64(6,'UTC')})), (toInt64({step_s:UInt32}) * 1000000))) AS step,
    bucket AS hour, workload, environment, highest_tier, agents, models, tiers, cascade, priced, toLowCardinality('') AS tenant,
    toUInt64(1) AS tasks, toUInt64(unpriced) AS unpriced_calls, usd AS list_cost_usd, abandoned_usd AS abandoned_cost_usd, toUInt64(verdict IS NOT NULL) AS judged,
    toUInt64(ifNull(verdict, false)) AS successes, toUInt64(escalated) AS escalations, toUInt64(tried) AS attempts,
    toUInt64(has_outcome) AS with_outcome, if(has_outcome, usd, toDecimal128(0, 12)) AS outcome_cost_usd,
    if(has_outcome, ifNull(made, toFloat64(ifNull(verdict, false))), 0) AS units_made, if(unit = '', [], [unit]) AS units, took_s AS duration_s, [toFloat64(usd)] AS costs_usd
FROM task_levels
ARRAY JOIN
    each_end_us AS end_us, each_usd AS usd, each_abandoned_usd AS abandoned_usd, each_unpriced_calls AS unpriced, each_success AS verdict,
    each_useful_units AS made, each_unit AS unit, each_escalations AS escalated, each_attempts AS tried, each_duration_s AS took_s
WHERE (bucket, version) IN (SELECT w.1, w.2 FROM (SELECT arrayJoin(settled.2) AS w)) AND ended_at >= {previous_from:DateTime64(6,'UTC')} AND ended_at < {to_:DateTime64(6,'UTC')}
UNION ALL
WITH (
    WITH toInt64(toUnixTimestamp(bucket)) * 1000000 AS begins, begins + bucket_s * 1000000 AS ends, toUnixTimestamp64Micro({from_:DateTime64(6,'UTC')}) AS starts, if(begins < starts, toUnixTimestamp64Micro({previous_from:DateTime64(6,'UTC')}), starts) AS origin,
        begins >= origin AND ends <= if(begins < starts, starts, toUnixTimestamp64Micro({to_:DateTime64(6,'UTC')})) AND intDiv(begins - origin, (toInt64({step_s:UInt32}) * 1000000)) = intDiv(ends - 1 - origin, (toInt64({step_s:UInt32}) * 1000000)) AS is_whole
    SELECT (groupArrayIf((bucket, sums), bucket_s = 3600 AND is_whole), groupArrayIf((bucket, sums), bucket_s = 3600 AND NOT is_whole), groupArrayIf(toDate(bucket), bucket_s = 86400))
    FROM summed_buckets FINAL
    WHERE basis = 'task' AND identity(sums) > 0 AND bucket > addSeconds({previous_from:DateTime64(6,'UTC')}, -86400) AND bucket < {to_:DateTime64(6,'UTC')} AND empty({tenants:Array(String)})
) AS settled,
    t.success IS NOT NULL OR t.useful_units IS NOT NULL AS has_outcome
SELECT
    t.ended_at < {from_:DateTime64(6,'UTC')} AS period,
    toUInt32(intDiv(toUnixTimestamp64Micro(t.ended_at) - toUnixTimestamp64Micro(if(period, {previous_from:DateTime64(6,'UTC')}, {from_:DateTime64(6,'UTC')})), (toInt64({step_s:UInt32}) * 1000000))) AS step,
    toStartOfHour(toDateTime(t.ended_at, 'UTC')) AS hour, t.workload AS workload, t.environment AS environment, t.highest_tier AS highest_tier, t.agents AS agents, t.models AS models,
    t.tiers AS tiers, toUInt8(if(t.attempts = 0, 0, 1 + least(t.escalations, 3))) AS cascade, toBool(t.unpriced_calls = 0) AS priced, t.tenant AS tenant,
    toUInt64(1) AS tasks, toUInt64(t.unpriced_calls) AS unpriced_calls, t.list_cost_usd AS list_cost_usd, t.abandoned_cost_usd AS abandoned_cost_usd,
    toUInt64(t.success IS NOT NULL) AS judged, toUInt64(ifNull(t.success, false)) AS successes, toUInt64(t.escalations) AS escalations, toUInt64(t.attempts) AS attempts,
    toUInt64(has_outcome) AS with_outcome, if(has_outcome, t.list_cost_usd, toDecimal128(0, 12)) AS outcome_cost_usd,
    if(has_outcome, ifNull(t.useful_units, toFloat64(ifNull(t.success, false))), 0) AS units_made, if(t.unit = '', [], [t.unit]) AS units, t.duration_s AS duration_s,
    [toFloat64(t.list_cost_usd)] AS costs_usd
FROM tasks AS t FINAL
-- Parts are chosen by whole days: a bound inside a day could leave an older version of a task standing.
WHERE toDate(t.ended_at) >= toDate({previous_from:DateTime64(6,'UTC')}) AND toDate(t.ended_at) <= toDate({to_:DateTime64(6,'UTC')}) AND toDate(t.ended_at) NOT IN (SELECT arrayJoin(settled.3))
    AND toStartOfHour(toDateTime(identity(t.ended_at), 'UTC')) NOT IN (SELECT arrayJoin(arrayConcat(settled.1, settled.2)).1)
    AND identity(t.ended_at) >= {previous_from:DateTime64(6,'UTC')} AND identity(t.ended_at) < {to_:DateTime64(6,'UTC')}
