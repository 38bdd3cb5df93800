-- purpose: the calls of one task in order
-- grain: one row per call
-- params: task_id String; from_ DateTime64(6,'UTC') start of the task, inclusive; to_ DateTime64(6,'UTC')
--   end of the task, inclusive
-- columns: trace_id text; span_id text; parent_span_id text; started_at DateTime64(6,'UTC'); duration_s
--   Nullable(Float64) seconds; first_chunk_s Nullable(Float64) seconds; agent text; step text; provider
--   text; model text; tier text; service_class text; cascade_id text; attempt Nullable(UInt16); escalated
--   Bool; escalation_signal text; abandoned Bool; fresh_input Nullable(UInt64) tokens; cache_read
--   Nullable(UInt64) tokens; cache_write Nullable(UInt64) tokens, short and long; output Nullable(UInt64)
--   tokens; reasoning Nullable(UInt64) tokens; fresh_input_usd Nullable(Float64); cache_read_usd
--   Nullable(Float64); cache_write_usd Nullable(Float64); output_usd Nullable(Float64); cost_usd
--   Nullable(Float64) USD, NULL = unpriced; cost_text Nullable(String) the same, exact; pricing_status
--   text; pricing_note text; status text; error_type text; finish_reason text; retries Nullable(UInt16);
--   suppressed_spans count; emitter text
-- tables: llm_calls
SELECT
    trace_id,
    span_id,
    parent_span_id,
    started_at,
    toFloat64(c.duration_s) AS duration_s,
    toFloat64(c.time_to_first_chunk_s) AS first_chunk_s,
    toString(c.agent) AS agent,
    toString(c.step) AS step,
    toString(c.provider) AS provider,
    toString(if(response_model != '', response_model, request_model)) AS model,
    toString(c.tier) AS tier,
    toString(c.service_class) AS service_class,
    cascade_id,
    attempt,
    escalated,
    toString(c.escalation_signal) AS escalation_signal,
    abandoned,
    fresh_input_tokens AS fresh_input,
    cache_read_tokens AS cache_read,
    cache_write_short_tokens + cache_write_long_tokens AS cache_write,
    output_tokens AS output,
    reasoning_tokens AS reasoning,
    toFloat64(fresh_input_cost_usd) AS fresh_input_usd,
    toFloat64(cache_read_cost_usd) AS cache_read_usd,
    toFloat64(cache_write_cost_usd) AS cache_write_usd,
    toFloat64(output_cost_usd) AS output_usd,
    toFloat64(list_cost_usd) AS cost_usd,
    toString(list_cost_usd) AS cost_text,
    toString(c.pricing_status) AS pricing_status,
    toString(c.pricing_note) AS pricing_note,
    toString(c.status) AS status,
    toString(c.error_type) AS error_type,
    toString(c.finish_reason) AS finish_reason,
    retries,
    suppressed_spans,
    toString(c.emitter) AS emitter
FROM llm_calls AS c FINAL
WHERE started_at >= {from_:DateTime64(6,'UTC')} AND started_at <= {to_:DateTime64(6,'UTC')}
  AND c.task_id = {task_id:String}
ORDER BY started_at, trace_id, span_id
LIMIT 2000
