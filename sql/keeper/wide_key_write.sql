-- purpose: notes a key that too many traces share
-- grain: one key
-- params: key UInt64 as in key_index; kind UInt8; traces UInt64; example String one of the traces
-- writes: wide_keys
INSERT INTO wide_keys (key, kind, traces, example_trace_id)
SELECT {key:UInt64}, {kind:UInt8}, {traces:UInt64}, {example:String}
