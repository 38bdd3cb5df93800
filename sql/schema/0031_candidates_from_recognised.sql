-- purpose: reads usage into disjoint buckets and labels into one vocabulary
-- grain: one span that called a model or carries usage
-- reads: recognised_spans; writes: call_candidates
CREATE MATERIALIZED VIEW IF NOT EXISTS candidates_from_recognised TO call_candidates AS
SELECT
    ingested_at, trace_id, span_id, parent_span_id, kind, started_at, duration_ns, service, environment, scope, scope_version, status,
    texts[indexOf(roles, 16)] AS error_type,
    texts[indexOf(roles, 1)] AS operation,
    transform(lower(texts[indexOf(roles, 2)]), ['gemini', 'google', 'vertex_ai', 'xai', 'az.ai.openai', 'az.ai.inference', 'azure', 'aws', 'bedrock', 'anthropic.messages', 'openai.responses', 'openai.chat'], ['gcp.gemini', 'gcp.gemini', 'gcp.vertex_ai', 'x_ai', 'azure.ai.openai', 'azure.ai.inference', 'azure.ai.openai', 'aws.bedrock', 'aws.bedrock', 'anthropic', 'openai', 'openai'], lower(texts[indexOf(roles, 2)])) AS provider,
    texts[indexOf(roles, 3)] AS request_model,
    texts[indexOf(roles, 4)] AS response_model,
    texts[indexOf(roles, 5)] AS response_id,
    extract(texts[indexOf(roles, 17)], '[A-Za-z_.-]+') AS finish_reason,
    toFloat32OrNull(texts[indexOf(roles, 12)]) AS time_to_first_chunk_s,
    dictGetString('attribute_role', 'convention', usage_name) AS convention,
    multiIf(
        input IS NULL, 'no input total',
        ifNull(read, 0) + ifNull(written, 0) = 0, 'no cached part',
        excludes_by_size, 'cached part is larger than the whole, so the whole excludes it',
        excludes_by_total, 'reported total adds up only without the cached part in the input',
        total IS NOT NULL, 'reported total adds up with the cached part in the input',
        'convention says the input includes the cached part') AS evidence,
    multiIf(impossible, 'conflicting', input IS NULL AND output IS NULL, 'missing', 'reported') AS usage_status,
    if(written > 0 AND long IS NULL AND lifetime = '' AND scope != 'sdk_hooks', 'lifetime_assumed_short', '') AS usage_note,
    if(impossible, NULL, toUInt64(if(excludes, input, input - ifNull(read, 0) - ifNull(written, 0)))) AS fresh_input_tokens,
    if(impossible, NULL, toUInt64(read)) AS cache_read_tokens,
    if(impossible, NULL, toUInt64(written - written_long)) AS cache_write_short_tokens,
    if(impossible, NULL, toUInt64(if(written IS NULL, NULL, written_long))) AS cache_write_long_tokens,
    if(impossible, NULL, toUInt64(output)) AS output_tokens,
    if(impossible, NULL, toUInt64(reasoning)) AS reasoning_tokens,
    if(reported_cost < 0 OR reported_cost > 100000, NULL, reported_cost) AS reported_cost_usd,
    texts[indexOf(roles, 14)] AS agent,
    texts[indexOf(roles, 20)] AS task_id,
    texts[indexOf(roles, 13)] AS conversation_id,
    texts[indexOf(roles, 21)] AS workload,
    texts[indexOf(roles, 22)] AS tenant,
    texts[indexOf(roles, 23)] AS tier,
    texts[indexOf(roles, 24)] AS cascade_id,
    toUInt16OrNull(texts[indexOf(roles, 25)]) AS attempt,
    texts[indexOf(roles, 26)] AS escalation_signal,
    texts[indexOf(roles, 27)] AS escalation_from_tier,
    texts[indexOf(roles, 28)] = 'true' AS abandoned,
    texts[indexOf(roles, 29)] AS agent_role,
    texts[indexOf(roles, 30)] AS architecture,
    texts[indexOf(roles, 31)] AS prompt_version,
    texts[indexOf(roles, 32)] AS prefix_hash,
    toUInt32OrNull(texts[indexOf(roles, 33)]) AS prefix_tokens,
    texts[indexOf(roles, 34)] AS change,
    texts[indexOf(roles, 35)] AS pull_request,
    texts[indexOf(roles, 36)] AS latency_class,
    if(has(roles, 37), texts[indexOf(roles, 37)], 'standard') AS service_class,
    texts[indexOf(roles, 38)] AS batch_id,
    texts[indexOf(roles, 39)] AS batch_custom_id,
    texts[indexOf(roles, 40)] AS step,
    texts[indexOf(roles, 42)] AS case_id,
    texts[indexOf(roles, 43)] AS run_id,
    toUInt16OrNull(texts[indexOf(roles, 49)]) AS retries,
    toUInt64OrNull(texts[indexOf(roles, 50)]) AS rate_limit_remaining_tokens,
    toUInt64OrNull(texts[indexOf(roles, 51)]) AS rate_limit_remaining_calls,
    rule_labels
FROM
(
    SELECT
        *,
        ifNull(read + written > input, ifNull(read, 0) + ifNull(written, 0) > ifNull(input, 0) AND input IS NOT NULL) AS excludes_by_size,
        ifNull(total = input + output + ifNull(read, 0) + ifNull(written, 0) AND ifNull(read, 0) + ifNull(written, 0) > 0, false) AS excludes_by_total,
        excludes_by_size OR excludes_by_total AS excludes,
        multiIf(long IS NOT NULL, long, lifetime = 'long', ifNull(written, 0), 0) AS written_long,
        ifNull(least(input, 0) + least(output, 0) + least(read, 0) + least(written, 0) + least(long, 0) + least(reasoning, 0) < 0,
               ifNull(input, 0) < 0 OR ifNull(output, 0) < 0 OR ifNull(read, 0) < 0 OR ifNull(written, 0) < 0 OR ifNull(long, 0) < 0 OR ifNull(reasoning, 0) < 0)
            OR greatest(ifNull(input, 0), ifNull(output, 0), ifNull(read, 0), ifNull(written, 0), ifNull(long, 0), ifNull(reasoning, 0)) > 1000000000
            OR ifNull(long, 0) > ifNull(written, 0)
            OR ifNull(reasoning, 0) > ifNull(output, 1000000000) AS impossible
    FROM
    (
        SELECT
            *,
            toInt64OrNull(texts[indexOf(roles, 6)]) AS input,
            toInt64OrNull(texts[indexOf(roles, 7)]) AS output,
            toInt64OrNull(texts[indexOf(roles, 8)]) AS read,
            toInt64OrNull(texts[indexOf(roles, 9)]) AS written,
            toInt64OrNull(texts[indexOf(roles, 10)]) AS reasoning,
            toInt64OrNull(texts[indexOf(roles, 11)]) AS long,
            toInt64OrNull(texts[indexOf(roles, 18)]) AS total,
            toDecimal64OrNull(texts[indexOf(roles, 55)], 12) AS reported_cost,
            lower(texts[indexOf(roles, 41)]) AS lifetime
        FROM recognised_spans
        WHERE kind = 'call' OR usage_name != ''
    )
)
