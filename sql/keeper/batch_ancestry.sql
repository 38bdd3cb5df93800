-- purpose: climbs from candidates to the root, in the traces where that matters
-- grain: one candidate and one span above it
INSERT INTO work_ancestry
WITH RECURSIVE
    up AS
    (
        SELECT trace_id, span_id, parent_span_id AS ancestor_id, toUInt16(1) AS depth
        FROM work_candidates
        WHERE parent_span_id != '' AND trace_id IN (SELECT trace_id FROM work_climbing)
        UNION ALL
        SELECT up.trace_id, up.span_id, s.parent_span_id AS ancestor_id, toUInt16(up.depth + 1) AS depth
        FROM up
        INNER JOIN work_spans AS s ON s.trace_id = up.trace_id AND s.span_id = up.ancestor_id
        WHERE s.parent_span_id != '' AND up.depth < 64
    )
SELECT trace_id, span_id, ancestor_id, depth
FROM up
