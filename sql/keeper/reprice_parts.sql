-- purpose: in how many parts some days of calls lie, and the number of the newest insert into each day
-- grain: one day of calls
-- params: days Array(String) partitions of llm_calls
-- reads: system.parts
SELECT partition_id AS day, count() AS parts, max(max_block_number) AS newest
FROM system.parts
WHERE database = currentDatabase() AND table = 'llm_calls' AND active AND partition_id IN {days:Array(String)}
GROUP BY day
