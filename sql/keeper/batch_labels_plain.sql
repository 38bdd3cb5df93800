-- purpose: the same for a batch in which every call says all there is to say, and nothing folds, climbs or cascades
-- grain: one call
-- reads: work_candidates, work_old; writes: work_labelled
INSERT INTO work_labelled
SELECT
    c.*,
    multiIf(c.task_id != '', c.task_id, c.conversation_id != '', concat('\x01', c.conversation_id), c.trace_id) AS charged_to,
    0 AS next_attempt, '' AS next_from_tier, '' AS next_signal, 0 AS folded_spans, '' AS folded_why,
    o.first_cost AS first_cost, o.first_price AS first_price
FROM work_candidates AS c
ANY LEFT JOIN (SELECT trace_id, span_id, original_cost_usd AS first_cost, first_price FROM work_old) AS o ON o.trace_id = c.trace_id AND o.span_id = c.span_id
WHERE c.kind != 'echo'
