-- purpose: what else the price of a call depends on, and which row of the price book gave it
-- grain: one call
ALTER TABLE llm_calls
    ADD COLUMN IF NOT EXISTS region LowCardinality(String) COMMENT 'where the provider ran the call, as reported: inference geography or cloud region; empty when not reported' CODEC(ZSTD(1)) AFTER price_book_version,
    ADD COLUMN IF NOT EXISTS web_searches Nullable(UInt32) COMMENT 'web searches the provider made in the call; NULL when not reported' CODEC(ZSTD(1)) AFTER region,
    ADD COLUMN IF NOT EXISTS price_row LowCardinality(String) COMMENT 'price_row of price_book in price_book_version that gave the price; empty when unpriced' CODEC(ZSTD(1)) AFTER web_searches
