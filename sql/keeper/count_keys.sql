-- purpose: how many keys the batch has
-- grain: one number
SELECT count() AS keys FROM work_keys
