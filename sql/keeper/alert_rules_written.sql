-- purpose: names of the rules that pages are shown
-- grain: one rule
-- reads: alert_rules
SELECT rule FROM alert_rules FINAL
