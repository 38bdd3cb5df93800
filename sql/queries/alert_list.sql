-- purpose: alerts that were open in a period, with what people said of them
-- grain: one firing, newest first
-- params: from_ DateTime64(6,'UTC') start; to_ DateTime64(6,'UTC') end, exclusive; states Array(String) of
--   pending, firing, resolved; empty = all; fingerprints Array(String) empty = all
-- columns: fingerprint text; started_at DateTime64(6,'UTC'); rule text; kind text; severity text; scope
--   Map(String, String); state text; standing text; summary text; value Nullable(Float64) in unit; alert_limit
--   Nullable(Float64) in unit; unit text; expected Nullable(Float64); excess_usd Nullable(Float64) USD; window_from
--   DateTime64(6,'UTC'); window_to DateTime64(6,'UTC'); since Nullable(DateTime64(6,'UTC')) estimated onset; details
--   Map(String, String); resolved_at Nullable(DateTime64(6,'UTC')); told_at Nullable(DateTime64(6,'UTC')); tells
--   count; silenced Bool; inhibited_by text; acknowledged Bool; acknowledged_by text; verdict text false_alarm,
--   useful or empty; note text
-- tables: alerts, alert_marks
SELECT
    a.fingerprint AS fingerprint, a.started_at AS started_at, toString(a.rule) AS rule, toString(a.kind) AS kind,
    toString(a.severity) AS severity, CAST(a.scope, 'Map(String, String)') AS scope, toString(a.state) AS state,
    toString(a.standing) AS standing, a.summary AS summary, a.value AS value, a.alert_limit AS alert_limit,
    toString(a.unit) AS unit, a.expected AS expected, a.excess_usd AS excess_usd, a.window_from AS window_from,
    a.window_to AS window_to, a.since AS since, a.details AS details, a.resolved_at AS resolved_at, a.told_at AS told_at,
    a.tells AS tells, a.silenced AS silenced, a.inhibited_by AS inhibited_by,
    m.seen = 'ack' AS acknowledged, m.seen_by AS acknowledged_by,
    if(m.said IN ('false_alarm', 'useful'), m.said, '') AS verdict, m.words AS note
FROM alerts AS a FINAL
LEFT JOIN
(
    SELECT
        fingerprint, started_at,
        toString(argMaxIf(mark, marked_at, mark IN ('ack', 'unack'))) AS seen,
        argMaxIf(said_by, marked_at, mark = 'ack') AS seen_by,
        toString(argMaxIf(mark, marked_at, mark NOT IN ('ack', 'unack'))) AS said,
        argMax(alert_marks.note, marked_at) AS words
    FROM alert_marks
    GROUP BY fingerprint, started_at
) AS m ON m.fingerprint = a.fingerprint AND m.started_at = a.started_at
WHERE a.started_at < {to_:DateTime64(6,'UTC')} AND ifNull(a.resolved_at, {to_:DateTime64(6,'UTC')}) >= {from_:DateTime64(6,'UTC')}
  AND (empty({states:Array(String)}) OR has({states:Array(String)}, toString(a.state)))
  AND (empty({fingerprints:Array(String)}) OR has({fingerprints:Array(String)}, a.fingerprint))
ORDER BY a.started_at DESC, a.fingerprint
LIMIT 500
