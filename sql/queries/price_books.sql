-- purpose: price books that were loaded, and which time each prices
-- grain: one row per price book, newest first
-- params: none
-- columns: version text; loaded_at DateTime64(6,'UTC') when it was last put in force; rows count; is_newest Bool; prices_from Array(DateTime('UTC')) starts of
--   stretches that a reprice gave it; prices_to Array(DateTime('UTC')) their ends
-- tables: price_books, price_periods
SELECT
    b.version AS version,
    max(b.loaded_at) AS loaded_at,
    argMax(b.rows, b.loaded_at) AS rows,
    version = (SELECT argMax(version, loaded_at) FROM price_books) AS is_newest,
    arraySort(groupArray(p.valid_from)) AS prices_from,
    arraySort(groupArray(p.valid_to)) AS prices_to
FROM (SELECT version, max(loaded_at) AS loaded_at, argMax(rows, price_books.loaded_at) AS rows FROM price_books GROUP BY version) AS b
LEFT JOIN (SELECT * FROM price_periods WHERE set_at = (SELECT max(set_at) FROM price_periods) AND book_version != '') AS p ON p.book_version = b.version
GROUP BY b.version
ORDER BY loaded_at DESC
LIMIT 200
