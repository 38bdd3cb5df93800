-- purpose: silences that hold now or will
-- grain: one silence
-- params: now DateTime64(6,'UTC')
-- columns: id text; rule text pattern; scope Map(String, String) patterns; from_at DateTime64(6,'UTC'); to_at
--   DateTime64(6,'UTC'); said_by text; reason text
-- tables: alert_silences
SELECT id, rule, scope, from_at, to_at, said_by, reason
FROM alert_silences FINAL
WHERE to_at > {now:DateTime64(6,'UTC')}
ORDER BY from_at, id
