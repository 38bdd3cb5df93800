-- purpose: prices by region, fees a thousand web searches and calls, and where each row comes from
-- grain: provider x model x service class x validity x prompt length x region
ALTER TABLE price_book
    ADD COLUMN IF NOT EXISTS region LowCardinality(String) COMMENT 'us, regional, us-gov or another place with a price of its own; empty = everywhere else',
    ADD COLUMN IF NOT EXISTS price_row String COMMENT 'name of the row in its book, as llm_calls.price_row says it',
    ADD COLUMN IF NOT EXISTS web_search_usd_per_kcall Nullable(Decimal(18, 9)) COMMENT 'USD a thousand web searches of the provider; NULL = no price',
    ADD COLUMN IF NOT EXISTS request_usd_per_kcall Nullable(Decimal(18, 9)) COMMENT 'USD a thousand calls, on top of tokens; NULL = none',
    ADD COLUMN IF NOT EXISTS reference String COMMENT 'page the price was read from, where the book names one',
    ADD COLUMN IF NOT EXISTS checked Nullable(Date) COMMENT 'day on which it was read, where the book says so',
    MODIFY ORDER BY (book_version, provider, model, service_class, valid_from, above_input_tokens, region)
