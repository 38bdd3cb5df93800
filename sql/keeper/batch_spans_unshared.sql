-- purpose: takes away tasks and conversations that too many traces share: each of their traces is then charged by itself
-- grain: one span
-- reads: wide_keys; writes: work_spans
ALTER TABLE work_spans
UPDATE
    task_id = if(sipHash64('task', task_id) IN (SELECT key FROM wide_keys), '', task_id),
    conversation_id = if(sipHash64('conversation', conversation_id) IN (SELECT key FROM wide_keys), '', conversation_id)
WHERE sipHash64('task', task_id) IN (SELECT key FROM wide_keys) OR sipHash64('conversation', conversation_id) IN (SELECT key FROM wide_keys)
