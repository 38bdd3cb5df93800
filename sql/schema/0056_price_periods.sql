-- purpose: which book prices the calls of which time; rows of the newest set_at hold, no rows = the newest book for all time
-- grain: one stretch of time; the stretches of one set_at follow each other without gap
-- written by: a reprice by a chosen book
CREATE TABLE IF NOT EXISTS price_periods
(
    set_at DateTime64(6, 'UTC') COMMENT 'when the stretches were set',
    valid_from DateTime('UTC') COMMENT 'first moment of the calls',
    valid_to DateTime('UTC') COMMENT 'moment after the last',
    book_version String COMMENT 'book that prices them; empty = the newest'
)
ENGINE = MergeTree
ORDER BY (set_at, valid_from)
COMMENT 'Which price book prices the calls of which time'
