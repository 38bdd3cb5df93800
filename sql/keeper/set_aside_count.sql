-- purpose: how many traces are set aside
-- grain: one number
-- reads: set_aside
SELECT count() AS traces FROM set_aside FINAL
