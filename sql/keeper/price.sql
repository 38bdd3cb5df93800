-- purpose: prices calls, each by the price of its own time; new calls of a batch, or the calls of a stretch of time anew
-- A call whose price stays keeps the version of the book that gave it. What a call is priced by stands in it, so pricing a call again needs nothing but the call and the book.
-- grain: one call
-- params: calls Identifier table of the calls; into Identifier table they go to; from_ DateTime64(6,'UTC') first moment of the calls;
--   to_ DateTime64(6,'UTC') moment after the last; changed Bool true = only calls whose price, status or row changes;
--   book String version of the book, empty = what is in force; unpriced Bool true = only calls that have no price;
--   known Bool false = none of the calls stood before, so none has a first price; version UInt64 number of the batch
-- reads: the table of calls, model_name, price_range, first_price; writes: the other table
INSERT INTO {into:Identifier}
WITH
    named AS
    (
        SELECT
            *,
            cityHash64(toString(provider), toString(response_model)) AS by_response,
            cityHash64(toString(provider), toString(request_model)) AS by_request,
            dictGetString('model_name', 'book_model', by_response) != '' AS responded,
            if(responded, by_response, by_request) AS by_name,
            dictGetString('model_name', 'book_provider', by_name) AS at,
            dictGetString('model_name', 'book_model', by_name) AS meant,
            toString(service_class) AS class,
            -- Places that have prices of their own; a cloud region stands for its regional endpoint.
            multiIf(
                match(request_model, '(?:^|/)(?:us-gov|eu|apac|jp)\\.'), toString(extract(request_model, '(?:^|/)(us-gov|eu|apac|jp)\\.')),
                match(response_model, '(?:^|/)(?:us-gov|eu|apac|jp)\\.'), toString(extract(response_model, '(?:^|/)(us-gov|eu|apac|jp)\\.')),
                region IN ('', 'global', 'not_available'), '',
                startsWith(region, 'us-gov'), 'us-gov',
                provider = 'gcp.vertex_ai', 'regional',
                toString(region)) AS place,
            toDateTime(started_at) AS moment,
            ifNull(fresh_input_tokens, 0) + ifNull(cache_read_tokens, 0) + ifNull(cache_write_short_tokens, 0) + ifNull(cache_write_long_tokens, 0) AS prompt_tokens
        FROM {calls:Identifier}
        WHERE started_at >= {from_:DateTime64(6,'UTC')} AND started_at < {to_:DateTime64(6,'UTC')}
            AND (NOT {unpriced:Bool} OR pricing_status IN ('unknown_model', 'no_price_for_bucket'))
    ),
    placed AS
    (
        SELECT
            *,
            dictGetUInt64('price_range', 'next1', cityHash64({book:String}, at, meant, class, '', toUInt8(0)), moment) > 0 AS class_is_priced,
            if(class_is_priced, class, 'standard') AS class_of_price,
            place != '' AND dictGetUInt64('price_range', 'next1', cityHash64({book:String}, at, meant, class_of_price, place, toUInt8(0)), moment) > 0 AS place_is_priced,
            if(place_is_priced, place, '') AS place_of_price
        FROM named
    ),
    stepped AS
    (
        SELECT
            *,
            dictGet('price_range', ('next1', 'next2', 'next3'), cityHash64({book:String}, at, meant, class_of_price, place_of_price, toUInt8(0)), moment) AS steps
        FROM placed
    ),
    found AS
    (
        SELECT
            *,
            -- A price by the hour of the day.
            steps.1 > 18446744073709550000 AND steps.1 < 18446744073709551615 AS is_daily,
            cityHash64({book:String}, at, meant, class_of_price, if(is_daily, 'daily', place_of_price), toUInt8((prompt_tokens > steps.1) + (prompt_tokens > steps.2) + (prompt_tokens > steps.3))) AS id_of_price,
            dictGet('price_range', ('fresh', 'read', 'write_short', 'write_long', 'output', 'search', 'request', 'version', 'origin', 'row'), id_of_price, if(is_daily, toDateTime(toUnixTimestamp(moment) % 86400 + (18446744073709551614 - steps.1) * 86400), moment)) AS prices
        FROM stepped
    ),
    measured AS
    (
        SELECT
            *,
            -- tokens x price in whole picodollars, rounded half up: tokens x (1000 q + r) / 1000, which fits 64 bits.
            toInt64(ifNull(fresh_input_tokens, 0)) AS fresh, toInt64(ifNull(cache_read_tokens, 0)) AS read,
            toInt64(ifNull(cache_write_short_tokens, 0)) AS short, toInt64(ifNull(cache_write_long_tokens, 0)) AS long,
            toInt64(ifNull(output_tokens, 0)) AS out, toInt64(ifNull(web_searches, 0)) AS searches,
            fresh * intDiv(prices.1, 1000) + intDiv(fresh * (prices.1 % 1000) + 500, 1000) AS fresh_pico,
            read * intDiv(prices.2, 1000) + intDiv(read * (prices.2 % 1000) + 500, 1000) AS read_pico,
            short * intDiv(prices.3, 1000) + intDiv(short * (prices.3 % 1000) + 500, 1000) AS short_pico,
            long * intDiv(prices.4, 1000) + intDiv(long * (prices.4 % 1000) + 500, 1000) AS long_pico,
            out * intDiv(prices.5, 1000) + intDiv(out * (prices.5 % 1000) + 500, 1000) AS output_pico,
            searches * intDiv(prices.6, 1000) + intDiv(prices.7 + 500, 1000) AS fee_pico
        FROM found
    ),
    judged AS
    (
        SELECT
            *,
            multiIf(
                c.pricing_status IN ('free', 'conflicting_usage', 'not_billed', 'missing_usage'), toString(c.pricing_status),
                prices.8 = '', 'unknown_model',
                (prices.1 < 0 AND fresh > 0) OR (prices.2 < 0 AND read > 0) OR (prices.3 < 0 AND short > 0) OR (prices.4 < 0 AND long > 0)
                    OR (prices.5 < 0 AND out > 0) OR (prices.6 < 0 AND searches > 0), 'no_price_for_bucket',
                'priced') AS pricing,
            pricing = 'priced' AS is_priced
        FROM measured AS c
    ),
    costed AS
    (
        SELECT
            *,
            if(is_priced, reinterpret(fresh_pico + read_pico + short_pico + long_pico + output_pico + fee_pico, 'Decimal64(12)'), NULL) AS cost,
            if(is_priced, prices.10, '') AS row_of_price,
            if(is_priced, prices.8, '') AS version_of_price,
            -- What it was priced by first, before. A first price that is the one of now is not kept; one of another book prices the tokens that stand.
            if(is_priced, cityHash64(version_of_price, row_of_price), 0) AS new_price,
            if({known:Bool}, multiIf(
                c.first_price > 0, c.first_price,
                c.price_row = '', 0,
                c.original_cost_usd <=> c.list_cost_usd, cityHash64(toString(c.price_book_version), c.price_row),
                1), 0) AS old_price
        FROM judged AS c
    ),
    priced AS
    (
        SELECT
            *,
            dictGet('first_price', ('fresh', 'read', 'write_short', 'write_long', 'output', 'search', 'request', 'version'), if(old_price = new_price, 0, old_price)) AS firsts,
            old_price IN (0, new_price) OR (is_priced AND (firsts.8 = version_of_price OR (firsts.8 != '' AND prices.1 = firsts.1 AND prices.2 = firsts.2
                AND prices.3 = firsts.3 AND prices.4 = firsts.4 AND prices.5 = firsts.5 AND prices.6 = firsts.6 AND prices.7 = firsts.7))) AS stays,
            firsts.8 != '' AND NOT ((firsts.1 < 0 AND fresh > 0) OR (firsts.2 < 0 AND read > 0) OR (firsts.3 < 0 AND short > 0) OR (firsts.4 < 0 AND long > 0)
                OR (firsts.5 < 0 AND out > 0) OR (firsts.6 < 0 AND searches > 0)) AS is_first_known,
            if({known:Bool}, multiIf(
                old_price = 0, coalesce(c.original_cost_usd, cost),
                stays, cost,
                pricing IN ('free', 'conflicting_usage', 'not_billed', 'missing_usage'), NULL,
                is_first_known, reinterpret(
                    fresh * intDiv(firsts.1, 1000) + intDiv(fresh * (firsts.1 % 1000) + 500, 1000) + read * intDiv(firsts.2, 1000) + intDiv(read * (firsts.2 % 1000) + 500, 1000)
                    + short * intDiv(firsts.3, 1000) + intDiv(short * (firsts.3 % 1000) + 500, 1000) + long * intDiv(firsts.4, 1000) + intDiv(long * (firsts.4 % 1000) + 500, 1000)
                    + out * intDiv(firsts.5, 1000) + intDiv(out * (firsts.5 % 1000) + 500, 1000) + searches * intDiv(firsts.6, 1000) + intDiv(firsts.7 + 500, 1000), 'Decimal64(12)'),
                c.original_cost_usd), coalesce(c.original_cost_usd, cost)) AS first_cost,
            -- Notes of the reading stay, those of an earlier pricing go.
            replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(concat(',', toString(c.pricing_note), ','), ',alias,', ','), ',context_fallback,', ','), ',override,', ','), ',overlay,', ','), ',,', ',') AS kept,
            trim(BOTH ',' FROM concat(
                if(is_priced, dictGetString('model_name', 'note', by_name), ''), kept,
                if(is_priced AND NOT class_is_priced, 'context_fallback,', ''), if(is_priced AND prices.9 IN ('override', 'overlay'), prices.9, ''))) AS note
        FROM costed AS c
    )
SELECT
    p.* EXCEPT (
        by_response, by_request, responded, by_name, at, meant, class, place, moment, prompt_tokens, class_is_priced, class_of_price, place_is_priced, place_of_price,
        steps, is_daily, id_of_price, prices, fresh, read, short, long, out, searches, fresh_pico, read_pico, short_pico, long_pico, output_pico, fee_pico,
        pricing, is_priced, cost, row_of_price, version_of_price, new_price, old_price, firsts, stays, is_first_known, first_cost, kept, note)
    REPLACE (
        multiIf(
            p.tier != '', toString(p.tier),
            dictGetString('model_name', 'tier', by_request) != '', dictGetString('model_name', 'tier', by_request),
            dictGetString('model_name', 'tier', by_response)) AS tier,
        if(is_priced AND p.fresh_input_tokens IS NOT NULL, reinterpret(fresh_pico, 'Decimal64(12)'), NULL) AS fresh_input_cost_usd,
        if(is_priced AND p.cache_read_tokens IS NOT NULL, reinterpret(read_pico, 'Decimal64(12)'), NULL) AS cache_read_cost_usd,
        if(is_priced AND (p.cache_write_short_tokens IS NOT NULL OR p.cache_write_long_tokens IS NOT NULL), reinterpret(short_pico + long_pico, 'Decimal64(12)'), NULL) AS cache_write_cost_usd,
        if(is_priced AND p.output_tokens IS NOT NULL, reinterpret(output_pico, 'Decimal64(12)'), NULL) AS output_cost_usd,
        if(is_priced AND (p.web_searches IS NOT NULL OR prices.7 > 0), reinterpret(fee_pico, 'Decimal64(12)'), NULL) AS tool_fee_usd,
        cost AS list_cost_usd,
        first_cost AS original_cost_usd,
        if({known:Bool}, if(stays, 0, old_price), 0) AS first_price,
        pricing AS pricing_status,
        note AS pricing_note,
        version_of_price AS price_book_version,
        row_of_price AS price_row,
        {version:UInt64} AS version)
FROM priced AS p
WHERE NOT {changed:Bool}
    OR p.pricing_status != pricing OR p.price_row != row_of_price
    OR NOT (p.list_cost_usd <=> cost)
-- Names that use names are written out wherever they stand, so what builds on them is a step of its own; merged, the steps would be put into each other again.
SETTINGS short_circuit_function_evaluation = 'disable', optimize_on_insert = 0, query_plan_merge_expressions = 0
