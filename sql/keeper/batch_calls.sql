-- purpose: the calls of the batch as they will stand: priced at the time of each
-- grain: one call
-- params: version UInt64 number of the batch; ruled Bool whether rules name workloads
-- reads: work_labelled, model_name, price_range, workload_name; writes: work_calls
INSERT INTO work_calls
WITH
    named AS
    (
        SELECT
            *,
            dictGet('model_name', ('book_provider', 'book_model', 'note', 'tier'), (toString(provider), toString(response_model))) AS by_response,
            dictGet('model_name', ('book_provider', 'book_model', 'note', 'tier'), (toString(provider), toString(request_model))) AS by_request,
            if({ruled:Bool}, dictGet('workload_name', ('ruled_workload', 'latency_class'), (toString(service), toString(workload), toString(agent), toString(environment), toString(rule_labels))), ('', '')) AS ruling,
            ifNull(fresh_input_tokens, 0) + ifNull(cache_read_tokens, 0) + ifNull(cache_write_short_tokens, 0) + ifNull(cache_write_long_tokens, 0) AS prompt_tokens
        FROM work_labelled
    ),
    booked AS
    (
        SELECT
            *,
            if(by_response.2 != '', by_response, by_request) AS book,
            if(by_request.4 != '', by_request.4, by_response.4) AS mapped_tier
        FROM named
    ),
    classed AS
    (
        SELECT
            *,
            service_class = 'standard' OR dictGet('price_range', 'version', (book.1, book.2, toString(service_class)), toDateTime(started_at)) != '' AS class_is_priced
        FROM booked
    ),
    with_prices AS
    (
        SELECT
            *,
            dictGet('price_range', ('version', 'above', 'fresh', 'read', 'write_short', 'write_long', 'output', 'origin'), (book.1, book.2, if(class_is_priced, toString(service_class), 'standard')), toDateTime(started_at)) AS prices
        FROM classed
    ),
    with_costs AS
    (
        SELECT
            *,
            greatest(1, arrayCount(t -> prompt_tokens > t, prices.2)) AS step_of_price,
            toInt128(fresh_input_tokens) * prices.3[step_of_price] AS fresh_femto,
            toInt128(cache_read_tokens) * prices.4[step_of_price] AS read_femto,
            toInt128(cache_write_short_tokens) * prices.5[step_of_price] AS short_femto,
            toInt128(cache_write_long_tokens) * prices.6[step_of_price] AS long_femto,
            toInt128(output_tokens) * prices.7[step_of_price] AS output_femto
        FROM with_prices
    ),
    priced AS
    (
        SELECT
            *,
            multiIf(
                usage_status = 'conflicting', 'conflicting_usage',
                usage_status = 'missing' AND status = 'error', 'not_billed',
                fresh_input_tokens IS NULL OR (output_tokens IS NULL AND operation != 'embeddings'), 'missing_usage',
                prices.1 = '', 'unknown_model',
                least(ifNull(fresh_femto, 0), ifNull(read_femto, 0), ifNull(short_femto, 0), ifNull(long_femto, 0), ifNull(output_femto, 0)) < 0, 'no_price_for_bucket',
                'priced') AS pricing,
            toInt64(intDiv(fresh_femto + 500, 1000)) AS fresh_pico,
            toInt64(intDiv(read_femto + 500, 1000)) AS read_pico,
            toInt64(intDiv(short_femto + 500, 1000)) AS short_pico,
            toInt64(intDiv(long_femto + 500, 1000)) AS long_pico,
            toInt64(intDiv(output_femto + 500, 1000)) AS output_pico
        FROM with_costs
    )
SELECT
    toDateTime64(p.started_at, 6, 'UTC') AS started_at,
    if(duration_ns = 0, NULL, toFloat32(duration_ns / 1e9)) AS duration_s,
    time_to_first_chunk_s,
    trace_id, span_id, parent_span_id,
    multiIf(ruling.1 != '', ruling.1, p.workload != '', toString(p.workload), toString(service)) AS workload,
    charged_to AS task_id,
    agent, agent_role, architecture, tenant,
    provider, request_model, response_model,
    if(p.tier != '', toString(p.tier), mapped_tier) AS tier,
    service_class,
    cascade_id,
    attempt,
    next_from_tier != '' AS escalated,
    next_signal AS escalation_signal,
    p.abandoned OR next_attempt > 0 AS abandoned,
    prompt_version, change, pull_request, environment, step,
    toUInt32(0) AS turn,
    case_id, run_id,
    if(p.latency_class != '', toString(p.latency_class), ruling.2) AS latency_class,
    prefix_hash, prefix_tokens, batch_id, batch_custom_id, retries,
    rate_limit_remaining_tokens, rate_limit_remaining_calls,
    finish_reason,
    fresh_input_tokens, cache_read_tokens, cache_write_short_tokens, cache_write_long_tokens, output_tokens, reasoning_tokens,
    if(pricing = 'priced', reinterpret(fresh_pico, 'Decimal64(12)'), NULL) AS fresh_input_cost_usd,
    if(pricing = 'priced', reinterpret(read_pico, 'Decimal64(12)'), NULL) AS cache_read_cost_usd,
    if(pricing = 'priced', if(short_pico IS NULL AND long_pico IS NULL, NULL, reinterpret(ifNull(short_pico, 0) + ifNull(long_pico, 0), 'Decimal64(12)')), NULL) AS cache_write_cost_usd,
    if(pricing = 'priced', reinterpret(output_pico, 'Decimal64(12)'), NULL) AS output_cost_usd,
    NULL AS tool_fee_usd,
    if(pricing = 'priced', reinterpret(ifNull(fresh_pico, 0) + ifNull(read_pico, 0) + ifNull(short_pico, 0) + ifNull(long_pico, 0) + ifNull(output_pico, 0), 'Decimal64(12)'), NULL) AS list_cost_usd,
    coalesce(first_cost, list_cost_usd) AS original_cost_usd,
    reported_cost_usd,
    pricing AS pricing_status,
    arrayStringConcat(arrayFilter(n -> n != '', [
        if(pricing = 'priced', book.3, ''),
        toString(usage_note),
        if(pricing = 'priced' AND NOT class_is_priced, 'context_fallback', ''),
        if(pricing = 'priced' AND prices.8 = 'override', 'override', ''),
        if(kind != 'call', 'aggregate_without_calls', '')]), ',') AS pricing_note,
    if(pricing = 'priced', prices.1, '') AS price_book_version,
    convention, scope AS emitter, scope_version AS emitter_version,
    status, error_type,
    folded_spans AS suppressed_spans, folded_why AS suppressed_why,
    now('UTC') AS ingested_at,
    {version:UInt64} AS version,
    0 AS is_deleted
FROM priced AS p
SETTINGS short_circuit_function_evaluation = 'disable'
