-- purpose: what a million tokens of each bucket cost, when, and above which prompt length
-- grain: provider x model x service class x validity x prompt length
-- written by: the price keeper, from genai-prices and the overrides of spanledger.yaml
CREATE TABLE IF NOT EXISTS price_book
(
    book_version LowCardinality(String) COMMENT 'price book the row belongs to',
    provider LowCardinality(String) COMMENT 'provider as the book names it',
    model String COMMENT 'model as the book names it, or the name an override gives',
    service_class LowCardinality(String) COMMENT 'standard, batch, flex, priority or fast',
    valid_from DateTime('UTC') COMMENT 'first moment of the price',
    valid_to DateTime('UTC') COMMENT 'moment after the last; far in the future while it holds',
    above_input_tokens UInt64 COMMENT 'the row holds for prompts of more tokens than this, cached ones included; 0 = from the first',
    fresh_input_usd_per_mtok Nullable(Decimal(18, 9)) COMMENT 'USD a million tokens; NULL = no price',
    cache_read_usd_per_mtok Nullable(Decimal(18, 9)) COMMENT 'USD a million tokens; NULL = no price',
    cache_write_short_usd_per_mtok Nullable(Decimal(18, 9)) COMMENT 'USD a million tokens; NULL = no price',
    cache_write_long_usd_per_mtok Nullable(Decimal(18, 9)) COMMENT 'USD a million tokens; NULL = no price',
    output_usd_per_mtok Nullable(Decimal(18, 9)) COMMENT 'USD a million tokens; NULL = no price',
    source LowCardinality(String) COMMENT 'genai-prices or override'
)
ENGINE = ReplacingMergeTree
ORDER BY (book_version, provider, model, service_class, valid_from, above_input_tokens)
COMMENT 'What a million tokens of each bucket cost'
