-- purpose: attributes that rules of spanledger.yaml match and that say nothing by themselves
-- grain: one attribute name
-- written by: the price keeper, anew when the configuration changes
CREATE TABLE IF NOT EXISTS ruled_attributes
(
    name String COMMENT 'attribute name as the rule gives it'
)
ENGINE = MergeTree
ORDER BY name
COMMENT 'Attributes that rules of spanledger.yaml match'
