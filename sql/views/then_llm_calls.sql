-- purpose: calls as priced then: each bucket at the price that the call got first, list_cost_usd their sum; where only the sum is known, the
--   buckets are not
-- grain: one call
-- params: into Identifier the database of these views
-- reads: llm_calls, first_price
CREATE OR REPLACE VIEW {into:Identifier}.llm_calls AS
WITH
    c.first_price = 0 AND c.original_cost_usd <=> c.list_cost_usd AS is_now,
    dictGet('first_price', ('fresh', 'read', 'write_short', 'write_long', 'output', 'search', 'request', 'version', 'row'), c.first_price) AS p,
    p.8 != '' AND c.original_cost_usd IS NOT NULL AS is_known,
    toInt64(ifNull(c.fresh_input_tokens, 0)) AS f, toInt64(ifNull(c.cache_read_tokens, 0)) AS r, toInt64(ifNull(c.cache_write_short_tokens, 0)) AS s,
    toInt64(ifNull(c.cache_write_long_tokens, 0)) AS l, toInt64(ifNull(c.output_tokens, 0)) AS o, toInt64(ifNull(c.web_searches, 0)) AS w
SELECT c.* REPLACE (
    multiIf(is_now, c.fresh_input_cost_usd, is_known AND c.fresh_input_tokens IS NOT NULL,
        reinterpret(f * intDiv(p.1, 1000) + intDiv(f * (p.1 % 1000) + 500, 1000), 'Decimal64(12)'), NULL) AS fresh_input_cost_usd,
    multiIf(is_now, c.cache_read_cost_usd, is_known AND c.cache_read_tokens IS NOT NULL,
        reinterpret(r * intDiv(p.2, 1000) + intDiv(r * (p.2 % 1000) + 500, 1000), 'Decimal64(12)'), NULL) AS cache_read_cost_usd,
    multiIf(is_now, c.cache_write_cost_usd, is_known AND (c.cache_write_short_tokens IS NOT NULL OR c.cache_write_long_tokens IS NOT NULL),
        reinterpret(s * intDiv(p.3, 1000) + intDiv(s * (p.3 % 1000) + 500, 1000) + l * intDiv(p.4, 1000) + intDiv(l * (p.4 % 1000) + 500, 1000), 'Decimal64(12)'), NULL) AS cache_write_cost_usd,
    multiIf(is_now, c.output_cost_usd, is_known AND c.output_tokens IS NOT NULL,
        reinterpret(o * intDiv(p.5, 1000) + intDiv(o * (p.5 % 1000) + 500, 1000), 'Decimal64(12)'), NULL) AS output_cost_usd,
    multiIf(is_now, c.tool_fee_usd, is_known AND (c.web_searches IS NOT NULL OR p.7 > 0),
        reinterpret(w * intDiv(p.6, 1000) + intDiv(p.7 + 500, 1000), 'Decimal64(12)'), NULL) AS tool_fee_usd,
    c.original_cost_usd AS list_cost_usd,
    multiIf(is_now OR c.original_cost_usd IS NULL, toString(c.pricing_status), 'priced') AS pricing_status,
    multiIf(is_now, toString(c.price_book_version), p.8) AS price_book_version,
    multiIf(is_now, c.price_row, p.9) AS price_row)
FROM llm_calls AS c FINAL
