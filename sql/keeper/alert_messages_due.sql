-- purpose: messages that wait and are due
-- grain: one message
-- params: now DateTime64(6,'UTC')
-- reads: alert_messages
SELECT *
FROM alert_messages FINAL
WHERE state = 'waiting' AND next_try_at <= {now:DateTime64(6,'UTC')}
ORDER BY created_at, id
LIMIT 100
