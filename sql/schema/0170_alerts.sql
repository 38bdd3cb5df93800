-- purpose: what fired, since when, how it stands and who was told
-- grain: one firing of one rule in one scope; the newest version holds
-- written by: the alert keeper
CREATE TABLE IF NOT EXISTS alerts
(
    fingerprint String COMMENT 'hash of rule and scope, 16 hex digits; the same for every firing',
    started_at DateTime64(6, 'UTC') COMMENT 'round in which it began',
    rule LowCardinality(String) COMMENT 'name of the rule',
    kind LowCardinality(String) COMMENT 'budget, forecast, shift, runaway, limit or query',
    severity LowCardinality(String) COMMENT 'page, ticket or info',
    scope Map(LowCardinality(String), String) COMMENT 'what it is about: workload, model, tier, agent, tenant, task; empty = everything',
    state LowCardinality(String) COMMENT 'pending, firing or resolved',
    standing LowCardinality(String) COMMENT 'what the rule said last: breach, hold, clear, learning or unknown',
    summary String COMMENT 'one sentence for people',
    value Nullable(Float64) COMMENT 'measured, in unit',
    alert_limit Nullable(Float64) COMMENT 'what it was held against, in unit',
    unit LowCardinality(String) COMMENT 'usd, ratio, times, sigma, s or count',
    expected Nullable(Float64) COMMENT 'what was expected, where a rule expects something',
    excess_usd Nullable(Float64) COMMENT 'USD beyond what was expected in the window; NULL where the rule is not about money',
    window_from DateTime64(6, 'UTC') COMMENT 'start of the window that was judged',
    window_to DateTime64(6, 'UTC') COMMENT 'end of it',
    since Nullable(DateTime64(6, 'UTC')) COMMENT 'estimated onset',
    details Map(String, String) COMMENT 'facts told with it',
    seen_at DateTime64(6, 'UTC') COMMENT 'last round that judged it',
    clear_since Nullable(DateTime64(6, 'UTC')) COMMENT 'since when it is clear without having resolved',
    resolved_at Nullable(DateTime64(6, 'UTC')) COMMENT 'when it resolved; NULL while it has not',
    told_at Nullable(DateTime64(6, 'UTC')) COMMENT 'when receivers were last told; NULL = never',
    told_severity LowCardinality(String) COMMENT 'severity that was told last',
    tells UInt32 COMMENT 'how often it was told',
    silenced Bool COMMENT 'a silence keeps it quiet',
    inhibited_by String COMMENT 'fingerprint of a wider alert that explains it; empty when none',
    version UInt64 COMMENT 'nanoseconds of the round that wrote it; the newest wins'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (fingerprint, started_at)
COMMENT 'One firing of one rule in one scope'
