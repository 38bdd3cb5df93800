-- purpose: remembers the rulings on names
-- grain: one combination
INSERT INTO workload_alias (service, workload, agent, environment, labels, ruled_workload, latency_class)
SELECT f.1, f.2, f.3, f.4, f.5, f.6, f.7
FROM (SELECT arrayJoin(arrayZip({services:Array(String)}, {workloads:Array(String)}, {agents:Array(String)}, {environments:Array(String)}, {labels:Array(String)}, {ruled:Array(String)}, {classes:Array(String)})) AS f)
