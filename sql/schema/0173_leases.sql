-- purpose: which of several collectors does work that only one may do at a time
-- grain: one claim or renewal; of a name the highest term holds, of several claims to it the earliest
-- written by: the keepers
CREATE TABLE IF NOT EXISTS leases
(
    name LowCardinality(String) COMMENT 'what the lease is for: alerts, keeper',
    term UInt64 COMMENT 'number of the election',
    holder String COMMENT 'who claims it',
    claimed_at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC') COMMENT 'when, by the clock of the ledger',
    expires_at DateTime64(6, 'UTC') COMMENT 'until when, by the clock of the ledger'
)
ENGINE = MergeTree
ORDER BY (name, term, claimed_at)
TTL toDateTime(expires_at) + INTERVAL 7 DAY
COMMENT 'Which of several collectors does work that only one may do at a time'
