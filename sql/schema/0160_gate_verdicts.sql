-- purpose: what the gate said of each change
-- grain: one workload in one gate; the workload `all workloads` holds the verdict on the whole
-- written by: the command line
CREATE TABLE IF NOT EXISTS gate_verdicts
(
    decided_at DateTime64(6, 'UTC') COMMENT 'when the gate ran, UTC',
    suite LowCardinality(String) COMMENT 'name of the suite',
    kind LowCardinality(String) COMMENT 'gate, unchanged (a comparison of a version with itself) or drift',
    workload LowCardinality(String) COMMENT 'workload, or `all workloads`',
    pull_request String COMMENT 'pull request of the head; empty when not known',
    base_change String COMMENT 'commit of the base; empty when not known',
    head_change String COMMENT 'commit of the head; empty when not known',
    verdict LowCardinality(String) COMMENT 'FAIL, WARN, INCONCLUSIVE, PASS or NOT_COMPARABLE',
    reason String COMMENT 'the one sentence it rests on',
    cases UInt32 COMMENT 'paired cases; 0 against production',
    base_runs UInt32 COMMENT 'runs or tasks of the base',
    head_runs UInt32 COMMENT 'runs or tasks of the head',
    base_usd Nullable(Float64) COMMENT 'USD, mean of a run of the base',
    head_usd Nullable(Float64) COMMENT 'USD, mean of a run of the head',
    typical_ratio Nullable(Float64) COMMENT 'typical cost, head over base',
    typical_low Nullable(Float64) COMMENT 'lower end of its 95 % interval',
    typical_high Nullable(Float64) COMMENT 'upper end of its 95 % interval',
    bill_ratio Nullable(Float64) COMMENT 'sum of all cases, head over base',
    p Nullable(Float64) COMMENT 'smallest p of a rise, adjusted for everything looked at',
    usd_per_1000_tasks Nullable(Float64) COMMENT 'USD, change for a thousand tasks',
    monthly_usd Nullable(Float64) COMMENT 'USD a month, change at the volume then; NULL when the volume was not known',
    culprit String COMMENT 'the largest cause in one sentence; empty when nothing moved',
    price_book LowCardinality(String) COMMENT 'price book of both sides'
)
ENGINE = MergeTree
ORDER BY (suite, decided_at, workload)
COMMENT 'What the gate said of each change'
