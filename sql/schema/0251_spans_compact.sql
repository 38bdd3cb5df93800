-- purpose: parts of spans below 64 MiB keep their columns in one file: a file a column costs every insert and small merge
-- a third more time and 100s of MiB of write buffers
-- grain: none
-- writes: spans
ALTER TABLE spans MODIFY SETTING min_bytes_for_wide_part = 67108864
