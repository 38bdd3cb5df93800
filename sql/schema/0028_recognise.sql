-- purpose: looks every attribute up in attribute_roles, once, takes usage objects in JSON apart, and says what kind of span it is
-- A usage object written out as single attributes of the span or of its events, under names nobody listed (acme.raw.usage.prompt_tokens),
-- is read by the last words of the names, as the same object in JSON would be. Of limits and of sums over sessions nothing is read.
-- grain: one span
-- reads: otel_traces; writes: recognised_spans
CREATE MATERIALIZED VIEW IF NOT EXISTS recognise TO recognised_spans AS
WITH
    n -> texts[indexOf(roles, n)] AS attr,
    lower(attr(1)) AS operation,
    upper(attr(19)) AS openinference_kind,
    lower(trim(BOTH '"' FROM attr(85))) AS span_type,
    attr(if(has(roles, 7), 7, 107)) AS output_text
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
    if(StatusCode = 'Error', 'error', 'ok') AS status,
    multiIf(
        operation = 'invoke_workflow', 'task',
        operation = '' AND openinference_kind = '' AND span_type = '' AND (has(roles, 44) OR has(roles, 47)), 'outcome',
        operation IN ('invoke_agent', 'create_agent') OR openinference_kind = 'AGENT' OR (operation = '' AND span_type = 'agent'), 'agent',
        operation = 'execute_tool' OR openinference_kind = 'TOOL' OR (operation = '' AND span_type IN ('tool', 'ai.toolcall')), 'tool',
        operation IN ('chat', 'text_completion', 'generate_content', 'embeddings', 'acompletion', 'completion', 'llm_call') OR (openinference_kind IN ('LLM', 'EMBEDDING') AND NOT endsWith(SpanName, '_prepare_chat_with_tools')), 'call',
        operation = '' AND (span_type IN ('chat_model', 'model', 'llm', 'chat', 'completion', 'embedding', 'generation', 'llm_request', 'inference') OR endsWith(span_type, '.dogenerate') OR endsWith(span_type, '.dostream') OR endsWith(span_type, '.doembed') OR endsWith(span_type, 'generator')), 'call',
        begins_call AND openinference_kind = '' AND NOT endsWith(SpanName, '_prepare_chat_with_tools'), 'call',
        operation = '' AND openinference_kind = '' AND span_type = '' AND (has(roles, 3) OR has(roles, 4) OR SpanName = 'handle_responses') AND (has(roles, 6) OR has(roles, 7) OR (json_role = 80 AND has(roles, 107))), 'call',
        'other') AS kind,
    roles,
    texts,
    multiIf(has(roles, 6), names[indexOf(roles, 6)], has(roles, 7), names[indexOf(roles, 7)], '') AS usage_name,
    multiIf(has(roles, 8), names[indexOf(roles, 8)], has(roles, 9), names[indexOf(roles, 9)], '') AS cache_name,
    multiIf(has(names, '{}.prompt_tokens') AND hasAny(names, ['{}.cache_read_input_tokens', '{}.cache_creation_input_tokens']), '{}.mixed', has(roles, 108), names[indexOf(roles, 108)], has(roles, 109), names[indexOf(roles, 109)], has(roles, 106), names[indexOf(roles, 106)], '') AS json_name,
    json_role,
    -- Our own hooks always know the id of the response. Two moments less than 10 s apart share one of their two keys.
    if(kind != 'call' OR ScopeName = 'sdk_hooks' OR StatusCode = 'Error', [], arrayMap(x -> if(output_text != '',
        sipHash64('tokens', output_text, intDiv(toUnixTimestamp(Timestamp) + intDiv(Duration, 1000000000), 10) + x),
        sipHash64('untold', ServiceName, ScopeName, intDiv(toUnixTimestamp(Timestamp) + intDiv(Duration, 1000000000) - if(Duration = 0, toUInt32OrZero(extract(attr(89), '^[0-9]+')), 0), 10) + x)), [0, 1])) AS alike_keys,
    arrayStringConcat(arraySort(arrayMap((k, v) -> concat(k, '=', replaceAll(v, '\n', ' ')), arrayFilter((k, r) -> r = 200, names, roles), arrayFilter((v, r) -> r = 200, texts, roles))), '\n') AS rule_labels
FROM
(
    SELECT
        * EXCEPT (json_texts, json_roles, readings, tells_of_several, fullest, text_usage, json_usage, json_id, json_model, json_facts, session_is_task, has_counts, strange, strange_names, strange_texts, words, told_words, event_words, beside_words),
        multiIf(json_usage = [], 0, has(json_roles, 80) OR text_usage = [], 80, 83) AS json_role,
        arrayConcat(own_names, arrayMap(p -> concat('{}.', p[1]), json_facts), arrayMap(p -> concat('{}.', p[1]), beside_words), if(session_is_task, ['session_is_task'], [])) AS names,
        arrayConcat(own_roles, arrayMap(p -> dictGetUInt8('attribute_role', 'role', concat('{}.', p[1])), json_facts), arrayMap(p -> transform(dictGetUInt8('attribute_role', 'role', concat('{}.', p[1])), [108, 109, 110, 111, 112], [8, 9, 10, 11, 78], 0), beside_words), if(session_is_task, [20], [])) AS roles,
        arrayConcat(own_texts, arrayMap(p -> p[2], json_facts), arrayMap(p -> p[2], beside_words), if(session_is_task, [own_texts[indexOf(own_roles, 13)]], [])) AS texts
    FROM
    (
        WITH
            (k, n) -> arrayStringConcat(arraySlice(splitByChar('.', k), -n, n), '_') AS last_words,
            w -> dictGetUInt8('attribute_role', 'role', concat('{}.', w)) AS word_role,
            k -> multiIf(
                multiSearchAnyCaseInsensitive(k, ['max', 'limit', 'budget', 'aggregat', 'cumulat', 'session', 'remaining', 'estimat']), '',
                word_role(last_words(k, 2)) BETWEEN 106 AND 120, last_words(k, 2),
                word_role(last_words(k, 1)) IN (106, 107, 118) AND multiSearchAnyCaseInsensitive(splitByChar('.', concat('.', k))[-2], ['cache', 'reason', 'thought', 'think', 'detail', 'input', 'output', 'prompt', 'completion']), '',
                word_role(last_words(k, 1)) BETWEEN 106 AND 120, last_words(k, 1),
                '') AS usage_word,
            (ks, vs) -> arrayFilter(p -> p[1] != '', arrayMap((k, v) -> [usage_word(k), v], ks, vs)) AS words_of,
            (k, v) -> multiSearchAnyCaseInsensitive(k, ['token', 'usage']) AND toUInt32OrNull(v) IS NOT NULL AS is_count,
            (k, v) -> match(k, '(?i)(?:^|[.:])(?:request_?|response_?)?model(?:_?name|_?id)?$') AND match(v, '^[A-Za-z0-9][A-Za-z0-9._:/@-]{2,120}$') AND NOT match(v, '(?i)^(?:true|false|null|none|[0-9.]+)$') AS is_model
        SELECT
            *,
            words_of(strange_names, strange_texts) AS words,
            arrayMap(m -> words_of(mapKeys(m), mapValues(m)), arrayFilter(m -> NOT has_counts AND arrayExists((k, v) -> is_count(k, v), mapKeys(m), mapValues(m)), `Events.Attributes`)) AS event_words,
            arrayFilter(ws -> arrayExists(w -> word_role(w[1]) IN (106, 107), ws), if(has_counts, [], arrayPushFront(event_words, words))) AS told_words,
            -- What stands beside counts that are told under their proper names.
            arrayFilter(w -> word_role(w[1]) BETWEEN 108 AND 112 AND NOT has(own_roles, transform(word_role(w[1]), [108, 109, 110, 111, 112], [8, 9, 10, 11, 78], 0)), if(has_counts, words, [])) AS beside_words,
            arrayMap(t -> extractAllGroups(t, '["\'](\\w+)["\']: ?"?(\\d+)'), arrayFlatten(arrayMap((t, r) -> if(r = 80, [t], extractAll(t, '["\'](?:usage|usage_metadata|usageMetadata|usage_object|token_usage|tokenUsage)["\']: ?(\\{(?:[^{}]|\\{(?:[^{}]|\\{[^{}]*\\})*\\})*\\})')), json_texts, json_roles))) AS readings,
            arrayUniq(arrayFilter(v -> v != '', arrayMap(r -> arrayFirst(p -> p[1] IN ('output_tokens', 'completion_tokens', 'outputTokens', 'candidates_token_count', 'candidatesTokenCount'), r)[2], readings))) > 1 AND NOT has(json_roles, 80) AS tells_of_several,
            -- Of several objects the fullest. An answer that holds several calls tells nothing of one.
            if(json_texts = [] OR tells_of_several, [], arraySort(r -> -length(r), readings)[1]) AS fullest,
            -- What only another object of the same answer says: for how long the cache was written.
            arrayConcat(fullest, arrayFilter(p -> p[1] IN ('ephemeral_5m_input_tokens', 'ephemeral_1h_input_tokens') AND NOT arrayExists(q -> q[1] = p[1], fullest), if(fullest = [], [], arrayReduce('groupArrayArray', readings)))) AS text_usage,
            multiIf(text_usage != [] OR tells_of_several, text_usage, arrayUniq(arrayMap(ws -> arrayFirst(w -> word_role(w[1]) = 107, ws)[2], told_words)) = 1, arrayPushBack(told_words[1], ['flattened', '1']), []) AS json_usage,
            if(json_usage = [], '', arrayFirst(x -> x != '', arrayMap(t -> extract(t, '"(?:response_)?id": ?"((?:msg|chatcmpl|resp|cmpl|gen|gem)[-_][A-Za-z0-9_-]{4,100})"'), json_texts))) AS json_id,
            -- A model named in an answer counts only where the span names none: tools have arguments of that name.
            multiIf(
                (json_usage = [] AND NOT has_counts AND NOT begins_call) OR has(own_roles, 3) OR has(own_roles, 4), '',
                arrayExists((k, v) -> is_model(k, v), own_names, own_texts), arrayFirst((v, k) -> is_model(k, v), own_texts, own_names),
                arrayExists(m -> arrayExists((k, v) -> is_model(k, v), mapKeys(m), mapValues(m)), `Events.Attributes`), arrayFirst(v -> v != '', arrayMap(m -> arrayFirst((v, k) -> is_model(k, v), mapValues(m), mapKeys(m)), `Events.Attributes`)),
                arrayFirst(x -> x != '', arrayMap(t -> extract(t, '"model(?:_name)?": ?"([A-Za-z0-9._:/-]{3,80})"'), arrayConcat(json_texts, arrayFilter((t, r) -> r = 124, own_texts, own_roles))))) AS json_model,
            arrayConcat(json_usage, if(json_id = '', [], [['id', json_id]]), if(json_model = '', [], [['model', json_model]]), if(json_usage != [] AND arrayExists(t -> position(replaceAll(t, ' ', ''), '"stop_reason":null') > 0, json_texts), [['stop_reason_null', '1']], []),
                -- LangChain for JavaScript adds the placeholder of message_start to the output of Claude's streams, whoever tells of it.
                if(arrayExists((t, r) -> r IN (83, 124) AND position(t, '"@langchain/anthropic"') > 0, own_texts, own_roles), [['langchain_js_anthropic', '1']], [])) AS json_facts
        FROM
        (
            SELECT
                *,
                -- What a span says of itself comes before what its resource says.
                arrayConcat(mapKeys(SpanAttributes), mapKeys(ResourceAttributes)) AS own_names,
                arrayMap(k -> dictGetUInt8('attribute_role', 'role', k), own_names) AS own_roles,
                arrayConcat(mapValues(SpanAttributes), mapValues(ResourceAttributes)) AS own_texts,
                -- OpenInference's metadata holds JSON as text inside JSON.
                arrayMap((t, k) -> if(k = 'metadata', replaceAll(t, '\\"', '"'), t), arrayFilter((t, r) -> r IN (80, 83), own_texts, own_roles), arrayFilter((k, r) -> r IN (80, 83), own_names, own_roles)) AS json_texts,
                arrayFilter(r -> r IN (80, 83), own_roles) AS json_roles,
                has(own_roles, 6) OR has(own_roles, 7) AS has_counts,
                -- LlamaIndex tells all of a call in events; a stream has no other.
                hasAny(`Events.Name`, ['LLMChatStartEvent', 'LLMCompletionStartEvent', 'EmbeddingStartEvent']) AS begins_call,
                arrayMap((k, v, r) -> r = 0 AND multiSearchAnyCaseInsensitive(k, ['token', 'usage']) AND toUInt32OrNull(v) IS NOT NULL, own_names, own_texts, own_roles) AS strange,
                arrayFilter((k, is) -> is, own_names, strange) AS strange_names,
                arrayFilter((v, is) -> is, own_texts, strange) AS strange_texts,
                -- A session of a coding agent is one task, however long it pauses.
                has(own_roles, 13) AND NOT has(own_roles, 20) AND position(dictGet('emitter_rule', 'flags', (ScopeName, '', ''), 0), 'session_is_task') > 0 AS session_is_task
            FROM otel_traces
        )
    )
)
