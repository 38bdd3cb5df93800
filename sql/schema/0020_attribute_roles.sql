-- purpose: which attribute says what, in every convention known; the one table that recognition reads
-- grain: one attribute name
-- written by: migration, from sql/data/attribute_roles.csv
CREATE TABLE IF NOT EXISTS attribute_roles
(
    name String COMMENT 'attribute name as emitters write it',
    role UInt8 COMMENT 'what it says; the numbers are listed in sql/data/attribute_roles.csv',
    meaning LowCardinality(String) COMMENT 'the role in words',
    convention LowCardinality(String) COMMENT 'convention that uses this name'
)
ENGINE = MergeTree
ORDER BY name
COMMENT 'Which attribute says what, in every convention known'
