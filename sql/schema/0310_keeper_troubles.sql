-- purpose: what of the keeper's work fails now, so that status and doctor can say it
-- grain: one step; a step that works again is deleted
-- written by: the keeper
CREATE TABLE IF NOT EXISTS keeper_troubles
(
    step String COMMENT 'what fails: recomputing, repricing, joining sums, folding hours or summing hours',
    since DateTime64(6, 'UTC') COMMENT 'when it failed first',
    tries UInt32 COMMENT 'how often it failed since',
    problem String COMMENT 'what the ledger answered last',
    at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC') COMMENT 'when this was written; the newest holds',
    is_deleted UInt8 COMMENT '1 = it works again'
)
ENGINE = ReplacingMergeTree(at, is_deleted)
ORDER BY step
TTL toDateTime(at) + INTERVAL 400 DAY
COMMENT 'What of the keeper''s work fails now'
