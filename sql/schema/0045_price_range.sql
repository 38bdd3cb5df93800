-- purpose: the price at the time of a call, inside a statement
-- grain: what price_ranges has a row for
-- reads: price_ranges
CREATE DICTIONARY IF NOT EXISTS price_range
(
    id UInt64,
    valid_from DateTime,
    valid_to DateTime,
    next1 UInt64,
    next2 UInt64,
    next3 UInt64,
    fresh Int64,
    read Int64,
    write_short Int64,
    write_long Int64,
    output Int64,
    search Int64,
    request Int64,
    version String,
    origin String,
    row String,
    number UInt64
)
PRIMARY KEY id
SOURCE(CLICKHOUSE(TABLE 'price_ranges'))
LAYOUT(RANGE_HASHED())
RANGE(MIN valid_from MAX valid_to)
LIFETIME(0)
COMMENT 'The price at the time of a call; id = cityHash64(book, provider, model, service class, region, step); book is empty for what is in force; prices are femtodollars a token, search or call, -1 = none; number is the row''s in first_price; a prompt of more tokens than next1 takes step 1, and so on'
