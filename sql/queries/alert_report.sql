-- purpose: how each rule does: how it stands, what it fired in a period, and how much of that was a false alarm
-- grain: one rule
-- params: from_ DateTime64(6,'UTC') start; to_ DateTime64(6,'UTC') end, exclusive
-- columns: rule text; kind text; severity text; built_in Bool; scopes count judged in the last round; breach count;
--   learning count; unknown count; error text; took_ms milliseconds; judged_at Nullable(DateTime64(6,'UTC')); fired
--   count of firings told in the period; false_alarms count of those marked so; useful count marked so; median_s
--   Nullable(Float64) seconds to resolve
-- tables: alert_rules, alerts, alert_marks
SELECT
    rule, toString(max(r.kind)) AS kind, toString(max(r.severity)) AS severity, max(r.built_in) AS built_in,
    max(r.scopes) AS scopes, max(r.breach) AS breach, max(r.learning) AS learning, max(r.unknown) AS unknown, max(r.error) AS error,
    max(r.took_ms) AS took_ms, max(r.judged_at) AS judged_at,
    countIf(told) AS fired, countIf(told AND said = 'false_alarm') AS false_alarms, countIf(told AND said = 'useful') AS useful,
    if(countIf(lasted_s IS NOT NULL) > 0, quantileExactIf(0.5)(toFloat64(ifNull(lasted_s, 0)), lasted_s IS NOT NULL), NULL) AS median_s
FROM
(
    SELECT
        rule, toString(alert_rules.kind) AS kind, toString(alert_rules.severity) AS severity, built_in, scopes, breach, learning,
        unknown, error, took_ms, toNullable(judged_at) AS judged_at,
        false AS told, '' AS said, CAST(NULL, 'Nullable(Int64)') AS lasted_s
    FROM alert_rules FINAL
    UNION ALL
    SELECT
        replaceRegexpOne(toString(a.rule), '-spent$', '') AS rule, '' AS kind, '' AS severity, false AS built_in, 0 AS scopes, 0 AS breach, 0 AS learning,
        0 AS unknown, '' AS error, 0 AS took_ms, CAST(NULL, 'Nullable(DateTime64(6, \'UTC\'))') AS judged_at,
        true AS told, toString(m.said) AS said, dateDiff('second', a.started_at, a.resolved_at) AS lasted_s
    FROM alerts AS a FINAL
    LEFT JOIN
    (
        SELECT fingerprint, started_at, argMax(mark, marked_at) AS said
        FROM alert_marks
        WHERE mark NOT IN ('ack', 'unack')
        GROUP BY fingerprint, started_at
    ) AS m ON m.fingerprint = a.fingerprint AND m.started_at = a.started_at
    WHERE a.state != 'pending' AND a.inhibited_by = '' AND a.started_at >= {from_:DateTime64(6,'UTC')} AND a.started_at < {to_:DateTime64(6,'UTC')}
) AS r
GROUP BY rule
ORDER BY fired DESC, rule
