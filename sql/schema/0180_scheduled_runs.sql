-- purpose: recurring work that was done or is under way, so that several collectors and restarts do it once
-- grain: one claim to one due moment; of several claims to it the earliest does the work
-- written by: the collector's schedule
CREATE TABLE IF NOT EXISTS scheduled_runs
(
    name LowCardinality(String) COMMENT 'what is done, such as weekly_review',
    due_at DateTime('UTC') COMMENT 'when it was due',
    holder String COMMENT 'which collector claims it',
    claimed_at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC') COMMENT 'when, by the clock of the ledger'
)
ENGINE = MergeTree
ORDER BY (name, due_at, claimed_at)
TTL due_at + INTERVAL 400 DAY
COMMENT 'Recurring work that was done or is under way'
