-- purpose: reads what our own hooks report, as batch_read does and by far less: they send the standard names, count cached tokens inside
-- the input, tell the lifetime of cache writes, and leave no usage in JSON. Only for a batch in which batch_foreign finds nothing else.
-- grain: one span as it arrived
-- params: held Array(UInt8) the roles that any report of the batch holds; what none holds is not looked for in each
-- reads: call_reports, work_pairs, attribute_role; writes: work_candidates
INSERT INTO work_candidates
    (ingested_at, trace_id, span_id, parent_span_id, kind, started_at, duration_ns, service, environment, scope, scope_version, status,
    error_type, operation, provider, request_model, response_model, response_id, finish_reason, time_to_first_chunk_s, convention, evidence,
    usage_status, usage_note, fresh_input_tokens, cache_read_tokens, cache_write_short_tokens, cache_write_long_tokens, output_tokens, reasoning_tokens,
    agent, task_id, conversation_id, workload, tenant, tier, cascade_id, attempt, escalation_signal, escalation_from_tier,
    abandoned, agent_role, architecture, prompt_version, prefix_hash, prefix_tokens, change, pull_request, latency_class, service_class,
    batch_id, batch_custom_id, step, case_id, run_id, retries, rate_limit_remaining_tokens, rate_limit_remaining_calls, rule_labels, region, web_searches, rate_limit_tokens, rate_limit_calls)
WITH n -> if(has({held:Array(UInt8)}, n), texts[indexOf(roles, n)], '') AS attr
SELECT
    ingested_at, trace_id, span_id, parent_span_id, kind, started_at, duration_ns, service, environment, scope, scope_version, status,
    attr(16) AS error_type,
    attr(1) AS operation,
    transform(told_provider, ['gemini', 'google', 'google_genai', 'vertex_ai', 'xai', 'az.ai.openai', 'az.ai.inference', 'azure', 'aws', 'bedrock', 'amazon_bedrock', 'anthropic.messages', 'openai.responses', 'openai.chat', 'langchain', 'langgraph', 'strands-agents', 'autogen', 'crewai', 'microsoft.agent_framework', 'litellm'], ['gcp.gemini', 'gcp.gemini', 'gcp.gemini', 'gcp.vertex_ai', 'x_ai', 'azure.ai.openai', 'azure.ai.inference', 'azure.ai.openai', 'aws.bedrock', 'aws.bedrock', 'aws.bedrock', 'anthropic', 'openai', 'openai', '', '', '', '', '', '', ''], told_provider) AS provider,
    trim(BOTH '"' FROM attr(3)) AS request_model,
    trim(BOTH '"' FROM attr(4)) AS response_model,
    attr(5) AS response_id,
    extract(attr(if(told_finish, 17, 88)), '[A-Za-z_.-]+') AS finish_reason,
    toFloat32OrNull(attr(12)) AS time_to_first_chunk_s,
    dictGetString('attribute_role', 'convention', toString(usage_name)) AS convention,
    multiIf(
        whole IS NULL, 'no input total',
        cached = 0, 'no cached part',
        excludes = 1, 'cached part is larger than the whole, so the whole excludes it',
        excludes = 2, 'reported total adds up only without the cached part in the input',
        'known of this emitter') AS evidence,
    multiIf(impossible, 'conflicting', lower(attr(77)) IN ('true', '1', 'hit'), 'free', whole IS NULL AND told IS NULL, 'missing', 'reported') AS usage_status,
    if(attr(93) = 'output_partial', 'output_partial', '') AS usage_note,
    if(impossible, NULL, toUInt64(fresh)) AS fresh_input_tokens,
    if(impossible, NULL, toUInt64(read)) AS cache_read_tokens,
    if(impossible, NULL, toUInt64(written - written_long)) AS cache_write_short_tokens,
    if(impossible OR written IS NULL, NULL, toUInt64(written_long)) AS cache_write_long_tokens,
    if(impossible, NULL, toUInt64(told)) AS output_tokens,
    if(impossible, NULL, toUInt64(reasoning)) AS reasoning_tokens,
    attr(14) AS agent,
    attr(20) AS task_id,
    trim(BOTH '"' FROM attr(13)) AS conversation_id,
    attr(21) AS workload,
    attr(22) AS tenant,
    attr(23) AS tier,
    attr(24) AS cascade_id,
    toUInt16OrNull(attr(25)) AS attempt,
    attr(26) AS escalation_signal,
    attr(27) AS escalation_from_tier,
    attr(28) = 'true' AS abandoned,
    attr(29) AS agent_role,
    attr(30) AS architecture,
    attr(31) AS prompt_version,
    attr(32) AS prefix_hash,
    toUInt32OrNull(attr(33)) AS prefix_tokens,
    attr(34) AS change,
    attr(35) AS pull_request,
    attr(36) AS latency_class,
    multiIf(told_class != '', told_class, attr(38) != '' OR attr(39) != '', 'batch', 'standard') AS service_class,
    attr(38) AS batch_id,
    attr(39) AS batch_custom_id,
    attr(40) AS step,
    attr(42) AS case_id,
    attr(43) AS run_id,
    toUInt16OrNull(attr(49)) AS retries,
    toUInt64OrNull(attr(50)) AS rate_limit_remaining_tokens,
    toUInt64OrNull(attr(51)) AS rate_limit_remaining_calls,
    rule_labels,
    extract(attr(91), '(?:^|\\.)([a-z]+(?:-[a-z]+)+-?[0-9]+)(?:-aiplatform\\.googleapis|\\.amazonaws)\\.com') AS region,
    toUInt32OrNull(attr(113)) AS web_searches,
    toUInt64OrNull(attr(96)) AS rate_limit_tokens,
    toUInt64OrNull(attr(97)) AS rate_limit_calls
FROM
(
    SELECT
        *,
        least(ifNull(whole, 0), ifNull(told, 0), ifNull(read, 0), written0, ifNull(long, 0), ifNull(reasoning, 0), ifNull(fresh, 0), written_long) < 0
            OR greatest(ifNull(whole, 0), ifNull(told, 0), ifNull(read, 0), written0, ifNull(long, 0), ifNull(reasoning, 0)) > 1000000000
            OR ifNull(long, 0) > written0
            OR ifNull(reasoning > ifNull(told, 1000000000), false)
            OR ifNull(total > 0 AND total < whole + told, false) AS impossible
    FROM
    (
        SELECT
            *,
            if(excludes > 0, whole, whole - cached) AS fresh,
            multiIf(long IS NOT NULL, long, is_long, written0, 0) AS written_long
        FROM
        (
            SELECT
                *,
                -- 0 the whole includes the cached part, 1 its size shows that it does not, 2 the reported total does.
                multiIf(
                    whole IS NULL OR cached = 0, 0,
                    ifNull(read, 0) > whole OR cached > whole, 1,
                    ifNull(total = whole + told + cached, false), 2,
                    0) AS excludes
            FROM
            (
                SELECT
                    *,
                    coalesce(written_told, long) AS written,
                    coalesce(written_told, long, 0) AS written0,
                    ifNull(read, 0) + coalesce(written_told, long, 0) AS cached
                FROM
                (
                    SELECT
                        *,
                        toInt64OrNull(attr(6)) AS whole,
                        toInt64OrNull(attr(7)) AS told,
                        toInt64OrNull(attr(8)) AS read,
                        toInt64OrNull(attr(9)) AS written_told,
                        toInt64OrNull(attr(10)) AS reasoning,
                        toInt64OrNull(attr(11)) AS long,
                        toInt64OrNull(attr(18)) AS total,
                        lower(attr(41)) = 'long' AS is_long,
                        lower(trim(BOTH '"' FROM attr(2))) AS told_provider,
                        attr(37) AS told_class,
                        attr(17) != '' AS told_finish
                    FROM call_reports
                    WHERE (ingested_at, trace_id) IN (SELECT ingested_at, trace_id FROM work_pairs)
                )
            )
        )
    )
)
SETTINGS query_plan_merge_expressions = 0
