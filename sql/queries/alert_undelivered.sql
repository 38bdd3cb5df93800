-- purpose: messages that receivers do not have: those that wait after a failure, and dead letters
-- grain: one message, newest first
-- params: from_ DateTime64(6,'UTC') start; to_ DateTime64(6,'UTC') end, exclusive
-- columns: id text; created_at DateTime64(6,'UTC'); receiver text; rule text; event text; state text waiting or dead;
--   tries count; next_try_at DateTime64(6,'UTC'); error text
-- tables: alert_messages
SELECT id, created_at, toString(receiver) AS receiver, toString(rule) AS rule, toString(event) AS event, toString(state) AS state, tries, next_try_at, error
FROM alert_messages FINAL
WHERE created_at >= {from_:DateTime64(6,'UTC')} AND created_at < {to_:DateTime64(6,'UTC')} AND (state = 'dead' OR state = 'waiting' AND tries > 0)
ORDER BY created_at DESC, id
LIMIT 100
