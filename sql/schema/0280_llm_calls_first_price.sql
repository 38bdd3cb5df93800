-- purpose: by which row of which price book a call was priced first, so that a first price can be split into its buckets
-- grain: one call
ALTER TABLE llm_calls
    ADD COLUMN IF NOT EXISTS first_price UInt64 COMMENT 'key in the dictionary first_price of the price it got first; 0 = the one it has, 1 = of which only original_cost_usd is known' CODEC(ZSTD(1)) AFTER original_cost_usd
