-- purpose: which of several collectors evaluates alerts
-- grain: one claim or renewal; the highest term holds, of several claims to it the earliest
-- written by: the alert keeper
CREATE TABLE IF NOT EXISTS alert_leases
(
    term UInt64 COMMENT 'number of the election',
    holder String COMMENT 'who claims it',
    claimed_at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC') COMMENT 'when, by the clock of the ledger',
    expires_at DateTime64(6, 'UTC') COMMENT 'until when, by the clock of the ledger'
)
ENGINE = MergeTree
ORDER BY (term, claimed_at)
TTL toDateTime(expires_at) + INTERVAL 7 DAY
COMMENT 'Which of several collectors evaluates alerts'
