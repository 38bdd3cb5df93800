-- purpose: every row of every price book under one number, as whole femtodollars (-1 = no price)
-- grain: one row of one price book
-- reads: price_book
CREATE VIEW IF NOT EXISTS first_prices AS
SELECT
    cityHash64(toString(book_version), price_row) AS id,
    ifNull(toInt64(toDecimal128(fresh_input_usd_per_mtok, 9) * 1000000000), -1) AS fresh,
    ifNull(toInt64(toDecimal128(cache_read_usd_per_mtok, 9) * 1000000000), -1) AS read,
    ifNull(toInt64(toDecimal128(cache_write_short_usd_per_mtok, 9) * 1000000000), -1) AS write_short,
    ifNull(toInt64(toDecimal128(cache_write_long_usd_per_mtok, 9) * 1000000000), -1) AS write_long,
    ifNull(toInt64(toDecimal128(output_usd_per_mtok, 9) * 1000000000), -1) AS output,
    ifNull(toInt64(toDecimal128(web_search_usd_per_kcall, 9) * 1000000000000), -1) AS search,
    ifNull(toInt64(toDecimal128(request_usd_per_kcall, 9) * 1000000000000), 0) AS request,
    toString(book_version) AS version,
    price_row AS row,
    source AS origin
FROM price_book FINAL
