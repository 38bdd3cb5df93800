-- purpose: the book in force, one row a validity interval, prices as whole femtodollars a token (-1 = no price); both ends belong to it
-- grain: provider x model x service class x validity
-- reads: price_book, price_books
CREATE VIEW IF NOT EXISTS price_ranges AS
SELECT
    provider, model, service_class, valid_from, subtractSeconds(price.valid_to, 1) AS valid_to,
    any(book_version) AS version,
    any(source) AS origin,
    groupArray(above_input_tokens) AS above,
    groupArray(ifNull(toInt64(toDecimal128(fresh_input_usd_per_mtok, 9) * 1000000000), -1)) AS fresh,
    groupArray(ifNull(toInt64(toDecimal128(cache_read_usd_per_mtok, 9) * 1000000000), -1)) AS read,
    groupArray(ifNull(toInt64(toDecimal128(cache_write_short_usd_per_mtok, 9) * 1000000000), -1)) AS write_short,
    groupArray(ifNull(toInt64(toDecimal128(cache_write_long_usd_per_mtok, 9) * 1000000000), -1)) AS write_long,
    groupArray(ifNull(toInt64(toDecimal128(output_usd_per_mtok, 9) * 1000000000), -1)) AS output
FROM
(
    SELECT *
    FROM price_book FINAL
    WHERE book_version = (SELECT argMax(version, loaded_at) FROM price_books)
    ORDER BY above_input_tokens
) AS price
GROUP BY provider, model, service_class, valid_from, price.valid_to
