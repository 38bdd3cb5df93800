-- purpose: on what the reading of a call's usage rests
-- grain: one call
ALTER TABLE llm_calls
    ADD COLUMN IF NOT EXISTS evidence LowCardinality(String) COMMENT 'on what the reading of the input total rests; convention says in whose words it came' CODEC(ZSTD(1)) AFTER convention
