-- purpose: whether a report of the batch needs the full reading: it is not from our own hooks, or holds what they never send
-- grain: one number, 0 or 1
-- reads: call_reports, work_pairs
-- The roles are those that batch_read looks at and batch_read_own does not: counts, classes and places in other emitters' words, usage in JSON.
SELECT count() AS is_foreign
FROM
(
    SELECT 1
    FROM call_reports
    WHERE (ingested_at, trace_id) IN (SELECT ingested_at, trace_id FROM work_pairs)
        AND (scope != 'sdk_hooks' OR json_role != 0 OR hasAny(roles, [55, 56, 78, 79, 81, 82, 85, 86, 89, 90, 92, 19, 121, 123, 125, 106, 107, 108, 109, 110, 111, 112, 118, 119, 120, 122]))
    LIMIT 1
)
