-- purpose: every key that an insert indexed is to be recomputed
-- grain: one key in one trace in one insert
-- reads: key_index; writes: touched_keys
CREATE MATERIALIZED VIEW IF NOT EXISTS touch TO touched_keys AS
SELECT key, kind, trace_id, ingested_at
FROM key_index
