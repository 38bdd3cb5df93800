-- purpose: sets the candidates of the batch aside, to take each once
-- grain: one span as it arrived
-- reads: work_candidates; writes: work_read
INSERT INTO work_read
SELECT *
FROM work_candidates
