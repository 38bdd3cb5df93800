-- purpose: what spanledger.yaml states that pages hold figures against: budgets, baselines, invoices
-- grain: one statement; the newest version holds
-- written by: the collector, when it starts and when the file changes
CREATE TABLE IF NOT EXISTS stated
(
    kind LowCardinality(String) COMMENT 'budget, baseline or invoice',
    scope LowCardinality(String) COMMENT 'of a budget workload, tenant or all; of a baseline workload; of an invoice provider',
    name String COMMENT 'the workload, tenant or provider; empty for all',
    period LowCardinality(String) COMMENT 'of a budget month, week, day or hour; of an invoice its month, such as 2026-10; empty for a baseline',
    amount_usd Nullable(Decimal(38, 12)) COMMENT 'USD of a budget a period, or of an invoice; NULL for a baseline',
    other_scope LowCardinality(String) COMMENT 'what a baseline names: architecture or workload; empty elsewhere',
    other String COMMENT 'its name; empty elsewhere',
    version UInt64 COMMENT 'nanoseconds of the writing; the newest wins',
    is_deleted UInt8 COMMENT '1 takes it back: the file states it no more'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (kind, scope, name, period)
COMMENT 'What spanledger.yaml states that pages hold figures against'
