-- purpose: input tokens and their cost by segment of the prompt, of recorded calls whose recorder counted segments
-- grain: one row per segment
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive, by the start
--   of the call
-- columns: segment text tools, system, history, tool_results or user; calls count of all calls whose segments are known;
--   tokens Float64 input tokens of the segment, the call's own total split as its segments were counted; usd Float64 USD
--   of input so split
-- tables: llm_calls, otel_traces
WITH
    counted AS
    (
        SELECT
            TraceId AS trace_id, SpanId AS span_id,
            mapFilter((name, tokens) -> startsWith(name, 'spanledger.prompt.segment.'), SpanAttributes) AS parts,
            arraySum(arrayMap(tokens -> toFloat64OrZero(tokens), mapValues(parts))) AS whole
        FROM otel_traces
        WHERE Timestamp >= {from_:DateTime64(6,'UTC')} AND Timestamp < {to_:DateTime64(6,'UTC')} AND whole > 0
    ),
    known AS
    (
        SELECT
            n.parts AS parts, n.whole AS whole,
            toFloat64(ifNull(fresh_input_tokens, 0) + ifNull(cache_read_tokens, 0)
                + ifNull(cache_write_short_tokens, 0) + ifNull(cache_write_long_tokens, 0)) AS input_tokens,
            toFloat64(ifNull(fresh_input_cost_usd, 0)) + toFloat64(ifNull(cache_read_cost_usd, 0))
                + toFloat64(ifNull(cache_write_cost_usd, 0)) AS input_usd
        FROM llm_calls AS c FINAL
        INNER JOIN counted AS n ON n.trace_id = c.trace_id AND n.span_id = c.span_id
        WHERE c.started_at >= {from_:DateTime64(6,'UTC')} AND c.started_at < {to_:DateTime64(6,'UTC')}
          AND list_cost_usd IS NOT NULL
    )
SELECT
    replaceOne(toString(part.1), 'spanledger.prompt.segment.', '') AS segment,
    (SELECT count() FROM known) AS calls,
    sum(toFloat64OrZero(part.2) / whole * input_tokens) AS tokens,
    sum(toFloat64OrZero(part.2) / whole * input_usd) AS usd
FROM known
ARRAY JOIN CAST(parts, 'Array(Tuple(String, String))') AS part
GROUP BY segment
ORDER BY segment
