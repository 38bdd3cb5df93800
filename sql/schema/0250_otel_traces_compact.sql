-- purpose: parts of otel_traces below 64 MiB keep their columns in one file: a file a column costs every insert and small merge
-- a third more time and 100s of MiB of write buffers
-- grain: none
-- writes: otel_traces
ALTER TABLE otel_traces MODIFY SETTING min_bytes_for_wide_part = 67108864
