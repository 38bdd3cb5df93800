-- purpose: price books that were loaded; the newest is the one in force
-- grain: one price book
-- written by: the price keeper
CREATE TABLE IF NOT EXISTS price_books
(
    version String COMMENT 'version of the library, and a digest of the overrides when there are any',
    loaded_at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC') COMMENT 'when it was loaded',
    rows UInt32 COMMENT 'price rows in it'
)
ENGINE = MergeTree
ORDER BY loaded_at
COMMENT 'Price books that were loaded; the newest is in force'
