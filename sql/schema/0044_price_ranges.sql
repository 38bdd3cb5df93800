-- purpose: what is in force (book '') and each of the newest books by itself: prices as whole femtodollars (-1 = no price), under one number for all that a price depends on
-- grain: book x provider x model x service class x region x step of prompt length x validity; both ends of it belong to it
-- A price that depends on the hour stands in rows of region 'daily', valid between two times of the n-th day of 1970; the row of its dates has no
-- price and next1 = 18446744073709551615 - n says so. What is in force takes these from the newest book.
-- reads: price_book, price_books, price_periods
CREATE VIEW IF NOT EXISTS price_ranges AS
WITH
    (SELECT argMax(version, loaded_at) FROM price_books) AS newest,
    (SELECT max(set_at) FROM price_periods) AS set_last,
    row_number() OVER (PARTITION BY book, provider, model, service_class, region, valid_from ORDER BY above_input_tokens) AS nth,
    groupArray(above_input_tokens) OVER (PARTITION BY book, provider, model, service_class, region, valid_from ORDER BY above_input_tokens ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS steps
SELECT
    cityHash64(book, toString(provider), toString(model), toString(service_class), toString(region), toUInt8(nth - 1)) AS id,
    valid_from, subtractSeconds(price.valid_to, 1) AS valid_to,
    multiIf(hours > 0 AND fresh_input_usd_per_mtok IS NULL, 18446744073709551615 - hours, length(steps) > 1, steps[2], 18446744073709551615) AS next1,
    if(length(steps) > 2, steps[3], 18446744073709551615) AS next2,
    if(length(steps) > 3, steps[4], 18446744073709551615) AS next3,
    ifNull(toInt64(toDecimal128(fresh_input_usd_per_mtok, 9) * 1000000000), -1) AS fresh,
    ifNull(toInt64(toDecimal128(cache_read_usd_per_mtok, 9) * 1000000000), -1) AS read,
    ifNull(toInt64(toDecimal128(cache_write_short_usd_per_mtok, 9) * 1000000000), -1) AS write_short,
    ifNull(toInt64(toDecimal128(cache_write_long_usd_per_mtok, 9) * 1000000000), -1) AS write_long,
    ifNull(toInt64(toDecimal128(output_usd_per_mtok, 9) * 1000000000), -1) AS output,
    ifNull(toInt64(toDecimal128(web_search_usd_per_kcall, 9) * 1000000000000), -1) AS search,
    ifNull(toInt64(toDecimal128(request_usd_per_kcall, 9) * 1000000000000), 0) AS request,
    book_version AS version, source AS origin, price_row AS row, cityHash64(toString(book_version), price_row) AS number
FROM
(
    SELECT
        b.* EXCEPT (valid_from, valid_to),
        p.book AS book,
        if(b.region = 'daily', b.valid_from, greatest(b.valid_from, p.valid_from)) AS valid_from,
        if(b.region = 'daily', b.valid_to, least(b.valid_to, p.valid_to)) AS valid_to
    FROM price_book AS b FINAL
    INNER JOIN
    (
        SELECT '' AS book, valid_from, valid_to, if(book_version = '', newest, book_version) AS in_force
        FROM price_periods
        WHERE set_at = set_last
        UNION ALL
        SELECT '', toDateTime(0, 'UTC'), toDateTime(4102444800, 'UTC'), newest
        WHERE (SELECT count() FROM price_periods) = 0
        UNION ALL
        SELECT version, toDateTime(0, 'UTC'), toDateTime(4102444800, 'UTC'), version
        FROM (SELECT version FROM price_books GROUP BY version ORDER BY max(loaded_at) DESC LIMIT 8)
    ) AS p ON b.book_version = p.in_force
    WHERE if(b.region = 'daily', p.book != '' OR p.in_force = newest, b.valid_from < p.valid_to AND p.valid_from < b.valid_to)
) AS price
