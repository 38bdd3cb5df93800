-- purpose: what calls cost now, cost at first, and would cost by another price book, by model
-- The formula is that of keeper/price, without what only a stored call needs; a test holds them equal.
-- grain: one row per provider and model as seen, largest movement first
-- params: from_ DateTime64(6,'UTC') first moment of the calls; to_ DateTime64(6,'UTC') moment after the last;
--   book String version of the book, empty = what is in force
-- columns: provider text; model text; calls count; changed_calls count calls whose cost changes; newly_priced count; newly_unpriced count;
--   unpriced count calls without a price by the book; now_usd text USD as the calls stand, exact; then_usd text USD as first priced;
--   book_usd text USD by the book; moved_usd text USD book_usd less now_usd; up_usd text USD of the calls that get dearer;
--   down_usd text USD of those that get cheaper, negative
-- tables: llm_calls, model_name, price_range
WITH
    named AS
    (
        SELECT
            toString(c.provider) AS seen_provider,
            toString(if(response_model != '', response_model, request_model)) AS seen_model,
            cityHash64(seen_provider, toString(response_model)) AS by_response,
            if(dictGetString('model_name', 'book_model', by_response) != '', by_response, cityHash64(seen_provider, toString(request_model))) AS by_name,
            dictGetString('model_name', 'book_provider', by_name) AS at,
            dictGetString('model_name', 'book_model', by_name) AS meant,
            toString(service_class) AS class,
            multiIf(
                match(request_model, '(?:^|/)(?:us-gov|eu|apac|jp)\\.'), toString(extract(request_model, '(?:^|/)(us-gov|eu|apac|jp)\\.')),
                match(response_model, '(?:^|/)(?:us-gov|eu|apac|jp)\\.'), toString(extract(response_model, '(?:^|/)(us-gov|eu|apac|jp)\\.')),
                region IN ('', 'global', 'not_available'), '',
                startsWith(region, 'us-gov'), 'us-gov',
                c.provider = 'gcp.vertex_ai', 'regional',
                toString(region)) AS place,
            toDateTime(started_at) AS moment,
            toInt64(ifNull(fresh_input_tokens, 0)) AS fresh, toInt64(ifNull(cache_read_tokens, 0)) AS read,
            toInt64(ifNull(cache_write_short_tokens, 0)) AS short, toInt64(ifNull(cache_write_long_tokens, 0)) AS long,
            toInt64(ifNull(output_tokens, 0)) AS out, toInt64(ifNull(web_searches, 0)) AS searches,
            dictGetUInt64('price_range', 'next1', cityHash64({book:String}, at, meant, class, '', toUInt8(0)), moment) > 0 AS class_is_priced,
            if(class_is_priced, class, 'standard') AS class_of_price,
            if(place != '' AND dictGetUInt64('price_range', 'next1', cityHash64({book:String}, at, meant, class_of_price, place, toUInt8(0)), moment) > 0, place, '') AS place_of_price,
            dictGet('price_range', ('next1', 'next2', 'next3'), cityHash64({book:String}, at, meant, class_of_price, place_of_price, toUInt8(0)), moment) AS steps,
            toUInt8((fresh + read + short + long > steps.1) + (fresh + read + short + long > steps.2) + (fresh + read + short + long > steps.3)) AS step_of_price,
            steps.1 > 18446744073709550000 AND steps.1 < 18446744073709551615 AS is_daily,
            dictGet('price_range', ('fresh', 'read', 'write_short', 'write_long', 'output', 'search', 'request'), cityHash64({book:String}, at, meant, class_of_price, if(is_daily, 'daily', place_of_price), step_of_price), if(is_daily, toDateTime(toUnixTimestamp(moment) % 86400 + (18446744073709551614 - steps.1) * 86400), moment)) AS prices,
            steps.1 > 0 AND pricing_status NOT IN ('free', 'conflicting_usage', 'not_billed', 'missing_usage')
                AND NOT ((prices.1 < 0 AND fresh > 0) OR (prices.2 < 0 AND read > 0) OR (prices.3 < 0 AND short > 0) OR (prices.4 < 0 AND long > 0)
                    OR (prices.5 < 0 AND out > 0) OR (prices.6 < 0 AND searches > 0)) AS is_priced,
            pricing_status NOT IN ('free', 'not_billed') AND NOT is_priced AS is_unpriced,
            list_cost_usd, original_cost_usd,
            if(is_priced, reinterpret(
                fresh * intDiv(prices.1, 1000) + intDiv(fresh * (prices.1 % 1000) + 500, 1000)
                + read * intDiv(prices.2, 1000) + intDiv(read * (prices.2 % 1000) + 500, 1000)
                + short * intDiv(prices.3, 1000) + intDiv(short * (prices.3 % 1000) + 500, 1000)
                + long * intDiv(prices.4, 1000) + intDiv(long * (prices.4 % 1000) + 500, 1000)
                + out * intDiv(prices.5, 1000) + intDiv(out * (prices.5 % 1000) + 500, 1000)
                + searches * intDiv(prices.6, 1000) + intDiv(prices.7 + 500, 1000), 'Decimal64(12)'), NULL) AS cost
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
    toString(sum(ifNull(toDecimal128(list_cost_usd, 12), 0)) AS now) AS now_usd,
    toString(sum(ifNull(toDecimal128(original_cost_usd, 12), 0))) AS then_usd,
    toString(sum(ifNull(toDecimal128(cost, 12), 0)) AS booked) AS book_usd,
    toString(booked - now) AS moved_usd,
    toString(sum(greatest(ifNull(toDecimal128(cost, 12), 0) - ifNull(toDecimal128(list_cost_usd, 12), 0), toDecimal128(0, 12)))) AS up_usd,
    toString(sum(least(ifNull(toDecimal128(cost, 12), 0) - ifNull(toDecimal128(list_cost_usd, 12), 0), toDecimal128(0, 12)))) AS down_usd
FROM named
GROUP BY provider, model
ORDER BY abs(booked - now) DESC, now DESC, calls DESC, provider, model
LIMIT 1000
SETTINGS short_circuit_function_evaluation = 'disable'
