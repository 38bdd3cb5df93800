-- purpose: parts of call_reports below 64 MiB keep their columns in one file: a file a column costs every insert and small merge
-- a third more time and 100s of MiB of write buffers
-- grain: none
-- writes: call_reports
ALTER TABLE call_reports MODIFY SETTING min_bytes_for_wide_part = 67108864
