-- purpose: a reprice sums minutes anew and keeps no differences
-- grain: none
DROP TABLE IF EXISTS sum_differences
