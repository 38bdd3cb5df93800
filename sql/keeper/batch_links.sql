-- purpose: everywhere the keys of the batch stand
-- grain: one key in one trace in one insert
INSERT INTO work_links
SELECT key, kind, trace_id, ingested_at
FROM key_index
WHERE key IN (SELECT key FROM work_keys)
