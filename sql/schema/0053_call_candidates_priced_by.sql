-- purpose: what else the price of a call depends on
-- grain: one span that called a model
ALTER TABLE call_candidates
    ADD COLUMN IF NOT EXISTS region LowCardinality(String) COMMENT 'where the provider ran the call, as reported: inference geography or cloud region; empty when not reported' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS web_searches Nullable(UInt32) COMMENT 'web searches the provider made in the call; NULL when not reported' CODEC(ZSTD(1))
