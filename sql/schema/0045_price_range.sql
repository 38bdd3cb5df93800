-- purpose: the price at the time of a call, inside a statement
-- grain: provider x model x service class x validity
-- reads: price_ranges
CREATE DICTIONARY IF NOT EXISTS price_range
(
    provider String,
    model String,
    service_class String,
    valid_from DateTime,
    valid_to DateTime,
    version String,
    origin String,
    above Array(UInt64),
    fresh Array(Int64),
    read Array(Int64),
    write_short Array(Int64),
    write_long Array(Int64),
    output Array(Int64)
)
PRIMARY KEY provider, model, service_class
SOURCE(CLICKHOUSE(TABLE 'price_ranges'))
LAYOUT(COMPLEX_KEY_RANGE_HASHED())
RANGE(MIN valid_from MAX valid_to)
LIFETIME(0)
COMMENT 'The price at the time of a call; arrays run along prompt length, prices are femtodollars a token, -1 = none'
