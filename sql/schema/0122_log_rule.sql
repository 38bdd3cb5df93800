-- purpose: log_rules as a dictionary, so that a view looks an event up without reading a table for every insert
-- grain: one event
-- reads: log_rules
CREATE DICTIONARY IF NOT EXISTS log_rule
(
    event String,
    attributes Array(String),
    says Array(String),
    are_main Array(UInt8)
)
PRIMARY KEY event
SOURCE(CLICKHOUSE(TABLE 'log_rules'))
LAYOUT(COMPLEX_KEY_HASHED())
LIFETIME(0)
COMMENT 'What the attributes of an event say'
