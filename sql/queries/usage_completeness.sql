-- purpose: what emitters count themselves against what the ledger holds, to show calls that never arrived
-- grain: one row per service, session and bucket that both sides can tell; metrics without a session are compared by
--   workload = service
-- params: from_ DateTime64(6,'UTC') inclusive; to_ DateTime64(6,'UTC') exclusive, of the counts and of the calls;
--   workloads Array(String) of the calls and services of the metrics, empty = all
-- columns: service text; session_id text, empty when the metric names none; bucket text fresh_input_tokens,
--   input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, answer_tokens (output without reasoning),
--   reasoning_tokens or reported_cost_usd; counted tokens or USD by the emitter; held Nullable(Float64) the same in
--   the ledger, NULL when no call reports it; missing Nullable(Float64) counted - held
-- tables: usage_metrics, llm_calls
WITH
    counted AS
    (
        -- A delta counts since the point before it; of a running count the newest point says all.
        SELECT service, session_id, bucket, sum(if(is_delta, deltas, newest)) AS counted
        FROM
        (
            SELECT service, session_id, bucket, metric, series, is_delta, begun_at, sum(value) AS deltas, argMax(value, counted_at) AS newest
            FROM usage_metrics FINAL
            WHERE counted_at >= {from_:DateTime64(6,'UTC')} AND counted_at < {to_:DateTime64(6,'UTC')}
                AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, service))
            GROUP BY service, session_id, bucket, metric, series, is_delta, begun_at
        )
        GROUP BY service, session_id, bucket
    ),
    held AS
    (
        SELECT
            key,
            arrayJoin([
                ('fresh_input_tokens', toFloat64(sum(fresh_input_tokens))),
                ('input_tokens', toFloat64(sum(fresh_input_tokens) + ifNull(sum(cache_read_tokens), 0) + ifNull(sum(cache_write_short_tokens), 0) + ifNull(sum(cache_write_long_tokens), 0))),
                ('cache_read_tokens', toFloat64(sum(cache_read_tokens))),
                ('cache_write_tokens', toFloat64(sum(cache_write_short_tokens) + sum(cache_write_long_tokens))),
                ('output_tokens', toFloat64(sum(output_tokens))),
                ('answer_tokens', toFloat64(sum(output_tokens) - ifNull(sum(reasoning_tokens), 0))),
                ('reasoning_tokens', toFloat64(sum(reasoning_tokens))),
                ('reported_cost_usd', toFloat64(sum(reported_cost_usd)))]) AS pair
        FROM
        (
            SELECT arrayJoin([('session', task_id), ('service', toString(workload))]) AS key, *
            FROM llm_calls FINAL
            WHERE started_at >= {from_:DateTime64(6,'UTC')} AND started_at < {to_:DateTime64(6,'UTC')}
                AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, workload))
                -- Calls of nobody who counts need not be summed.
                AND (task_id IN (SELECT session_id FROM counted WHERE session_id != '') OR toString(workload) IN (SELECT toString(service) FROM counted WHERE session_id = ''))
        )
        GROUP BY key
    )
SELECT
    toString(c.service) AS service,
    c.session_id AS session_id,
    toString(c.bucket) AS bucket,
    c.counted AS counted,
    h.value AS held,
    c.counted - h.value AS missing
FROM counted AS c
LEFT JOIN (SELECT key.1 AS kind, key.2 AS name, pair.1 AS bucket, toNullable(pair.2) AS value FROM held) AS h
    ON h.kind = if(c.session_id = '', 'service', 'session') AND h.name = if(c.session_id = '', toString(c.service), c.session_id) AND h.bucket = c.bucket
ORDER BY service, session_id, bucket
