-- purpose: whether a report of the batch needs the full reading: it is not from our own hooks, or holds what they never send; and which
-- roles its reports hold at all, so that the reading looks for no other; and whether an older ledger left candidates that it read itself; and whether ids are shared too widely
-- grain: one row
-- reads: call_reports, work_pairs, call_candidates, wide_keys
-- The roles are those that batch_read looks at and batch_read_own does not: counts, classes and places in other emitters' words, usage in JSON.
SELECT
    arraySort(arrayDistinct(arrayFlatten(groupUniqArray(roles)))) AS held,
    max(scope != 'sdk_hooks' OR json_role != 0) OR hasAny(held, [55, 56, 78, 79, 81, 82, 85, 86, 89, 90, 92, 19, 121, 123, 125, 106, 107, 108, 109, 110, 111, 112, 118, 119, 120, 122, 126, 128, 129]) AS is_foreign,
    (SELECT count() FROM call_candidates) > 0 AS has_older,
    (SELECT count() FROM wide_keys) > 0 AS has_wide
FROM call_reports
WHERE (ingested_at, trace_id) IN (SELECT ingested_at, trace_id FROM work_pairs)
