-- purpose: how much the ledger holds, when it last received a span, and how far behind the keeper is
-- grain: one row
-- params: none
-- columns: spans count rows, resent ones included; last_span Nullable(DateTime64(6,'UTC')) arrival of the latest span; calls count rows, replaced ones included; tasks count rows, replaced ones included; rejected_spans count of the last 30 days; waiting_keys count of keys to recompute; behind_s Nullable(Float64) seconds since the oldest waiting key arrived, NULL when none waits; trouble text what of the keeper's work fails now, empty = nothing; set_aside count of traces that cannot be recomputed; set_aside_problem text what the ledger answered to the latest of them
-- tables: spans, llm_calls, tasks, rejected_spans, touched_keys, keeper_troubles, set_aside
SELECT
    (SELECT count() FROM spans) AS spans,
    (SELECT nullIf(max(latest), toDateTime64(0, 6, 'UTC')) FROM (SELECT ingested_at AS latest FROM spans ORDER BY ingested_at DESC LIMIT 1)) AS last_span,
    (SELECT count() FROM llm_calls) AS calls,
    (SELECT count() FROM tasks) AS tasks,
    (SELECT count() FROM rejected_spans) AS rejected_spans,
    w.n AS waiting_keys,
    if(w.n > 0, dateDiff('millisecond', w.oldest, now64(6, 'UTC')) / 1000, NULL) AS behind_s,
    (
        SELECT arrayStringConcat(groupArray(concat(step, ' failed ', toString(tries), if(tries = 1, ' time', ' times'), ' since ', formatDateTime(since, '%Y-%m-%d %H:%i'), ' UTC: ', problem)), '; ')
        FROM (SELECT step, tries, since, problem FROM keeper_troubles FINAL ORDER BY since, step)
    ) AS trouble,
    (SELECT count() FROM set_aside FINAL) AS set_aside,
    (SELECT argMax(problem, at) FROM set_aside FINAL) AS set_aside_problem
FROM (SELECT count() AS n, min(ingested_at) AS oldest FROM touched_keys) AS w
