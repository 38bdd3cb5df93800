-- purpose: says what kind of span each is, and takes from its attributes what every reader of spans needs
-- grain: one span
-- reads: told_spans; writes: recognised_spans
CREATE MATERIALIZED VIEW IF NOT EXISTS recognise TO recognised_spans AS
WITH n -> texts[indexOf(roles, n)] AS attr
SELECT
    now64(6, 'UTC') AS ingested_at,
    TraceId AS trace_id,
    SpanId AS span_id,
    ParentSpanId AS parent_span_id,
    toDateTime64(Timestamp, 9, 'UTC') AS started_at,
    Duration AS duration_ns,
    SpanName AS name,
    ServiceName AS service,
    if(ResourceAttributes['deployment.environment.name'] != '', ResourceAttributes['deployment.environment.name'], ResourceAttributes['deployment.environment']) AS environment,
    ScopeName AS scope,
    ScopeVersion AS scope_version,
    if(StatusCode = 'Error' OR (has(roles, 130) AND attr(130) = 'ERROR'), 'error', 'ok') AS status,
    multiIf(
        asks_nothing, 'other',
        operation = 'invoke_workflow', 'task',
        operation = '' AND openinference_kind = '' AND span_type = '' AND (has(roles, 44) OR has(roles, 47)), 'outcome',
        operation IN ('invoke_agent', 'create_agent') OR openinference_kind = 'AGENT' OR (operation = '' AND span_type = 'agent'), 'agent',
        operation = 'execute_tool' OR openinference_kind = 'TOOL' OR (operation = '' AND span_type IN ('tool', 'ai.toolcall')), 'tool',
        operation IN ('chat', 'text_completion', 'generate_content', 'acompletion', 'llm_call', 'aresponses', 'anthropic_messages', 'atext_completion', 'agenerate_content', 'generate_content_stream', 'agenerate_content_stream', 'chat_completion', 'chat_completions', 'chat.completions', 'generate_text', 'stream_text', 'invoke_model') OR openinference_kind IN ('LLM', 'EMBEDDING'), 'call',
        -- A word that means other work as well needs more: who was asked, for what model, what came of it.
        operation IN ('embeddings', 'completion', 'responses', 'response', 'messages', 'embedding', 'aembedding', 'embed_content', 'generate', 'converse') AND tells_of_model, 'call',
        operation = '' AND (span_type IN ('chat_model', 'llm', 'generation', 'llm_request') OR (span_type IN ('model', 'chat', 'completion', 'embedding', 'inference') AND tells_of_model) OR endsWith(span_type, '.dogenerate') OR endsWith(span_type, '.dostream') OR endsWith(span_type, '.doembed') OR endsWith(span_type, 'generator')), 'call',
        -- Logfire 3 and 4 tag their calls; a program puts tags of its own beside that one, and on spans of its own (scope logfire).
        operation = '' AND openinference_kind = '' AND span_type = '' AND has(roles, 127) AND ScopeName != 'logfire' AND has(JSONExtract(attr(127), 'Array(String)'), 'LLM'), 'call',
        -- An instrumentation that could not read the answer leaves a bare span.
        (begins_call OR (ScopeName = 'opentelemetry.instrumentation.bedrock' AND startsWith(SpanName, 'bedrock.co')) OR (ScopeName = 'openlit.otel.tracing' AND operation = '' AND StatusCode = 'Error' AND startsWith(SpanName, 'chat '))) AND openinference_kind = '', 'call',
        -- An operation nobody listed, unless it sounds like work that asks several times.
        openinference_kind = '' AND if(operation = '', span_type = '', NOT match(operation, 'agent|workflow|chain|team|crew|task|session|step|plan|tool|memor|retriev|rank|graph|node|pipeline|run|evaluat')) AND (has(roles, 3) OR has(roles, 4) OR SpanName = 'handle_responses') AND (has(roles, 6) OR has(roles, 7) OR (json_role = 80 AND (has(roles, 107) OR match(concat(attr(3), attr(4)), '(?i)embed')) AND NOT has(roles, 128))), 'call',
        'other') AS kind,
    roles,
    texts,
    multiIf(asks_nothing, '', has(roles, 6), names[indexOf(roles, 6)], has(roles, 7), names[indexOf(roles, 7)], '') AS usage_name,
    multiIf(has(roles, 8), names[indexOf(roles, 8)], has(roles, 9), names[indexOf(roles, 9)], '') AS cache_name,
    multiIf(has(names, '{}.prompt_tokens') AND hasAny(names, ['{}.cache_read_input_tokens', '{}.cache_creation_input_tokens']), '{}.mixed', has(roles, 108), names[indexOf(roles, 108)], has(roles, 109), names[indexOf(roles, 109)], has(roles, 106), names[indexOf(roles, 106)], '') AS json_name,
    json_role,
    -- Our own hooks always know the id of the response. Two moments less than 10 s apart share one of their two keys.
    if(kind != 'call' OR ScopeName = 'sdk_hooks' OR StatusCode = 'Error', [], arrayMap(x -> if(output_text != '',
        sipHash64('tokens', output_text, intDiv(toUnixTimestamp(Timestamp) + intDiv(Duration, 1000000000), 10) + x),
        sipHash64('untold', ServiceName, ScopeName, intDiv(toUnixTimestamp(Timestamp) + intDiv(Duration, 1000000000) - if(Duration = 0, toUInt32OrZero(extract(attr(89), '^[0-9]+')), 0), 10) + x)), [0, 1])) AS alike_keys,
    if(has(roles, 200), arrayStringConcat(arraySort(arrayMap((k, v) -> concat(k, '=', replaceAll(v, '\n', ' ')), arrayFilter((k, r) -> r = 200, names, roles), arrayFilter((v, r) -> r = 200, texts, roles))), '\n'), '') AS rule_labels
FROM
(
    -- A step of its own: in one with the rest they would be worked out wherever they are used.
    SELECT
        *,
        lower(attr(1)) AS operation,
        upper(attr(19)) AS openinference_kind,
        lower(trim(BOTH '"' FROM attr(85))) AS span_type,
        attr(if(has(roles, 7), 7, 107)) AS output_text,
        hasAny(roles, [2, 3, 4, 5, 6, 7, 16, 17, 90, 106, 107]) OR StatusCode = 'Error' AS tells_of_model,
        -- Work around a model that uses none: what it counts is no usage, unless it tells of an answer as well.
        output_text IN ('', '0', '0.0', '-1') AND (match(operation, 'token|count|cache|list|guard|moderat|rank|search|retriev|upload|file|delet|cancel|fetch|poll|get_|train|tun|render|valid|warm|estimat|batch')
            OR match(SpanName, '(?i)(?:^|[^a-z])a?(?:count_?tokens?|tokeni[sz]e)(?:$|[^a-z])|_prepare_chat_with_tools$')) AS asks_nothing
    FROM told_spans
)
