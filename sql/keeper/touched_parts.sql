-- purpose: parts of touched_keys that wait, oldest first
-- grain: one part
SELECT name, rows, dateDiff('second', modification_time, now()) AS age_s
FROM system.parts
WHERE database = currentDatabase() AND table = 'touched_keys' AND active AND rows > 0
ORDER BY min_block_number
