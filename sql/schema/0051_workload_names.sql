-- purpose: the newest ruling on every combination of names
-- grain: one combination as seen
-- reads: workload_alias
CREATE VIEW IF NOT EXISTS workload_names AS
SELECT service, workload, agent, environment, labels, ruled_workload, latency_class
FROM workload_alias FINAL
