-- purpose: every attribute name that recognition looks for; role 200 = a rule of spanledger.yaml matches it
-- grain: one attribute name
-- reads: attribute_roles, ruled_attributes
CREATE VIEW IF NOT EXISTS attribute_names AS
SELECT name, role, convention
FROM attribute_roles
UNION ALL
SELECT name, 200, ''
FROM ruled_attributes
WHERE name NOT IN (SELECT name FROM attribute_roles)
