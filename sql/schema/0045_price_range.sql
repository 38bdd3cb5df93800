-- purpose: the price at the time of a call, inside a statement
-- grain: book (empty = what is in force) x provider x model x service class x region x validity
-- reads: price_ranges
CREATE DICTIONARY IF NOT EXISTS price_range
(
    book String,
    provider String,
    model String,
    service_class String,
    region String,
    valid_from DateTime,
    valid_to DateTime,
    version String,
    origin String,
    above Array(UInt64),
    rows Array(String),
    fresh Array(Int64),
    read Array(Int64),
    write_short Array(Int64),
    write_long Array(Int64),
    output Array(Int64),
    search Int64,
    request Int64
)
PRIMARY KEY book, provider, model, service_class, region
SOURCE(CLICKHOUSE(TABLE 'price_ranges'))
LAYOUT(COMPLEX_KEY_RANGE_HASHED())
RANGE(MIN valid_from MAX valid_to)
LIFETIME(0)
COMMENT 'The price at the time of a call; arrays run along prompt length; prices are femtodollars a token, search or call; -1 = none'
