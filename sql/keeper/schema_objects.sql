-- purpose: what stands in this database, to see what a migration has to make
-- grain: one table, view or dictionary
-- reads: system.tables
SELECT name, engine
FROM system.tables
WHERE database = currentDatabase()
