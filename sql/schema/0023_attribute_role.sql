-- purpose: attribute_roles as a dictionary, so that recognition looks a name up once per block
-- grain: one attribute name
-- reads: attribute_names
CREATE DICTIONARY IF NOT EXISTS attribute_role
(
    name String,
    role UInt8 DEFAULT 0,
    convention String DEFAULT ''
)
PRIMARY KEY name
SOURCE(CLICKHOUSE(TABLE 'attribute_names'))
LAYOUT(COMPLEX_KEY_HASHED())
LIFETIME(0)
COMMENT 'What an attribute name says; role 0 when unknown'
