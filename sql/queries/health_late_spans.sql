-- purpose: spans that arrived long after they ended, and history that was read in
-- grain: one row per service, most late spans first; by when the spans arrived
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive
-- columns: service text; spans count that arrived in the period, history left out; late count of those that arrived more than ten minutes after they ended;
--   latest_s seconds, the longest delay of those; imported count of spans that say they are history read in
-- tables: spans
SELECT
    toString(s.service) AS service,
    countIf(NOT s.imported) AS spans,
    countIf(s.delay_s > 600 AND NOT s.imported) AS late,
    maxIf(s.delay_s, NOT s.imported) AS latest_s,
    countIf(s.imported) AS imported
FROM
(
    SELECT service, imported, greatest(dateDiff('second', addNanoseconds(started_at, duration_ns), ingested_at), 0) AS delay_s
    FROM spans
    WHERE ingested_at >= {from_:DateTime64(6,'UTC')} AND ingested_at < {to_:DateTime64(6,'UTC')}
) AS s
GROUP BY service
ORDER BY late DESC, spans DESC
LIMIT 100
