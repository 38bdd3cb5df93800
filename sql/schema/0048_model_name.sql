-- purpose: what a model name means, inside a statement
-- grain: one provider and model name as seen
-- reads: model_names
CREATE DICTIONARY IF NOT EXISTS model_name
(
    id UInt64,
    book_provider String DEFAULT '',
    book_model String DEFAULT '',
    note String DEFAULT '',
    tier String DEFAULT ''
)
PRIMARY KEY id
SOURCE(CLICKHOUSE(TABLE 'model_names'))
LAYOUT(HASHED())
LIFETIME(0)
COMMENT 'What a model name means; id = cityHash64(provider, model)'
