-- purpose: makes the table in which a reprice prices copies of some partitions of llm_calls
-- grain: none
-- reads: llm_calls; writes: repricing
CREATE TABLE repricing AS llm_calls COMMENT 'Partitions of llm_calls on their way through a reprice; there only while one is under way'
