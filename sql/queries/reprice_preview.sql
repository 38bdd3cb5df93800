-- purpose: what calls cost now, cost at first, and would cost by another price book, by model
-- The formula is that of keeper/price, without what only a stored call needs; a test holds them equal.
-- grain: one row per provider and model as seen, largest movement first
-- params: from_ DateTime64(6,'UTC') first moment of the calls; to_ DateTime64(6,'UTC') moment after the last;
--   book String version of the book, empty = what is in force
-- columns: provider text; model text; calls count; changed_calls count calls whose cost changes; newly_priced count; newly_unpriced count;
--   unpriced count calls without a price by the book; now_usd Decimal USD as the calls stand; then_usd Decimal USD as first priced;
--   book_usd Decimal USD by the book; moved_usd Decimal USD book_usd less now_usd; up_usd Decimal USD of the calls that get dearer;
--   down_usd Decimal USD of those that get cheaper, negative
-- tables: llm_calls, model_name, price_range
WITH
    named AS
    (
        SELECT
            toString(c.provider) AS seen_provider,
            toString(if(response_model != '', response_model, request_model)) AS seen_model,
            dictGet('model_name', ('book_provider', 'book_model'), (toString(c.provider), toString(response_model))) AS by_response,
            if(by_response.2 != '', by_response, dictGet('model_name', ('book_provider', 'book_model'), (toString(c.provider), toString(request_model)))) AS meant,
            toString(service_class) AS class,
            multiIf(
                region IN ('', 'global', 'not_available'), '',
                startsWith(region, 'us-gov'), 'us-gov',
                c.provider IN ('gcp.vertex_ai', 'azure.ai.openai', 'azure.ai.inference'), 'regional',
                toString(region)) AS place,
            class = 'standard' OR dictGet('price_range', 'version', ({book:String}, meant.1, meant.2, class, ''), toDateTime(started_at)) != '' AS class_is_priced,
            if(class_is_priced, class, 'standard') AS class_of_price,
            place != '' AND dictGet('price_range', 'version', ({book:String}, meant.1, meant.2, class_of_price, place), toDateTime(started_at)) != '' AS place_is_priced,
            dictGet('price_range', ('version', 'above', 'fresh', 'read', 'write_short', 'write_long', 'output', 'search', 'request'), ({book:String}, meant.1, meant.2, class_of_price, if(place_is_priced, place, '')), toDateTime(started_at)) AS prices,
            greatest(1, arrayCount(t -> ifNull(fresh_input_tokens, 0) + ifNull(cache_read_tokens, 0) + ifNull(cache_write_short_tokens, 0) + ifNull(cache_write_long_tokens, 0) > t, prices.2)) AS step_of_price,
            [ifNull(toInt128(fresh_input_tokens) * prices.3[step_of_price], 0), ifNull(toInt128(cache_read_tokens) * prices.4[step_of_price], 0),
             ifNull(toInt128(cache_write_short_tokens) * prices.5[step_of_price], 0), ifNull(toInt128(cache_write_long_tokens) * prices.6[step_of_price], 0),
             ifNull(toInt128(output_tokens) * prices.7[step_of_price], 0), ifNull(toInt128(web_searches) * prices.8, 0)] AS femto,
            prices.1 != '' AND arrayMin(femto) >= 0 AND pricing_status NOT IN ('free', 'conflicting_usage', 'not_billed', 'missing_usage') AS is_priced,
            pricing_status NOT IN ('free', 'not_billed') AND NOT is_priced AS is_unpriced,
            list_cost_usd, original_cost_usd,
            if(is_priced, reinterpret(toInt64(intDiv(femto[1] + 500, 1000) + intDiv(femto[2] + 500, 1000) + intDiv(femto[3] + 500, 1000)
                + intDiv(femto[4] + 500, 1000) + intDiv(femto[5] + 500, 1000) + intDiv(femto[6] + prices.9 + 500, 1000)), 'Decimal64(12)'), NULL) AS cost
        FROM llm_calls AS c FINAL
        WHERE started_at >= {from_:DateTime64(6,'UTC')} AND started_at < {to_:DateTime64(6,'UTC')}
    )
SELECT
    seen_provider AS provider,
    seen_model AS model,
    count() AS calls,
    countIf(NOT (cost <=> list_cost_usd)) AS changed_calls,
    countIf(cost IS NOT NULL AND list_cost_usd IS NULL) AS newly_priced,
    countIf(cost IS NULL AND list_cost_usd IS NOT NULL) AS newly_unpriced,
    countIf(is_unpriced) AS unpriced,
    sum(ifNull(toDecimal128(list_cost_usd, 12), 0)) AS now_usd,
    sum(ifNull(toDecimal128(original_cost_usd, 12), 0)) AS then_usd,
    sum(ifNull(toDecimal128(cost, 12), 0)) AS book_usd,
    book_usd - now_usd AS moved_usd,
    sum(greatest(ifNull(toDecimal128(cost, 12), 0) - ifNull(toDecimal128(list_cost_usd, 12), 0), toDecimal128(0, 12))) AS up_usd,
    sum(least(ifNull(toDecimal128(cost, 12), 0) - ifNull(toDecimal128(list_cost_usd, 12), 0), toDecimal128(0, 12))) AS down_usd
FROM named
GROUP BY provider, model
ORDER BY abs(moved_usd) DESC, now_usd DESC, calls DESC, provider, model
LIMIT 1000
SETTINGS short_circuit_function_evaluation = 'disable'
