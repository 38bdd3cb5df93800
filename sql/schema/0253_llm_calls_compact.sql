-- purpose: parts of llm_calls below 64 MiB keep their columns in one file: a file a column costs every insert and small merge
-- a third more time and 100s of MiB of write buffers
-- grain: none
-- writes: llm_calls
ALTER TABLE llm_calls MODIFY SETTING min_bytes_for_wide_part = 67108864
