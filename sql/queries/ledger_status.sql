-- purpose: whether the ledger holds anything, and from when to when
-- grain: one row
-- params: none
-- columns: tasks_seen count rows, replaced ones included; first_task Nullable(DateTime64(6,'UTC')) end of
--   the earliest task; last_task Nullable(DateTime64(6,'UTC')) end of the latest; calls_seen count rollup
--   rows, replaced ones included; first_call Nullable(DateTime('UTC')) minute of the earliest call;
--   last_call Nullable(DateTime('UTC')) minute of the latest; price_book text version of the book in force,
--   empty = none yet; prices_loaded_at DateTime64(6,'UTC') when it was loaded; books Array(String) versions
--   of all books, newest first
-- tables: tasks, calls_rollup, price_books
SELECT
    t.n AS tasks_seen,
    if(t.n > 0, t.first, NULL) AS first_task,
    if(t.n > 0, t.last, NULL) AS last_task,
    c.n AS calls_seen,
    if(c.n > 0, c.first, NULL) AS first_call,
    if(c.n > 0, c.last, NULL) AS last_call,
    b.book AS price_book,
    b.at AS prices_loaded_at,
    b.books AS books
FROM (SELECT count() AS n, min(ended_at) AS first, max(ended_at) AS last FROM tasks) AS t
CROSS JOIN (SELECT count() AS n, min(minute) AS first, max(minute) AS last FROM calls_rollup) AS c
CROSS JOIN
(
    SELECT books[1] AS book, max(loaded) AS at, arrayMap(p -> p.2, arrayReverseSort(groupArray((loaded, version)))) AS books
    FROM (SELECT version, max(loaded_at) AS loaded FROM price_books GROUP BY version)
) AS b
