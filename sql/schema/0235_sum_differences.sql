-- purpose: what the slice of a reprice under way changed in the sums of calls_rollup; empty while none is
-- grain: one combination of names in one minute
-- written by: a reprice
CREATE TABLE IF NOT EXISTS sum_differences
(
    minute DateTime('UTC') COMMENT 'start of the minute, UTC',
    workload LowCardinality(String) COMMENT 'as in calls_rollup',
    provider LowCardinality(String) COMMENT 'as in calls_rollup',
    model LowCardinality(String) COMMENT 'as in calls_rollup',
    tier LowCardinality(String) COMMENT 'as in calls_rollup',
    agent LowCardinality(String) COMMENT 'as in calls_rollup',
    environment LowCardinality(String) COMMENT 'as in calls_rollup',
    service_class LowCardinality(String) COMMENT 'as in calls_rollup',
    version UInt64 COMMENT 'slice of the reprice; sums that were recomputed later have it in them',
    moved UInt64 COMMENT 'calls whose tier changed: they go to another row of sums',
    list_cost_usd Decimal(38, 12) COMMENT 'USD, after less before',
    original_cost_usd Decimal(38, 12) COMMENT 'USD, after less before',
    abandoned_cost_usd Decimal(38, 12) COMMENT 'USD, after less before',
    unpriced_calls Int64 COMMENT 'calls without a price, after less before'
)
ENGINE = MergeTree
ORDER BY minute
COMMENT 'What the slice of a reprice under way changed in the sums of calls_rollup'
