-- purpose: what the ledger holds of the statements of spanledger.yaml
-- grain: one statement
-- reads: stated
SELECT kind, scope, name, period, amount_usd, other_scope, other
FROM stated FINAL
