-- purpose: the tables of this database that hold rows
-- grain: one table
-- reads: system.tables
SELECT name
FROM system.tables
WHERE database = currentDatabase() AND (engine LIKE '%MergeTree' OR engine = 'Memory') AND ifNull(total_rows, 1) > 0
ORDER BY name
