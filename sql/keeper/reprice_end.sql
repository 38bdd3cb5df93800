-- purpose: drops the table of a reprice, and what one that broke off left in it
-- grain: none
-- writes: repricing
DROP TABLE IF EXISTS repricing SYNC
