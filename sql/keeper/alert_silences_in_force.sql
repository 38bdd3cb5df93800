-- purpose: silences that hold at a moment
-- grain: one silence
-- params: now DateTime64(6,'UTC')
-- reads: alert_silences
SELECT id, rule, scope
FROM alert_silences FINAL
WHERE from_at <= {now:DateTime64(6,'UTC')} AND to_at > {now:DateTime64(6,'UTC')}
