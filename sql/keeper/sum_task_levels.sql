-- purpose: levels and sums of the tasks that ended in an hour
-- grain: one combination of names in the hour
-- params: bucket UInt32 its start, unix seconds; version UInt64 number under which they stand; from_ and to_ DateTime64(6,'UTC') its bounds
-- reads: tasks; writes: task_levels
INSERT INTO task_levels
WITH
    t.success IS NOT NULL OR t.useful_units IS NOT NULL AS has_outcome,
    toUInt8(if(t.attempts = 0, 0, 1 + least(t.escalations, 3))) AS cascade,
    toBool(t.unpriced_calls = 0) AS priced,
    groupArray((
        toFloat64(t.list_cost_usd), toUInt32(toUnixTimestamp64Micro(t.ended_at) - {bucket:UInt32} * 1000000), t.list_cost_usd, t.abandoned_cost_usd, t.unpriced_calls,
        t.success, t.useful_units, t.unit, t.escalations, t.attempts, t.duration_s
    )) AS each
SELECT
    toDateTime({bucket:UInt32}, 'UTC'), t.workload, t.environment, t.highest_tier, t.agents, t.models, t.tiers, cascade, priced,
    count(), sum(t.unpriced_calls), sum(t.list_cost_usd), sum(t.abandoned_cost_usd), count(t.success), countIf(t.success), sum(t.escalations), sum(t.attempts),
    countIf(has_outcome), sumIf(t.list_cost_usd, has_outcome), sumIf(ifNull(t.useful_units, toFloat64(ifNull(t.success, false))), has_outcome),
    groupUniqArrayIf(t.unit, t.unit != ''), sum(t.duration_s),
    each.1, each.2, each.3, each.4, each.5, each.6, each.7, each.8, each.9, each.10, each.11, {version:UInt64}
FROM tasks AS t FINAL
WHERE toDate(t.ended_at) = toDate({from_:DateTime64(6,'UTC')})
    AND identity(t.ended_at) >= {from_:DateTime64(6,'UTC')} AND identity(t.ended_at) < {to_:DateTime64(6,'UTC')}
GROUP BY t.workload, t.environment, t.highest_tier, t.agents, t.models, t.tiers, cascade, priced
SETTINGS do_not_merge_across_partitions_select_final = 1, max_threads = 1
