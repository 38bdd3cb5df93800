-- purpose: prices calls anew where they stand, each by the price in force at its time; only the columns that a price changes are written
-- The formula of keeper/price in steps: every column of a mutation is worked out by itself, so what several need is found a step before and stands in a bucket
-- of costs until the last step, which writes them all. fresh_input_cost_usd: number of the name; cache_read_cost_usd: whether its service class has prices;
-- cache_write_cost_usd: whether its place has, later 1 when the price changes and 2 more when the first price is to be kept; output_cost_usd: step of prompt
-- length and 4 times the day of prices by the hour, later number of the price; tool_fee_usd: first step of length, later the cost, or less than zero why there is none.
-- Buckets of a call that keeps its price come out as they were; names hold for a whole step. A test holds all of it equal to keeper/price.
-- grain: one call
-- params: from_ and to_ UInt32 the stretch of calls, unix seconds; unpriced Bool true = only calls that have no price
-- reads: repricing, model_name, price_range, first_price; writes: repricing
ALTER TABLE repricing
UPDATE
    fresh_input_cost_usd = reinterpret(if(
        dictGetString('model_name', 'book_model', cityHash64(toString(provider), toString(response_model)) AS by_response) != '',
        by_response, cityHash64(toString(provider), toString(request_model))), 'Decimal64(12)')
WHERE is_deleted = 0 AND started_at >= toDateTime({from_:UInt32}, 'UTC') AND started_at < toDateTime({to_:UInt32}, 'UTC')
    AND (NOT {unpriced:Bool} OR pricing_status IN ('unknown_model', 'no_price_for_bucket')),
UPDATE
    cache_read_cost_usd = dictGetUInt64('price_range', 'next1', cityHash64('',
        dictGetString('model_name', 'book_provider', reinterpretAsUInt64(assumeNotNull(fresh_input_cost_usd)) AS by_name), dictGetString('model_name', 'book_model', by_name),
        toString(service_class), '', toUInt8(0)), toDateTime(started_at)) > 0
WHERE is_deleted = 0 AND started_at >= toDateTime({from_:UInt32}, 'UTC') AND started_at < toDateTime({to_:UInt32}, 'UTC')
    AND (NOT {unpriced:Bool} OR pricing_status IN ('unknown_model', 'no_price_for_bucket')),
UPDATE
    -- Places that have prices of their own; a cloud region stands for its regional endpoint.
    cache_write_cost_usd = (multiIf(
            match(request_model, '(?:^|/)(?:us-gov|eu|apac|jp)\\.'), toString(extract(request_model, '(?:^|/)(us-gov|eu|apac|jp)\\.')),
            match(response_model, '(?:^|/)(?:us-gov|eu|apac|jp)\\.'), toString(extract(response_model, '(?:^|/)(us-gov|eu|apac|jp)\\.')),
            region IN ('', 'global', 'not_available'), '',
            startsWith(region, 'us-gov'), 'us-gov',
            provider = 'gcp.vertex_ai', 'regional',
            toString(region)) AS place) != '' AND dictGetUInt64('price_range', 'next1', cityHash64('',
        dictGetString('model_name', 'book_provider', reinterpretAsUInt64(assumeNotNull(fresh_input_cost_usd)) AS by_name), dictGetString('model_name', 'book_model', by_name),
        if(cache_read_cost_usd > 0, toString(service_class), 'standard'), place, toUInt8(0)), toDateTime(started_at)) > 0
WHERE is_deleted = 0 AND started_at >= toDateTime({from_:UInt32}, 'UTC') AND started_at < toDateTime({to_:UInt32}, 'UTC')
    AND (NOT {unpriced:Bool} OR pricing_status IN ('unknown_model', 'no_price_for_bucket')),
UPDATE
    tool_fee_usd = reinterpret(dictGetUInt64('price_range', 'next1', cityHash64('',
        dictGetString('model_name', 'book_provider', reinterpretAsUInt64(assumeNotNull(fresh_input_cost_usd)) AS by_name), dictGetString('model_name', 'book_model', by_name),
        if(cache_read_cost_usd > 0, toString(service_class), 'standard'), multiIf(
            NOT cache_write_cost_usd > 0, '',
            match(request_model, '(?:^|/)(?:us-gov|eu|apac|jp)\\.'), toString(extract(request_model, '(?:^|/)(us-gov|eu|apac|jp)\\.')),
            match(response_model, '(?:^|/)(?:us-gov|eu|apac|jp)\\.'), toString(extract(response_model, '(?:^|/)(us-gov|eu|apac|jp)\\.')),
            startsWith(region, 'us-gov'), 'us-gov',
            provider = 'gcp.vertex_ai', 'regional',
            toString(region)), toUInt8(0)), toDateTime(started_at)), 'Decimal64(12)')
WHERE is_deleted = 0 AND started_at >= toDateTime({from_:UInt32}, 'UTC') AND started_at < toDateTime({to_:UInt32}, 'UTC')
    AND (NOT {unpriced:Bool} OR pricing_status IN ('unknown_model', 'no_price_for_bucket')),
UPDATE
    output_cost_usd = multiIf(
        (reinterpretAsUInt64(assumeNotNull(tool_fee_usd)) AS next1) = 18446744073709551615, 0,
        next1 > 18446744073709550000, 4 * (18446744073709551615 - next1),
        ((ifNull(fresh_input_tokens, 0) + ifNull(cache_read_tokens, 0) + ifNull(cache_write_short_tokens, 0) + ifNull(cache_write_long_tokens, 0)) AS prompt_tokens) <= next1, 0,
        1 + (prompt_tokens > (dictGet('price_range', ('next2', 'next3'), cityHash64('',
        dictGetString('model_name', 'book_provider', reinterpretAsUInt64(assumeNotNull(fresh_input_cost_usd)) AS by_name), dictGetString('model_name', 'book_model', by_name),
        if(cache_read_cost_usd > 0, toString(service_class), 'standard'), multiIf(
            NOT cache_write_cost_usd > 0, '',
            match(request_model, '(?:^|/)(?:us-gov|eu|apac|jp)\\.'), toString(extract(request_model, '(?:^|/)(us-gov|eu|apac|jp)\\.')),
            match(response_model, '(?:^|/)(?:us-gov|eu|apac|jp)\\.'), toString(extract(response_model, '(?:^|/)(us-gov|eu|apac|jp)\\.')),
            startsWith(region, 'us-gov'), 'us-gov',
            provider = 'gcp.vertex_ai', 'regional',
            toString(region)), toUInt8(0)), toDateTime(started_at)) AS steps).1) + (prompt_tokens > steps.2))
WHERE is_deleted = 0 AND started_at >= toDateTime({from_:UInt32}, 'UTC') AND started_at < toDateTime({to_:UInt32}, 'UTC')
    AND (NOT {unpriced:Bool} OR pricing_status IN ('unknown_model', 'no_price_for_bucket')),
UPDATE
    output_cost_usd = reinterpret(dictGetUInt64('price_range', 'number', cityHash64('',
        dictGetString('model_name', 'book_provider', reinterpretAsUInt64(assumeNotNull(fresh_input_cost_usd)) AS by_name), dictGetString('model_name', 'book_model', by_name),
        if(cache_read_cost_usd > 0, toString(service_class), 'standard'), multiIf(
            (intDiv(toUInt32(assumeNotNull(output_cost_usd)), 4) AS day) > 0, 'daily',
            NOT cache_write_cost_usd > 0, '',
            match(request_model, '(?:^|/)(?:us-gov|eu|apac|jp)\\.'), toString(extract(request_model, '(?:^|/)(us-gov|eu|apac|jp)\\.')),
            match(response_model, '(?:^|/)(?:us-gov|eu|apac|jp)\\.'), toString(extract(response_model, '(?:^|/)(us-gov|eu|apac|jp)\\.')),
            startsWith(region, 'us-gov'), 'us-gov',
            provider = 'gcp.vertex_ai', 'regional',
            toString(region)), toUInt8(toUInt32(assumeNotNull(output_cost_usd)) % 4)),
        -- A price by the hour lies on a day of 1970.
        toDateTime(if(day > 0, toUnixTimestamp(toDateTime(started_at)) % 86400 + (day - 1) * 86400, toUnixTimestamp(toDateTime(started_at))))), 'Decimal64(12)')
WHERE is_deleted = 0 AND started_at >= toDateTime({from_:UInt32}, 'UTC') AND started_at < toDateTime({to_:UInt32}, 'UTC')
    AND (NOT {unpriced:Bool} OR pricing_status IN ('unknown_model', 'no_price_for_bucket')),
UPDATE
    tool_fee_usd = reinterpret(multiIf(
        pricing_status IN ('free', 'conflicting_usage', 'not_billed', 'missing_usage'), -3,
        number = 0, -1,
        (fresh_price < 0 AND fresh > 0) OR (read_price < 0 AND read > 0)
            OR (short_price < 0 AND short > 0) OR (long_price < 0 AND long > 0) OR (out_price < 0 AND out > 0) OR (searches_price < 0 AND searches > 0), -2,
        (toInt64(ifNull(fresh_input_tokens, 0)) AS fresh) * intDiv(dictGetInt64('first_price', 'fresh', reinterpretAsUInt64(assumeNotNull(output_cost_usd)) AS number) AS fresh_price, 1000) + intDiv(fresh * (fresh_price % 1000) + 500, 1000)
            + (toInt64(ifNull(cache_read_tokens, 0)) AS read) * intDiv(dictGetInt64('first_price', 'read', number) AS read_price, 1000) + intDiv(read * (read_price % 1000) + 500, 1000)
            + (toInt64(ifNull(cache_write_short_tokens, 0)) AS short) * intDiv(dictGetInt64('first_price', 'write_short', number) AS short_price, 1000) + intDiv(short * (short_price % 1000) + 500, 1000)
            + (toInt64(ifNull(cache_write_long_tokens, 0)) AS long) * intDiv(dictGetInt64('first_price', 'write_long', number) AS long_price, 1000) + intDiv(long * (long_price % 1000) + 500, 1000)
            + (toInt64(ifNull(output_tokens, 0)) AS out) * intDiv(dictGetInt64('first_price', 'output', number) AS out_price, 1000) + intDiv(out * (out_price % 1000) + 500, 1000)
            + (toInt64(ifNull(web_searches, 0)) AS searches) * intDiv(dictGetInt64('first_price', 'search', number) AS searches_price, 1000) + intDiv(searches * (searches_price % 1000) + 500, 1000)
            + intDiv(dictGetInt64('first_price', 'request', number) + 500, 1000)), 'Decimal64(12)')
WHERE is_deleted = 0 AND started_at >= toDateTime({from_:UInt32}, 'UTC') AND started_at < toDateTime({to_:UInt32}, 'UTC')
    AND (NOT {unpriced:Bool} OR pricing_status IN ('unknown_model', 'no_price_for_bucket')),
UPDATE
    cache_write_cost_usd =
        (pricing_status != multiIf((reinterpretAsInt64(assumeNotNull(tool_fee_usd)) AS cost) >= 0, 'priced', cost = -1, 'unknown_model', cost = -2, 'no_price_for_bucket', toString(pricing_status))
            OR price_row != if(cost >= 0, dictGetString('first_price', 'row', reinterpretAsUInt64(assumeNotNull(output_cost_usd)) AS number), '')
            OR NOT (list_cost_usd <=> if(tool_fee_usd >= 0, tool_fee_usd, NULL)))
        -- What it was priced by first, before. A first price that is the one of now is not kept; one of another book prices the tokens that stand.
        + 2 * NOT ((multiIf(
            first_price > 0, first_price,
            price_row = '', 0,
            original_cost_usd <=> list_cost_usd, cityHash64(toString(price_book_version), toString(price_row)),
            1) AS old_price) IN (0, if(cost >= 0, number, 0))
            OR (cost >= 0 AND ((dictGetString('first_price', 'version', old_price) AS first_version) = dictGetString('first_price', 'version', number)
                OR (first_version != '' AND dictGet('first_price', ('fresh', 'read', 'write_short', 'write_long', 'output', 'search', 'request'), old_price)
                    = dictGet('first_price', ('fresh', 'read', 'write_short', 'write_long', 'output', 'search', 'request'), number)))))
WHERE is_deleted = 0 AND started_at >= toDateTime({from_:UInt32}, 'UTC') AND started_at < toDateTime({to_:UInt32}, 'UTC')
    AND (NOT {unpriced:Bool} OR pricing_status IN ('unknown_model', 'no_price_for_bucket')),
UPDATE
    fresh_input_cost_usd = if(tool_fee_usd >= 0 AND fresh_input_tokens IS NOT NULL, reinterpret(
        (toInt64(ifNull(fresh_input_tokens, 0)) AS fresh) * intDiv(dictGetInt64('first_price', 'fresh', reinterpretAsUInt64(assumeNotNull(output_cost_usd))) AS fresh_price, 1000) + intDiv(fresh * (fresh_price % 1000) + 500, 1000), 'Decimal64(12)'), NULL),
    cache_read_cost_usd = if(tool_fee_usd >= 0 AND cache_read_tokens IS NOT NULL, reinterpret(
        (toInt64(ifNull(cache_read_tokens, 0)) AS read) * intDiv(dictGetInt64('first_price', 'read', reinterpretAsUInt64(assumeNotNull(output_cost_usd))) AS read_price, 1000) + intDiv(read * (read_price % 1000) + 500, 1000), 'Decimal64(12)'), NULL),
    cache_write_cost_usd = if(tool_fee_usd >= 0 AND (cache_write_short_tokens IS NOT NULL OR cache_write_long_tokens IS NOT NULL), reinterpret(
        (toInt64(ifNull(cache_write_short_tokens, 0)) AS short) * intDiv(dictGetInt64('first_price', 'write_short', reinterpretAsUInt64(assumeNotNull(output_cost_usd))) AS short_price, 1000) + intDiv(short * (short_price % 1000) + 500, 1000)
        + (toInt64(ifNull(cache_write_long_tokens, 0)) AS long) * intDiv(dictGetInt64('first_price', 'write_long', reinterpretAsUInt64(assumeNotNull(output_cost_usd))) AS long_price, 1000) + intDiv(long * (long_price % 1000) + 500, 1000), 'Decimal64(12)'), NULL),
    output_cost_usd = if(tool_fee_usd >= 0 AND output_tokens IS NOT NULL, reinterpret(
        (toInt64(ifNull(output_tokens, 0)) AS out) * intDiv(dictGetInt64('first_price', 'output', reinterpretAsUInt64(assumeNotNull(output_cost_usd))) AS out_price, 1000) + intDiv(out * (out_price % 1000) + 500, 1000), 'Decimal64(12)'), NULL),
    tool_fee_usd = if(tool_fee_usd >= 0 AND (web_searches IS NOT NULL OR (dictGetInt64('first_price', 'request', reinterpretAsUInt64(assumeNotNull(output_cost_usd))) AS request_price) > 0), reinterpret(
        (toInt64(ifNull(web_searches, 0)) AS searches) * intDiv(dictGetInt64('first_price', 'search', reinterpretAsUInt64(assumeNotNull(output_cost_usd))) AS searches_price, 1000) + intDiv(searches * (searches_price % 1000) + 500, 1000) + intDiv(request_price + 500, 1000), 'Decimal64(12)'), NULL),
    list_cost_usd = if(cache_write_cost_usd IN (1, 3), if(tool_fee_usd >= 0, tool_fee_usd, NULL), list_cost_usd),
    first_price = multiIf(
        cache_write_cost_usd = 1, 0,
        cache_write_cost_usd = 3, multiIf(
            first_price > 0, first_price,
            price_row = '', 0,
            original_cost_usd <=> list_cost_usd, cityHash64(toString(price_book_version), toString(price_row)),
            1),
        first_price),
    original_cost_usd = multiIf(
        cache_write_cost_usd NOT IN (1, 3), original_cost_usd,
        (multiIf(
            first_price > 0, first_price,
            price_row = '', 0,
            original_cost_usd <=> list_cost_usd, cityHash64(toString(price_book_version), toString(price_row)),
            1) AS old_price) = 0, coalesce(original_cost_usd, if(tool_fee_usd >= 0, tool_fee_usd, NULL) AS listed),
        cache_write_cost_usd = 1, listed,
        pricing_status IN ('free', 'conflicting_usage', 'not_billed', 'missing_usage'), NULL,
        dictGetString('first_price', 'version', old_price) = '' OR (first_fresh_price < 0 AND fresh > 0) OR (first_read_price < 0 AND read > 0)
            OR (first_short_price < 0 AND short > 0) OR (first_long_price < 0 AND long > 0) OR (first_out_price < 0 AND out > 0) OR (first_searches_price < 0 AND searches > 0), original_cost_usd,
        reinterpret(
            (toInt64(ifNull(fresh_input_tokens, 0)) AS fresh) * intDiv(dictGetInt64('first_price', 'fresh', old_price) AS first_fresh_price, 1000) + intDiv(fresh * (first_fresh_price % 1000) + 500, 1000)
            + (toInt64(ifNull(cache_read_tokens, 0)) AS read) * intDiv(dictGetInt64('first_price', 'read', old_price) AS first_read_price, 1000) + intDiv(read * (first_read_price % 1000) + 500, 1000)
            + (toInt64(ifNull(cache_write_short_tokens, 0)) AS short) * intDiv(dictGetInt64('first_price', 'write_short', old_price) AS first_short_price, 1000) + intDiv(short * (first_short_price % 1000) + 500, 1000)
            + (toInt64(ifNull(cache_write_long_tokens, 0)) AS long) * intDiv(dictGetInt64('first_price', 'write_long', old_price) AS first_long_price, 1000) + intDiv(long * (first_long_price % 1000) + 500, 1000)
            + (toInt64(ifNull(output_tokens, 0)) AS out) * intDiv(dictGetInt64('first_price', 'output', old_price) AS first_out_price, 1000) + intDiv(out * (first_out_price % 1000) + 500, 1000)
            + (toInt64(ifNull(web_searches, 0)) AS searches) * intDiv(dictGetInt64('first_price', 'search', old_price) AS first_searches_price, 1000) + intDiv(searches * (first_searches_price % 1000) + 500, 1000)
            + intDiv(dictGetInt64('first_price', 'request', old_price) + 500, 1000), 'Decimal64(12)')),
    tier = multiIf(
        tier != '' OR cache_write_cost_usd NOT IN (1, 3), toString(tier),
        dictGetString('model_name', 'tier', cityHash64(toString(provider), toString(request_model)) AS by_request) != '', dictGetString('model_name', 'tier', by_request),
        dictGetString('model_name', 'tier', cityHash64(toString(provider), toString(response_model)))),
    -- Notes of the reading stay, those of an earlier pricing go.
    pricing_note = if(cache_write_cost_usd IN (1, 3), trim(BOTH ',' FROM concat(
        if(tool_fee_usd >= 0, dictGetString('model_name', 'note', reinterpretAsUInt64(assumeNotNull(fresh_input_cost_usd))), ''),
        replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(concat(',', toString(pricing_note), ','), ',alias,', ','), ',context_fallback,', ','), ',override,', ','), ',overlay,', ','), ',,', ','),
        if(tool_fee_usd >= 0 AND NOT cache_read_cost_usd > 0, 'context_fallback,', ''),
        if(tool_fee_usd >= 0 AND dictGetString('first_price', 'origin', reinterpretAsUInt64(assumeNotNull(output_cost_usd)) AS number) IN ('override', 'overlay'), dictGetString('first_price', 'origin', number), ''))),
        toString(pricing_note)),
    price_book_version = multiIf(cache_write_cost_usd NOT IN (1, 3), toString(price_book_version), tool_fee_usd >= 0, dictGetString('first_price', 'version', reinterpretAsUInt64(assumeNotNull(output_cost_usd))), ''),
    price_row = multiIf(cache_write_cost_usd NOT IN (1, 3), toString(price_row), tool_fee_usd >= 0, dictGetString('first_price', 'row', reinterpretAsUInt64(assumeNotNull(output_cost_usd))), ''),
    pricing_status = multiIf(
        (reinterpretAsInt64(assumeNotNull(tool_fee_usd)) AS code) >= 0, 'priced', code = -1, 'unknown_model', code = -2, 'no_price_for_bucket', toString(pricing_status))
WHERE is_deleted = 0 AND started_at >= toDateTime({from_:UInt32}, 'UTC') AND started_at < toDateTime({to_:UInt32}, 'UTC')
    AND (NOT {unpriced:Bool} OR pricing_status IN ('unknown_model', 'no_price_for_bucket'))
