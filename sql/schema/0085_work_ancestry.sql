-- purpose: the spans above the candidates of the batch, where they matter
-- grain: one candidate and one span above it
-- written by: the keeper, anew for every batch
CREATE TABLE IF NOT EXISTS work_ancestry
(
    trace_id String COMMENT 'trace',
    span_id String COMMENT 'candidate',
    ancestor_id String COMMENT 'one of the spans above it',
    depth UInt16 COMMENT '1 = its parent'
)
ENGINE = Memory
COMMENT 'the spans above the candidates of the batch, where they matter'
