-- purpose: every model name seen in traffic: which row of the price book it means, and its tier
-- grain: one provider and model name as seen; the newest row holds
-- written by: the price keeper
CREATE TABLE IF NOT EXISTS model_alias
(
    provider LowCardinality(String) COMMENT 'provider as seen; empty when not reported',
    model String COMMENT 'model name as seen',
    book_provider LowCardinality(String) COMMENT 'provider in the price book; empty when unknown',
    book_model String COMMENT 'model in the price book; empty when unknown',
    note LowCardinality(String) COMMENT 'alias when a rule led from the name to the row; empty when exact',
    tier LowCardinality(String) COMMENT 'tier by the tier map; empty when no pattern matches',
    resolved_at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC') COMMENT 'when it was resolved'
)
ENGINE = ReplacingMergeTree(resolved_at)
ORDER BY (provider, model)
COMMENT 'Every model name seen: its price book row and its tier'
