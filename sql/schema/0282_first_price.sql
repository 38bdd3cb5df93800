-- purpose: what a call was priced by first, by the number that stands in it
-- grain: one row of one price book
-- reads: first_prices
CREATE DICTIONARY IF NOT EXISTS first_price
(
    id UInt64,
    fresh Int64,
    read Int64,
    write_short Int64,
    write_long Int64,
    output Int64,
    search Int64,
    request Int64,
    version String,
    row String,
    origin String
)
PRIMARY KEY id
SOURCE(CLICKHOUSE(TABLE 'first_prices'))
LAYOUT(HASHED())
LIFETIME(0)
COMMENT 'The rows of all price books; id = cityHash64(book version, row); prices are femtodollars a token, search or call, -1 = none'
