-- purpose: databases of views at other prices that stand, and how many views each has
-- grain: one database
-- params: prefix String what their names begin with
-- reads: system.databases, system.tables
SELECT d.name AS name, countIf(t.engine = 'View') AS views
FROM system.databases AS d
LEFT JOIN system.tables AS t ON t.database = d.name
WHERE startsWith(d.name, {prefix:String})
GROUP BY name
