-- purpose: how each rule does: how it stands, what it fired in a period, and how much of that was a false alarm
-- grain: one rule
-- params: from_ DateTime64(6,'UTC') start; to_ DateTime64(6,'UTC') end, exclusive
-- columns: rule text; kind text; severity text; built_in Bool; scopes count judged in the last round; breach count;
--   learning count; unknown count; error text; took_ms milliseconds; judged_at Nullable(DateTime64(6,'UTC')); fired
--   count of firings told in the period; false_alarms count of those marked so; useful count marked so; median_s
--   Nullable(Float64) seconds to resolve
-- tables: alert_rules, alerts, alert_marks
SELECT
    coalesce(nullIf(r.rule, ''), f.rule) AS rule, toString(r.kind) AS kind, toString(r.severity) AS severity, r.built_in AS built_in,
    r.scopes AS scopes, r.breach AS breach, r.learning AS learning, r.unknown AS unknown, r.error AS error, r.took_ms AS took_ms,
    if(r.rule = '', NULL, r.judged_at) AS judged_at,
    f.fired AS fired, f.false_alarms AS false_alarms, f.useful AS useful, f.median_s AS median_s
FROM (SELECT * FROM alert_rules FINAL) AS r
FULL OUTER JOIN
(
    SELECT
        toString(a.rule) AS rule, count() AS fired, countIf(m.said = 'false_alarm') AS false_alarms, countIf(m.said = 'useful') AS useful,
        nullIf(quantileExactIf(0.5)(dateDiff('second', a.started_at, assumeNotNull(a.resolved_at)), a.resolved_at IS NOT NULL), 0) AS median_s
    FROM alerts AS a FINAL
    LEFT JOIN
    (
        SELECT fingerprint, started_at, argMax(mark, marked_at) AS said
        FROM alert_marks
        WHERE mark NOT IN ('ack', 'unack')
        GROUP BY fingerprint, started_at
    ) AS m ON m.fingerprint = a.fingerprint AND m.started_at = a.started_at
    WHERE a.state != 'pending' AND a.inhibited_by = '' AND a.started_at >= {from_:DateTime64(6,'UTC')} AND a.started_at < {to_:DateTime64(6,'UTC')}
    GROUP BY rule
) AS f ON f.rule = r.rule
ORDER BY fired DESC, rule
