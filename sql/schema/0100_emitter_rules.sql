-- purpose: how each emitter counts: what stands inside its input and output totals, what it never reports, where it errs
-- grain: one emitter, narrowed to a provider, a convention of attribute names, and versions where that matters
-- written by: migration, from sql/data/emitter_rules.csv
CREATE TABLE IF NOT EXISTS emitter_rules
(
    scope String COMMENT 'instrumentation scope, or its beginning before .* or /*; {} = a usage object in JSON, told by its own words',
    provider String COMMENT 'only for this provider; empty for all',
    convention String COMMENT 'only where usage came under names of this convention; empty for all',
    from_version UInt32 COMMENT 'from this version on: major * 1000000 + minor * 1000 + patch',
    to_version UInt32 COMMENT 'up to this version, inclusive',
    cached LowCardinality(String) COMMENT 'where cached tokens stand: inside the input total, beside it, reads_inside (writes beside), or unsettled',
    reads LowCardinality(String) COMMENT 'cache reads: reported, sometimes, never, or zero_is_unknown',
    writes LowCardinality(String) COMMENT 'cache writes: as reads',
    reasoning LowCardinality(String) COMMENT 'where reasoning tokens stand: inside the output total or beside it',
    flags String COMMENT 'what else must be known, separated by spaces'
)
ENGINE = MergeTree
ORDER BY (scope, provider, convention, from_version)
COMMENT 'How each emitter counts'
