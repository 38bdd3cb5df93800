-- purpose: the calls of the batch, without prices
-- grain: one call
-- params: version UInt64 number of the batch; ruled Bool whether rules name workloads
-- reads: work_labelled, work_turns, workload_name; writes: work_unpriced
INSERT INTO work_unpriced
WITH
    ruled AS
    (
        SELECT
            l.*, t.task_id AS whole_task, t.turn AS turn,
            if({ruled:Bool}, dictGet('workload_name', ('ruled_workload', 'latency_class'), (toString(service), toString(workload), toString(agent), toString(environment), toString(rule_labels))), ('', '')) AS ruling
        FROM work_labelled AS l
        ANY LEFT JOIN work_turns AS t ON t.trace_id = l.trace_id AND t.span_id = l.span_id
    )
SELECT
    toDateTime64(p.started_at, 6, 'UTC') AS started_at,
    if(duration_ns = 0, NULL, toFloat32(duration_ns / 1e9)) AS duration_s,
    time_to_first_chunk_s,
    trace_id, span_id, parent_span_id,
    multiIf(ruling.1 != '', ruling.1, p.workload != '', toString(p.workload), toString(service)) AS workload,
    whole_task AS task_id,
    agent, agent_role, architecture, tenant,
    provider, request_model, response_model,
    tier,
    service_class,
    cascade_id,
    attempt,
    next_from_tier != '' AS escalated,
    next_signal AS escalation_signal,
    p.abandoned OR next_attempt > 0 AS abandoned,
    prompt_version, change, pull_request, environment, step,
    turn,
    case_id, run_id,
    if(p.latency_class != '', toString(p.latency_class), ruling.2) AS latency_class,
    prefix_hash, prefix_tokens, batch_id, batch_custom_id, retries,
    rate_limit_remaining_tokens, rate_limit_remaining_calls, rate_limit_tokens, rate_limit_calls,
    finish_reason,
    fresh_input_tokens, cache_read_tokens, cache_write_short_tokens, cache_write_long_tokens, output_tokens, reasoning_tokens,
    NULL AS fresh_input_cost_usd, NULL AS cache_read_cost_usd, NULL AS cache_write_cost_usd, NULL AS output_cost_usd, NULL AS tool_fee_usd, NULL AS list_cost_usd,
    first_cost AS original_cost_usd, first_price,
    reported_cost_usd,
    multiIf(
        usage_status = 'free', 'free',
        usage_status = 'conflicting', 'conflicting_usage',
        -- Refused; but what broke off after the answer had begun, or was answered and could not be read, is billed.
        usage_status = 'missing' AND status = 'error' AND lower(finish_reason) IN ('', 'error') AND time_to_first_chunk_s IS NULL
            AND NOT match(error_type, '(?i)cancel|generatorexit|responsevalidation|outputpars|unexpectedmodelbehavior'), 'not_billed',
        fresh_input_tokens IS NULL OR (output_tokens IS NULL AND operation != 'embeddings'), 'missing_usage',
        '') AS pricing_status,
    arrayStringConcat(arrayFilter(n -> n != '', [
        toString(usage_note),
        if(kind NOT IN ('call', 'end'), 'aggregate_without_calls', ''),
        -- What is billed and stands on no call: keeping an explicit cache by the hour; whether a deployment is bound to a data zone.
        if(provider IN ('gcp.gemini', 'gcp.vertex_ai') AND ifNull(cache_read_tokens, 0) > 0, 'cache_storage_not_priced', ''),
        if(provider = 'azure.ai.openai' AND usage_status = 'reported', 'data_zone_unknown', '')]), ',') AS pricing_note,
    '' AS price_book_version,
    region, web_searches, '' AS price_row,
    convention, evidence, scope AS emitter, scope_version AS emitter_version,
    status, error_type,
    folded_spans AS suppressed_spans, folded_why AS suppressed_why,
    now('UTC') AS ingested_at,
    {version:UInt64} AS version,
    0 AS is_deleted
FROM ruled AS p
SETTINGS short_circuit_function_evaluation = 'disable'
