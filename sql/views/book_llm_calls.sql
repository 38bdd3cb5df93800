-- purpose: calls at one price book: every cost by the price of the call's own time in it, whatever priced the call
-- The formula is that of keeper/price; a test holds them equal.
-- No look-up stands inside a condition alone: those are evaluated lazily, over and over, at thirty times the cost. So what is not known is
-- NULL by a sum with NULL, and texts are chosen from arrays.
-- grain: one call
-- params: into Identifier the database of these views; book String version of the book, written into the view
-- reads: llm_calls, model_name, price_range
CREATE OR REPLACE VIEW {into:Identifier}.llm_calls AS
WITH
    named AS
    (
        SELECT
            *,
            cityHash64(toString(provider), toString(response_model)) AS x_by_response,
            if(dictGetString('model_name', 'book_model', x_by_response) != '', x_by_response, cityHash64(toString(provider), toString(request_model))) AS x_by_name,
            dictGetString('model_name', 'book_provider', x_by_name) AS x_at,
            dictGetString('model_name', 'book_model', x_by_name) AS x_meant,
            multiIf(
                match(request_model, '(?:^|/)(?:us-gov|eu|apac|jp)\\.'), toString(extract(request_model, '(?:^|/)(us-gov|eu|apac|jp)\\.')),
                match(response_model, '(?:^|/)(?:us-gov|eu|apac|jp)\\.'), toString(extract(response_model, '(?:^|/)(us-gov|eu|apac|jp)\\.')),
                region IN ('', 'global', 'not_available'), '',
                startsWith(region, 'us-gov'), 'us-gov',
                provider = 'gcp.vertex_ai', 'regional',
                toString(region)) AS x_place,
            toDateTime(started_at) AS x_moment,
            toInt64(ifNull(fresh_input_tokens, 0)) AS f, toInt64(ifNull(cache_read_tokens, 0)) AS r, toInt64(ifNull(cache_write_short_tokens, 0)) AS s,
            toInt64(ifNull(cache_write_long_tokens, 0)) AS l, toInt64(ifNull(output_tokens, 0)) AS o, toInt64(ifNull(web_searches, 0)) AS w
        FROM llm_calls FINAL
    ),
    classed AS
    (
        SELECT
            *,
            dictGetUInt64('price_range', 'next1', cityHash64({book:String}, x_at, x_meant, toString(service_class), '', toUInt8(0)), x_moment) > 0 AS x_class_is_priced,
            if(x_class_is_priced, toString(service_class), 'standard') AS x_class
        FROM named
    ),
    placed AS
    (
        SELECT
            *,
            if(x_place != '' AND dictGetUInt64('price_range', 'next1', cityHash64({book:String}, x_at, x_meant, x_class, x_place, toUInt8(0)), x_moment) > 0, x_place, '') AS x_region,
            dictGet('price_range', ('next1', 'next2', 'next3'), cityHash64({book:String}, x_at, x_meant, x_class, x_region, toUInt8(0)), x_moment) AS x_steps
        FROM classed
    ),
    found AS
    (
        SELECT
            *,
            -- A price by the hour of the day.
            x_steps.1 > 18446744073709550000 AND x_steps.1 < 18446744073709551615 AS x_is_daily,
            dictGet('price_range', ('fresh', 'read', 'write_short', 'write_long', 'output', 'search', 'request', 'version', 'origin', 'row'),
                cityHash64({book:String}, x_at, x_meant, x_class, if(x_is_daily, 'daily', x_region), toUInt8((f + r + s + l > x_steps.1) + (f + r + s + l > x_steps.2) + (f + r + s + l > x_steps.3))),
                if(x_is_daily, toDateTime(toUnixTimestamp(x_moment) % 86400 + (18446744073709551614 - x_steps.1) * 86400), x_moment)) AS p
        FROM placed
    ),
    priced AS
    (
        SELECT
            *,
            [multiIf(
                p.8 = '', 'unknown_model',
                (p.1 < 0 AND f > 0) OR (p.2 < 0 AND r > 0) OR (p.3 < 0 AND s > 0) OR (p.4 < 0 AND l > 0) OR (p.5 < 0 AND o > 0) OR (p.6 < 0 AND w > 0), 'no_price_for_bucket',
                'priced'), toString(pricing_status)][1 + (pricing_status IN ('free', 'conflicting_usage', 'not_billed', 'missing_usage'))] AS x_pricing,
            x_pricing = 'priced' AS x_is_priced,
            CAST(if(x_is_priced, 0, NULL), 'Nullable(Decimal(18, 12))') AS x_known,
            f * intDiv(p.1, 1000) + intDiv(f * (p.1 % 1000) + 500, 1000) AS x_fresh,
            r * intDiv(p.2, 1000) + intDiv(r * (p.2 % 1000) + 500, 1000) AS x_read,
            s * intDiv(p.3, 1000) + intDiv(s * (p.3 % 1000) + 500, 1000) + l * intDiv(p.4, 1000) + intDiv(l * (p.4 % 1000) + 500, 1000) AS x_write,
            o * intDiv(p.5, 1000) + intDiv(o * (p.5 % 1000) + 500, 1000) AS x_output,
            w * intDiv(p.6, 1000) + intDiv(p.7 + 500, 1000) AS x_fee,
            replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(concat(',', toString(pricing_note), ','), ',alias,', ','), ',context_fallback,', ','), ',override,', ','), ',overlay,', ','), ',,', ',') AS x_kept
        FROM found
    )
SELECT
    c.* EXCEPT (
        x_by_response, x_by_name, x_at, x_meant, x_place, x_moment, f, r, s, l, o, w, x_class_is_priced, x_class, x_region, x_steps, x_is_daily, p,
        x_pricing, x_is_priced, x_known, x_fresh, x_read, x_write, x_output, x_fee, x_kept)
    REPLACE (
        reinterpret(x_fresh, 'Decimal64(12)') + if(c.fresh_input_tokens IS NOT NULL, x_known, NULL) AS fresh_input_cost_usd,
        reinterpret(x_read, 'Decimal64(12)') + if(c.cache_read_tokens IS NOT NULL, x_known, NULL) AS cache_read_cost_usd,
        reinterpret(x_write, 'Decimal64(12)') + if((c.cache_write_short_tokens IS NOT NULL OR c.cache_write_long_tokens IS NOT NULL), x_known, NULL) AS cache_write_cost_usd,
        reinterpret(x_output, 'Decimal64(12)') + if(c.output_tokens IS NOT NULL, x_known, NULL) AS output_cost_usd,
        reinterpret(x_fee, 'Decimal64(12)') + if((c.web_searches IS NOT NULL OR c.p.7 > 0), x_known, NULL) AS tool_fee_usd,
        reinterpret(x_fresh + x_read + x_write + x_output + x_fee, 'Decimal64(12)') + x_known AS list_cost_usd,
        x_pricing AS pricing_status,
        trim(BOTH ',' FROM concat(
            if(x_is_priced, dictGetString('model_name', 'note', x_by_name), ''), x_kept,
            if(x_is_priced AND NOT x_class_is_priced, 'context_fallback,', ''), if(x_is_priced AND c.p.9 IN ('override', 'overlay'), c.p.9, ''))) AS pricing_note,
        ['', c.p.8][1 + x_is_priced] AS price_book_version,
        ['', c.p.10][1 + x_is_priced] AS price_row)
FROM priced AS c
