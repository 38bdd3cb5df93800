-- purpose: emitter_rules as a dictionary
-- grain: one emitter, provider, convention and range of versions
-- reads: emitter_rules
CREATE DICTIONARY IF NOT EXISTS emitter_rule
(
    scope String,
    provider String,
    convention String,
    from_version UInt32,
    to_version UInt32,
    cached String DEFAULT '',
    reads String DEFAULT '',
    writes String DEFAULT '',
    reasoning String DEFAULT '',
    flags String DEFAULT ''
)
PRIMARY KEY scope, provider, convention
SOURCE(CLICKHOUSE(TABLE 'emitter_rules'))
LAYOUT(COMPLEX_KEY_RANGE_HASHED())
RANGE(MIN from_version MAX to_version)
LIFETIME(0)
COMMENT 'How an emitter counts; empty when unknown'
