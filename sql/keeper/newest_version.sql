-- purpose: number of the newest batch, so that numbers never run backwards with the clock
-- grain: one number
-- reads: llm_calls, tasks, calls_rollup, summed_buckets
SELECT greatest((SELECT max(version) FROM llm_calls), (SELECT max(version) FROM tasks), (SELECT max(version) FROM calls_rollup), (SELECT max(revision) FROM summed_buckets)) AS version
