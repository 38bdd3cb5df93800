-- purpose: what the gate said of each change last, and who overrode it
-- grain: one pull request, commit and workload
-- params: from_ DateTime64(6,'UTC') start, inclusive
-- columns: pull_request text, empty = not known; head_change text commit, empty = not known; workload text or `all
--   workloads`; verdict text FAIL, WARN, INCONCLUSIVE, PASS or NOT_COMPARABLE; reason text; typical_ratio
--   Nullable(Float64) head over base; typical_low, typical_high Nullable(Float64) its 95 % interval; cases count;
--   decided_at DateTime64(6,'UTC') when; overridden_by text, empty = nobody; override_reason text
-- tables: gate_verdicts, gate_overrides

SELECT
    v.pull_request AS pull_request, v.head_change AS head_change, toString(v.workload) AS workload, toString(v.verdict) AS verdict, v.reason AS reason,
    v.typical_ratio AS typical_ratio, v.typical_low AS typical_low, v.typical_high AS typical_high, v.cases AS cases, v.decided_at AS decided_at,
    o.accepted_by AS overridden_by, o.reason AS override_reason
FROM
(
    SELECT *
    FROM gate_verdicts
    WHERE kind = 'gate' AND decided_at >= {from_:DateTime64(6,'UTC')} AND (pull_request != '' OR head_change != '')
    ORDER BY decided_at DESC
    LIMIT 1 BY pull_request, head_change, workload
) AS v
LEFT JOIN
(
    SELECT pull_request, head_change, argMax(`by`, decided_at) AS accepted_by, argMax(reason, decided_at) AS reason
    FROM gate_overrides FINAL
    GROUP BY pull_request, head_change
) AS o ON o.pull_request = v.pull_request AND o.head_change = v.head_change
ORDER BY decided_at DESC
LIMIT 5000
