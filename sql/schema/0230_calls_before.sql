-- purpose: calls as they stand, and beside each what a reprice may change in it
-- grain: one call
-- reads: llm_calls
CREATE VIEW IF NOT EXISTS calls_before AS
SELECT *, list_cost_usd AS list_before_usd, original_cost_usd AS original_before_usd, pricing_status AS status_before, tier AS tier_before
FROM llm_calls
