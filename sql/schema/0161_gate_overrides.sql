-- purpose: who accepted a dearer change, and why
-- grain: one override of one gate
-- written by: the command line
CREATE TABLE IF NOT EXISTS gate_overrides
(
    decided_at DateTime64(6, 'UTC') COMMENT 'when the gate that was overridden ran, UTC',
    suite LowCardinality(String) COMMENT 'name of the suite',
    pull_request String COMMENT 'pull request of the head; empty when not known',
    head_change String COMMENT 'commit of the head; empty when not known',
    by String COMMENT 'who accepted it',
    way LowCardinality(String) COMMENT 'label, comment or command',
    reason String COMMENT 'why, as written; empty with a label',
    accepted_at String COMMENT 'when it was accepted, as the forge says; empty when not known',
    usd_per_1000_tasks Nullable(Float64) COMMENT 'USD, change for a thousand tasks that was accepted',
    monthly_usd Nullable(Float64) COMMENT 'USD a month that was accepted; NULL when the volume was not known'
)
ENGINE = ReplacingMergeTree(decided_at)
ORDER BY (suite, pull_request, head_change, by, way)
COMMENT 'Who accepted a dearer change, and why'
