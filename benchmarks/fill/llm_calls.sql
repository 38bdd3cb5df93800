-- purpose: the calls of the benchmark as the ledger holds them, at made-up costs
-- grain: one call
INSERT INTO llm_calls (started_at, duration_s, trace_id, span_id, parent_span_id, workload, task_id, agent, provider, request_model, response_model, tier, service_class, turn,
    fresh_input_tokens, cache_read_tokens, cache_write_short_tokens, cache_write_long_tokens, output_tokens, reasoning_tokens,
    fresh_input_cost_usd, cache_read_cost_usd, cache_write_cost_usd, output_cost_usd, list_cost_usd, original_cost_usd,
    pricing_status, price_book_version, convention, emitter, emitter_version, status, finish_reason, ingested_at, version, is_deleted)
SELECT
    started_at, 2.5, task_id, lower(hex(sipHash64(task, number_in_task))), '', workload, task_id, agent, if(startsWith(model, 'gpt'), 'openai', 'anthropic'), model, model, tier, 'standard', number_in_task,
    fresh, cache_read, if(startsWith(model, 'gpt'), NULL, 0), if(startsWith(model, 'gpt'), NULL, 0), output, NULL,
    usd, 0, 0, 0, usd, usd,
    'priced', 'benchmark', 'otel_genai', 'sdk_hooks', '0.1.0', 'ok', 'stop', now('UTC'), 1, 0
FROM (SELECT *, rowNumberInAllBlocks() % 10 AS number_in_task FROM bench_calls WHERE started_at >= toDateTime({from_:UInt32}, 'UTC') AND started_at < toDateTime({to_:UInt32}, 'UTC'))
