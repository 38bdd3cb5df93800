-- purpose: the time by the clock that stamps arrivals
-- grain: one row
-- params: none
-- columns: now text UTC
-- tables: none
SELECT toString(now64(6, 'UTC')) AS now
