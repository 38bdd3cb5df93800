-- purpose: tasks by the hour of their end over the names that pages filter by: sums, and the values themselves, so that percentiles stay exact
-- grain: one combination of names in one hour
-- Arrays that begin with each_ have a value a task, in one order: for a look that begins or ends inside the hour.
-- written by: the keeper, some hours later, an hour at a time from what then stands; read through the view of the name with _in
CREATE TABLE IF NOT EXISTS task_levels
(
    bucket DateTime('UTC') COMMENT 'start of the hour, UTC' CODEC(Delta, ZSTD(1)),
    workload LowCardinality(String) COMMENT 'named kind of task' CODEC(ZSTD(1)),
    environment LowCardinality(String) COMMENT 'deployment environment or empty' CODEC(ZSTD(1)),
    highest_tier LowCardinality(String) COMMENT 'highest tier that any call of the task used; empty when unknown' CODEC(ZSTD(1)),
    agents Array(LowCardinality(String)) COMMENT 'distinct agents of the task, sorted' CODEC(ZSTD(1)),
    models Array(LowCardinality(String)) COMMENT 'distinct models of the task, sorted' CODEC(ZSTD(1)),
    tiers Array(LowCardinality(String)) COMMENT 'distinct tiers of the task, sorted' CODEC(ZSTD(1)),
    cascade UInt8 COMMENT '0 = no cascade, else one more than its escalations, 4 = three or more' CODEC(ZSTD(1)),
    priced Bool COMMENT 'the cost of all calls is known' CODEC(ZSTD(1)),
    tasks UInt64 COMMENT 'tasks that ended in the hour' CODEC(ZSTD(1)),
    unpriced_calls UInt64 COMMENT 'calls whose cost is unknown' CODEC(ZSTD(1)),
    list_cost_usd Decimal(38, 12) COMMENT 'USD, sum over priced calls' CODEC(ZSTD(1)),
    abandoned_cost_usd Decimal(38, 12) COMMENT 'USD of calls whose output was thrown away' CODEC(ZSTD(1)),
    judged UInt64 COMMENT 'tasks with a verdict' CODEC(ZSTD(1)),
    successes UInt64 COMMENT 'tasks that succeeded' CODEC(ZSTD(1)),
    escalations UInt64 COMMENT 'attempts that a higher tier followed' CODEC(ZSTD(1)),
    attempts UInt64 COMMENT 'attempts of cascades' CODEC(ZSTD(1)),
    with_outcome UInt64 COMMENT 'tasks with a verdict or units' CODEC(ZSTD(1)),
    outcome_cost_usd Decimal(38, 12) COMMENT 'USD of those, failures included' CODEC(ZSTD(1)),
    units_made Float64 COMMENT 'units of those, a success without stated units counts 1' CODEC(ZSTD(1)),
    units Array(LowCardinality(String)) COMMENT 'names of units' CODEC(ZSTD(1)),
    duration_s Float64 COMMENT 'seconds, sum over the tasks' CODEC(ZSTD(1)),
    costs_usd Array(Float64) COMMENT 'USD, cost of each task: what percentiles are taken of' CODEC(LZ4),
    each_end_us Array(UInt32) COMMENT 'end of the task, microseconds after the start of the hour' CODEC(ZSTD(1)),
    each_usd Array(Decimal(38, 12)) COMMENT 'USD, exact' CODEC(ZSTD(1)),
    each_abandoned_usd Array(Decimal(38, 12)) COMMENT 'USD, exact' CODEC(ZSTD(1)),
    each_unpriced_calls Array(UInt32) COMMENT 'calls whose cost is unknown' CODEC(ZSTD(1)),
    each_success Array(Nullable(Bool)) COMMENT 'verdict; NULL = none yet' CODEC(ZSTD(1)),
    each_useful_units Array(Nullable(Float64)) COMMENT 'useful output in units; NULL = none stated' CODEC(ZSTD(1)),
    each_unit Array(LowCardinality(String)) COMMENT 'name of the unit' CODEC(ZSTD(1)),
    each_escalations Array(UInt32) COMMENT 'attempts that a higher tier followed' CODEC(ZSTD(1)),
    each_attempts Array(UInt32) COMMENT 'attempts of cascades' CODEC(ZSTD(1)),
    each_duration_s Array(Float64) COMMENT 'seconds' CODEC(ZSTD(1)),
    version UInt64 COMMENT 'rows count while summed_buckets names this version for the hour' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(bucket)
ORDER BY (bucket, workload, environment, highest_tier, cascade, priced, agents, models, tiers)
-- Single hours are read: most have some hundred rows.
SETTINGS index_granularity = 128, min_compress_block_size = 16384
COMMENT 'Tasks by hour of their end, with the values that percentiles are taken of'
