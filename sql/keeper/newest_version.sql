-- purpose: number of the newest batch, so that numbers never run backwards with the clock
-- grain: one number
-- reads: llm_calls, tasks
SELECT greatest((SELECT max(version) FROM llm_calls), (SELECT max(version) FROM tasks)) AS version
