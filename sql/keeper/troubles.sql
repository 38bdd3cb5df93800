-- purpose: what of the keeper's work is noted as failing
-- grain: one step
-- reads: keeper_troubles
SELECT step FROM keeper_troubles FINAL
