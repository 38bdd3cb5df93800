-- purpose: every combination of names seen: which workload and latency class the rules of spanledger.yaml give it
-- grain: one combination as seen; the newest row holds
-- written by: the name keeper
CREATE TABLE IF NOT EXISTS workload_alias
(
    service LowCardinality(String) COMMENT 'service.name as seen',
    workload LowCardinality(String) COMMENT 'workload as labelled; empty when not',
    agent LowCardinality(String) COMMENT 'agent as seen',
    environment LowCardinality(String) COMMENT 'environment as seen',
    labels String COMMENT 'attributes that rules match, as lines of name=value, sorted',
    ruled_workload LowCardinality(String) COMMENT 'workload by the rules',
    latency_class LowCardinality(String) COMMENT 'latency class by the rules; empty when no rule holds',
    resolved_at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC') COMMENT 'when it was resolved'
)
ENGINE = ReplacingMergeTree(resolved_at)
ORDER BY (service, workload, agent, environment, labels)
COMMENT 'Which workload and latency class the rules give'
