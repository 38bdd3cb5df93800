-- purpose: entry for calls priced anew: from here they go to llm_calls, and what changed to the sums
-- grain: one call
-- written by: a reprice
CREATE TABLE IF NOT EXISTS repriced AS calls_before
ENGINE = Null
COMMENT 'Entry for calls priced anew'
