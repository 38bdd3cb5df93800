-- purpose: whether a rise may be a fault of measuring: gaps, late and early spans, unpriced calls, new prices, arrears
-- grain: one row
-- params: from_ DateTime64(6,'UTC') start of the window; to_ DateTime64(6,'UTC') end, exclusive
-- columns: waiting_keys count of keys to recompute; behind_s Nullable(Float64) seconds since the oldest arrived;
--   last_span Nullable(DateTime64(6,'UTC')) arrival of the latest span; spans count that arrived in the window, history left out; late
--   count of them that ended over ten minutes before; early count of them that began over a minute after they
--   arrived; longest_gap_s seconds, the longest time of the window without a call; rejected count of spans in the
--   window; price_books count loaded from a day before the window on
-- tables: touched_keys, spans, calls_rollup, rejected_spans, price_books
SELECT
    w.n AS waiting_keys,
    if(w.n > 0, dateDiff('millisecond', w.oldest, now64(6, 'UTC')) / 1000, NULL) AS behind_s,
    (SELECT nullIf(max(latest), toDateTime64(0, 6, 'UTC')) FROM (SELECT ingested_at AS latest FROM spans ORDER BY ingested_at DESC LIMIT 1)) AS last_span,
    s.n AS spans, s.late AS late, s.early AS early,
    (
        SELECT max(gap)
        FROM
        (
            SELECT arrayJoin(arrayDifference(arraySort(arrayConcat([toUnixTimestamp({from_:DateTime64(6,'UTC')}), toUnixTimestamp(least({to_:DateTime64(6,'UTC')}, now64(6, 'UTC')))], groupArray(toUnixTimestamp(minute)))))) AS gap
            FROM (SELECT DISTINCT minute FROM calls_rollup WHERE minute >= {from_:DateTime64(6,'UTC')} AND minute < {to_:DateTime64(6,'UTC')})
        )
    ) AS longest_gap_s,
    (SELECT count() FROM rejected_spans WHERE received_at >= {from_:DateTime64(6,'UTC')} AND received_at < {to_:DateTime64(6,'UTC')}) AS rejected,
    (SELECT count() FROM price_books WHERE loaded_at >= subtractDays({from_:DateTime64(6,'UTC')}, 1) AND loaded_at < {to_:DateTime64(6,'UTC')}) AS price_books
FROM (SELECT count() AS n, min(ingested_at) AS oldest FROM touched_keys) AS w
CROSS JOIN
(
    SELECT
        countIf(NOT imported) AS n,
        countIf(NOT imported AND addNanoseconds(started_at, duration_ns) < subtractMinutes(ingested_at, 10)) AS late,
        countIf(started_at > addMinutes(ingested_at, 1)) AS early
    FROM spans
    WHERE ingested_at >= {from_:DateTime64(6,'UTC')} AND ingested_at < {to_:DateTime64(6,'UTC')}
) AS s
