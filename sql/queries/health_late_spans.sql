-- purpose: spans that arrived long after they ended
-- grain: one row per service, most late spans first; by when the spans arrived
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive
-- columns: service text; spans count that arrived in the period; late count that arrived more than ten minutes after they ended; latest_s seconds, the longest delay
-- tables: spans
SELECT
    toString(s.service) AS service,
    count() AS spans,
    countIf(delay_s > 600) AS late,
    max(delay_s) AS latest_s
FROM
(
    SELECT service, greatest(dateDiff('second', addNanoseconds(started_at, duration_ns), ingested_at), 0) AS delay_s
    FROM spans
    WHERE ingested_at >= {from_:DateTime64(6,'UTC')} AND ingested_at < {to_:DateTime64(6,'UTC')}
) AS s
GROUP BY service
ORDER BY late DESC, spans DESC
LIMIT 100
