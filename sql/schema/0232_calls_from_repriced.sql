-- purpose: stores the calls as they are now
-- grain: one call
-- reads: repriced; writes: llm_calls
CREATE MATERIALIZED VIEW IF NOT EXISTS calls_from_repriced TO llm_calls AS
SELECT * EXCEPT (list_before_usd, original_before_usd, status_before, tier_before)
FROM repriced
