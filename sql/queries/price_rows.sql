-- purpose: rows of a price book
-- grain: one row per provider, model, service class, region, validity and prompt length
-- params: book String version, empty = the newest; provider String empty = all; model String empty = all, else the name in the book; seen_only Bool true = only models that calls used
-- columns: price_row text; provider text; model text; service_class text; region text; valid_from DateTime('UTC'); valid_to DateTime('UTC'); above_input_tokens tokens;
--   fresh_input_usd_per_mtok, cache_read_usd_per_mtok, cache_write_short_usd_per_mtok, cache_write_long_usd_per_mtok, output_usd_per_mtok Nullable USD a million tokens;
--   web_search_usd_per_kcall, request_usd_per_kcall Nullable USD a thousand; source text; reference text; checked Nullable(Date)
-- tables: price_book, price_books, model_alias
SELECT
    price_row, toString(b.provider) AS provider, b.model AS model, toString(b.service_class) AS service_class, toString(b.region) AS region,
    valid_from, valid_to, above_input_tokens,
    fresh_input_usd_per_mtok, cache_read_usd_per_mtok, cache_write_short_usd_per_mtok, cache_write_long_usd_per_mtok, output_usd_per_mtok,
    web_search_usd_per_kcall, request_usd_per_kcall,
    toString(b.source) AS source, reference, checked
FROM price_book AS b FINAL
WHERE book_version = if({book:String} = '', (SELECT argMax(version, loaded_at) FROM price_books), {book:String})
  AND ({provider:String} = '' OR b.provider = {provider:String})
  AND ({model:String} = '' OR b.model = {model:String})
  AND (NOT {seen_only:Bool} OR (b.provider, b.model) IN (SELECT book_provider, book_model FROM model_alias FINAL WHERE book_model != ''))
ORDER BY provider, model, service_class, region, valid_from, above_input_tokens
LIMIT 10000
