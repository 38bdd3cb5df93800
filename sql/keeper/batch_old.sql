-- purpose: calls of the batch's traces as they stood before; under every start that a report gave, for two reports of a span may differ
-- grain: one call
-- params: from_ and to_ UInt32 a week, unix seconds: with FINAL every part of every day read takes its buffers at once
-- reads: llm_calls, work_candidates, work_read; writes: work_old
INSERT INTO work_old
WITH starts AS
(
    SELECT DISTINCT toStartOfMinute(toDateTime64(started_at, 6, 'UTC')) AS minute, trace_id
    FROM (SELECT started_at, trace_id FROM work_candidates UNION ALL SELECT started_at, trace_id FROM work_read)
)
SELECT
    started_at, trace_id, span_id, task_id, original_cost_usd,
    -- What it was priced by first, where that is not told: by what it is priced by, unless it was repriced before such rows were kept.
    multiIf(
        c.first_price > 0, c.first_price,
        c.price_row = '', 0,
        c.original_cost_usd <=> c.list_cost_usd, cityHash64(toString(c.price_book_version), c.price_row),
        1) AS first_price
FROM llm_calls AS c FINAL
WHERE (toStartOfMinute(started_at), trace_id) IN (SELECT minute, trace_id FROM starts)
    AND started_at >= (SELECT min(minute) FROM starts) AND started_at < (SELECT max(minute) + INTERVAL 1 MINUTE FROM starts)
    AND started_at >= toDateTime({from_:UInt32}, 'UTC') AND started_at < toDateTime({to_:UInt32}, 'UTC')
