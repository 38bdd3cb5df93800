-- purpose: candidates of the batch that an older ledger read when they arrived, repeats included
-- grain: one span as it arrived
-- reads: call_candidates, work_pairs; writes: work_candidates
INSERT INTO work_candidates
SELECT *
FROM call_candidates
WHERE (ingested_at, trace_id) IN (SELECT ingested_at, trace_id FROM work_pairs)
