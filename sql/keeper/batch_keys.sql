-- purpose: keys of the parts that the batch takes
-- grain: one key
INSERT INTO work_keys
SELECT DISTINCT key
FROM touched_keys
WHERE _part IN {parts:Array(String)}
