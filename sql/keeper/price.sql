-- purpose: prices calls, each by the price of its own time; new calls of a batch, or the calls of a stretch of time anew
-- What a call is priced by stands in it, so pricing a call again needs nothing but the call and the book.
-- grain: one call
-- params: calls Identifier table of the calls; into Identifier table they go to; from_ DateTime64(6,'UTC') first moment of the calls;
--   to_ DateTime64(6,'UTC') moment after the last; changed Bool true = only calls whose price, status or row changes;
--   book String version of the book, empty = what is in force; unpriced Bool true = only calls that have no price; version UInt64 number of the batch
-- reads: the table of calls, model_name, price_range; writes: the other table
INSERT INTO {into:Identifier}
WITH
    named AS
    (
        SELECT
            *,
            dictGet('model_name', ('book_provider', 'book_model', 'note', 'tier'), (toString(provider), toString(response_model))) AS by_response,
            dictGet('model_name', ('book_provider', 'book_model', 'note', 'tier'), (toString(provider), toString(request_model))) AS by_request,
            if(by_response.2 != '', by_response, by_request) AS book,
            toString(service_class) AS class,
            -- Places that have prices of their own; a cloud region stands for its regional endpoint.
            multiIf(
                region IN ('', 'global', 'not_available'), '',
                startsWith(region, 'us-gov'), 'us-gov',
                provider IN ('gcp.vertex_ai', 'azure.ai.openai', 'azure.ai.inference'), 'regional',
                toString(region)) AS place,
            ifNull(fresh_input_tokens, 0) + ifNull(cache_read_tokens, 0) + ifNull(cache_write_short_tokens, 0) + ifNull(cache_write_long_tokens, 0) AS prompt_tokens
        FROM {calls:Identifier}
        WHERE started_at >= {from_:DateTime64(6,'UTC')} AND started_at < {to_:DateTime64(6,'UTC')}
            AND (NOT {unpriced:Bool} OR pricing_status IN ('unknown_model', 'no_price_for_bucket'))
    ),
    classed AS
    (
        SELECT
            *,
            class = 'standard' OR dictGet('price_range', 'version', ({book:String}, book.1, book.2, class, ''), toDateTime(started_at)) != '' AS class_is_priced,
            if(class_is_priced, class, 'standard') AS class_of_price,
            place != '' AND dictGet('price_range', 'version', ({book:String}, book.1, book.2, class_of_price, place), toDateTime(started_at)) != '' AS place_is_priced
        FROM named
    ),
    with_prices AS
    (
        SELECT
            *,
            dictGet('price_range', ('version', 'above', 'fresh', 'read', 'write_short', 'write_long', 'output', 'origin', 'rows', 'search', 'request'), ({book:String}, book.1, book.2, class_of_price, if(place_is_priced, place, '')), toDateTime(started_at)) AS prices
        FROM classed
    ),
    with_costs AS
    (
        SELECT
            *,
            greatest(1, arrayCount(t -> prompt_tokens > t, prices.2)) AS step_of_price,
            toInt128(fresh_input_tokens) * prices.3[step_of_price] AS fresh_femto,
            toInt128(cache_read_tokens) * prices.4[step_of_price] AS read_femto,
            toInt128(cache_write_short_tokens) * prices.5[step_of_price] AS short_femto,
            toInt128(cache_write_long_tokens) * prices.6[step_of_price] AS long_femto,
            toInt128(output_tokens) * prices.7[step_of_price] AS output_femto,
            toInt128(web_searches) * prices.10 AS search_femto
        FROM with_prices
    ),
    priced AS
    (
        SELECT
            *,
            multiIf(
                c.pricing_status IN ('free', 'conflicting_usage', 'not_billed', 'missing_usage'), toString(c.pricing_status),
                prices.1 = '', 'unknown_model',
                least(ifNull(fresh_femto, 0), ifNull(read_femto, 0), ifNull(short_femto, 0), ifNull(long_femto, 0), ifNull(output_femto, 0), ifNull(search_femto, 0)) < 0, 'no_price_for_bucket',
                'priced') AS pricing,
            toInt64(intDiv(fresh_femto + 500, 1000)) AS fresh_pico,
            toInt64(intDiv(read_femto + 500, 1000)) AS read_pico,
            toInt64(intDiv(short_femto + 500, 1000)) AS short_pico,
            toInt64(intDiv(long_femto + 500, 1000)) AS long_pico,
            toInt64(intDiv(output_femto + 500, 1000)) AS output_pico,
            if(search_femto IS NULL AND prices.11 = 0, NULL, toInt64(intDiv(ifNull(search_femto, 0) + prices.11 + 500, 1000))) AS fee_pico,
            if(pricing = 'priced', reinterpret(ifNull(fresh_pico, 0) + ifNull(read_pico, 0) + ifNull(short_pico, 0) + ifNull(long_pico, 0) + ifNull(output_pico, 0) + ifNull(fee_pico, 0), 'Decimal64(12)'), NULL) AS cost,
            if(pricing = 'priced', prices.9[step_of_price], '') AS row_of_price,
            arrayStringConcat(arrayFilter(n -> n != '', arrayConcat(
                [if(pricing = 'priced', book.3, '')],
                arrayFilter(n -> n NOT IN ('alias', 'context_fallback', 'override', 'overlay'), splitByChar(',', toString(c.pricing_note))),
                [
                    if(pricing = 'priced' AND NOT class_is_priced, 'context_fallback', ''),
                    if(pricing = 'priced' AND prices.8 IN ('override', 'overlay'), prices.8, '')
                ])), ',') AS note
        FROM with_costs AS c
    )
SELECT
    p.* EXCEPT (
        by_response, by_request, book, class, place, prompt_tokens, class_is_priced, class_of_price, place_is_priced, prices, step_of_price,
        fresh_femto, read_femto, short_femto, long_femto, output_femto, search_femto, pricing,
        fresh_pico, read_pico, short_pico, long_pico, output_pico, fee_pico, cost, row_of_price, note)
    REPLACE (
        if(p.tier != '', toString(p.tier), if(by_request.4 != '', by_request.4, by_response.4)) AS tier,
        if(pricing = 'priced', reinterpret(fresh_pico, 'Decimal64(12)'), NULL) AS fresh_input_cost_usd,
        if(pricing = 'priced', reinterpret(read_pico, 'Decimal64(12)'), NULL) AS cache_read_cost_usd,
        if(pricing = 'priced', if(short_pico IS NULL AND long_pico IS NULL, NULL, reinterpret(ifNull(short_pico, 0) + ifNull(long_pico, 0), 'Decimal64(12)')), NULL) AS cache_write_cost_usd,
        if(pricing = 'priced', reinterpret(output_pico, 'Decimal64(12)'), NULL) AS output_cost_usd,
        if(pricing = 'priced', reinterpret(fee_pico, 'Decimal64(12)'), NULL) AS tool_fee_usd,
        cost AS list_cost_usd,
        coalesce(p.original_cost_usd, cost) AS original_cost_usd,
        pricing AS pricing_status,
        note AS pricing_note,
        if(pricing = 'priced', prices.1, '') AS price_book_version,
        row_of_price AS price_row,
        {version:UInt64} AS version)
FROM priced AS p
WHERE NOT {changed:Bool}
    OR p.pricing_status != pricing OR p.price_row != row_of_price OR p.pricing_note != note OR p.price_book_version != if(pricing = 'priced', prices.1, '')
    OR NOT (p.list_cost_usd <=> cost)
SETTINGS short_circuit_function_evaluation = 'disable', optimize_on_insert = 0
