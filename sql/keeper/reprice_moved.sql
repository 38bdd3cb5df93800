-- purpose: whether the slice of a reprice changed any sums, and how many calls of it go to another row of them
-- grain: one row
-- reads: sum_differences
SELECT sum(moved) AS moved, count() AS rows FROM sum_differences
