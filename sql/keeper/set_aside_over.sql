-- purpose: strikes what was set aside and is recomputed after all
-- grain: one trace
-- reads: set_aside, work_spans, work_candidates; writes: set_aside
INSERT INTO set_aside (trace_id, is_deleted)
SELECT trace_id, 1
FROM set_aside FINAL
WHERE trace_id IN (SELECT trace_id FROM work_spans UNION DISTINCT SELECT trace_id FROM work_candidates)
