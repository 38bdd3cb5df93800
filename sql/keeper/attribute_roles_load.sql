-- purpose: loads the attribute names of every convention
-- grain: one attribute name
-- writes: attribute_roles
INSERT INTO attribute_roles (name, role, meaning, convention)
SELECT f[1], toUInt8(f[2]), f[3], f[4]
FROM
(
    SELECT splitByChar(',', line) AS f
    FROM (SELECT arrayJoin(splitByChar(';', {rows:String})) AS line)
    WHERE line != '' AND NOT startsWith(line, 'name,role,')
)
