-- purpose: the workload and latency class that the rules give, inside a statement
-- grain: one combination as seen
-- reads: workload_names
CREATE DICTIONARY IF NOT EXISTS workload_name
(
    service String,
    workload String,
    agent String,
    environment String,
    labels String,
    ruled_workload String DEFAULT '',
    latency_class String DEFAULT ''
)
PRIMARY KEY service, workload, agent, environment, labels
SOURCE(CLICKHOUSE(TABLE 'workload_names'))
LAYOUT(COMPLEX_KEY_HASHED())
LIFETIME(0)
COMMENT 'The workload and latency class that the rules give'
