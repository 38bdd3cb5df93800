-- purpose: loads how each emitter counts
-- grain: one emitter, provider, convention and range of versions
-- params: rows String the lines of sql/data/emitter_rules.csv, joined by semicolons
-- writes: emitter_rules
INSERT INTO emitter_rules
WITH v -> arrayMap(part -> toUInt32OrZero(part), splitByChar('.', v)) AS parts,
    v -> parts(v)[1] * 1000000 + parts(v)[2] * 1000 + parts(v)[3] AS version_number
SELECT f[1], f[2], f[3], version_number(f[4]), if(f[5] = '', 4294967295, version_number(f[5]) - 1), f[6], f[7], f[8], f[9], f[10]
FROM
(
    SELECT splitByChar(',', line) AS f
    FROM (SELECT arrayJoin(splitByChar(';', {rows:String})) AS line)
    WHERE line != '' AND NOT startsWith(line, 'scope,')
)
