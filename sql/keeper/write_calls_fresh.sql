-- purpose: the calls of a batch of which nothing stood before
-- grain: one call
-- reads: work_calls; writes: llm_calls
INSERT INTO llm_calls
SELECT * FROM work_calls
