-- purpose: spans in the exporter's columns; attribute values become text as it writes them
-- Arrays and maps other than an array of one short text go on as they came, marked; decode_spans writes them as JSON, and is planned only then.
-- grain: one span
-- reads: otlp_spans; writes: otel_intake
CREATE MATERIALIZED VIEW IF NOT EXISTS parse_requests TO otel_intake AS
WITH
    -- The wire format of AnyValue: one tag byte, then a varint, eight bytes, or a length and that many bytes.
    -- Tags: 10 string, 16 bool, 24 int, 33 double, 42 array, 50 key-value list, 58 bytes.
    (v, p) -> reinterpretAsUInt8(substring(v, p, 1)) AS byte_at,
    v -> substring(v, multiIf(length(v) <= 129, 3, length(v) <= 16386, 4, length(v) <= 2097155, 5, 6)) AS payload,
    b -> bitOr(
        bitOr(bitOr(bitAnd(b, 127), bitShiftRight(bitAnd(b, 32512), 1)), bitOr(bitShiftRight(bitAnd(b, 8323072), 2), bitShiftRight(bitAnd(b, 2130706432), 3))),
        bitOr(bitOr(bitShiftRight(bitAnd(b, 545460846592), 4), bitShiftRight(bitAnd(b, 139637976727552), 5)), bitOr(bitShiftRight(bitAnd(b, 35747322042253312), 6), bitShiftRight(bitAnd(b, 9151314442816847872), 7)))) AS seven_bit_groups,
    v -> toString(reinterpretAsInt64(bitOr(
        seven_bit_groups(reinterpretAsUInt64(substring(v, 2, 8))),
        if(length(v) < 10, toUInt64(0), bitOr(bitShiftLeft(toUInt64(bitAnd(byte_at(v, 10), 127)), 56), bitShiftLeft(toUInt64(bitAnd(byte_at(v, 11), 1)), 63)))))) AS int_text,
    v -> reinterpretAsUInt8(v) IN (42, 50) AND NOT (reinterpretAsUInt8(v) = 42 AND length(v) BETWEEN 6 AND 129 AND byte_at(v, 4) = length(v) - 4 AND byte_at(v, 5) = 10 AND byte_at(v, 6) = length(v) - 6) AS is_nested,
    v -> multiIf(
        reinterpretAsUInt8(v) = 10, payload(v),
        reinterpretAsUInt8(v) = 24, int_text(v),
        is_nested(v), concat('\0\x01', v),
        reinterpretAsUInt8(v) = 42, concat('[', toJSONString(substring(v, 7)), ']'),
        reinterpretAsUInt8(v) = 33, toString(reinterpretAsFloat64(substring(v, 2))),
        reinterpretAsUInt8(v) = 16, if(byte_at(v, 2) = 1, 'true', 'false'),
        reinterpretAsUInt8(v) = 58, base64Encode(payload(v)),
        '') AS value_text
SELECT
    fromUnixTimestamp64Nano(toInt64(least(start_ns, 9223372036000000000))) AS Timestamp,
    lower(hex(trace_id)) AS TraceId,
    lower(hex(span_id)) AS SpanId,
    if(parent_span_id = unhex('0000000000000000'), '', lower(hex(parent_span_id))) AS ParentSpanId,
    trace_state AS TraceState,
    name AS SpanName,
    transform(kind, [1, 2, 3, 4, 5], ['Internal', 'Server', 'Client', 'Producer', 'Consumer'], 'Unspecified') AS SpanKind,
    ResourceAttributes['service.name'] AS ServiceName,
    CAST(mapFromArrays(resource_keys, arraySlice(texts, flat_n + 1, resource_n)), 'Map(LowCardinality(String), String)') AS ResourceAttributes,
    scope_name AS ScopeName,
    scope_version AS ScopeVersion,
    CAST(mapFromArrays(keys, arraySlice(texts, 1, flat_n)), 'Map(LowCardinality(String), String)') AS SpanAttributes,
    if(end_ns > start_ns, end_ns - start_ns, 0) AS Duration,
    transform(status_code, [1, 2], ['Ok', 'Error'], 'Unset') AS StatusCode,
    status_message AS StatusMessage,
    arrayMap(t -> fromUnixTimestamp64Nano(toInt64(least(t, 9223372036000000000))), event_ns) AS `Events.Timestamp`,
    event_names AS `Events.Name`,
    arrayMap((ks, end) -> CAST(mapFromArrays(ks, arraySlice(texts, flat_n + resource_n + end - length(ks) + 1, length(ks))), 'Map(LowCardinality(String), String)'), event_keys, arrayCumSum(ks -> length(ks), event_keys)) AS `Events.Attributes`,
    arrayMap(x -> lower(hex(x)), link_trace_ids) AS `Links.TraceId`,
    arrayMap(x -> lower(hex(x)), link_span_ids) AS `Links.SpanId`,
    link_trace_states AS `Links.TraceState`,
    arrayMap((ks, end) -> CAST(mapFromArrays(ks, arraySlice(texts, flat_n + resource_n + event_n + end - length(ks) + 1, length(ks))), 'Map(LowCardinality(String), String)'), link_keys, arrayCumSum(ks -> length(ks), link_keys)) AS `Links.Attributes`,
    multiIf(
        length(trace_id) != 16 OR length(span_id) != 8 OR length(parent_span_id) NOT IN (0, 8),
        format('trace id, span id and parent span id must have 16, 8 and 8 or no bytes, these have {}, {} and {}', toString(length(trace_id)), toString(length(span_id)), toString(length(parent_span_id))),
        trace_id = unhex('00000000000000000000000000000000'), 'trace id is all zeros',
        span_id = unhex('0000000000000000'), 'span id is all zeros',
        start_ns = 0, 'start time is missing',
        start_ns >= 4102444800000000000, 'start time lies after the year 2100',
        '') AS RejectReason,
    -- Told apart here, once, so that the rows of nearly all emitters pass without a copy; see views/store_spans_checked.sql.
    notEmpty(event_names) OR notEmpty(link_keys)
        -- The command line of a coding agent holds its prompt.
        OR hasAny(resource_keys, ['process.command_args', 'process.command_line', 'process.command', 'gen_ai.input.messages', 'gen_ai.output.messages', 'gen_ai.prompt', 'gen_ai.completion', 'llm.prompts', 'llm.completions', 'input.value', 'output.value', 'prompt', 'messages', 'content'])
        OR arrayExists(k -> k IN ('gen_ai.input.messages', 'gen_ai.output.messages', 'gen_ai.system_instructions', 'gen_ai.request.messages', 'gen_ai.response.messages', 'gen_ai.response.text', 'gen_ai.response.content', 'gen_ai.tool.definitions', 'gen_ai.tool.call.arguments', 'gen_ai.tool.call.result', 'gen_ai.tool.message', 'gen_ai.content', 'gen_ai.event.content', 'input.value', 'output.value', 'genkit:input', 'genkit:output', 'request_data', 'response_data', 'all_messages_events', 'pydantic_ai.all_messages', 'model_request_parameters', 'tool_arguments', 'tool_response', 'final_result', 'events', 'user_prompt', 'content', 'message', 'messages', 'prompt', 'completion', 'body', 'tool_calls', 'document.content', 'db.statement', 'db.query.text')
            OR substringIndex(k, '.', 2) IN ('mastra.agent_run', 'mastra.model_generation', 'mastra.model_step', 'mastra.model_inference', 'mastra.model_chunk', 'mastra.tool_call', 'mastra.workflow_run', 'mastra.metadata', 'llamaindex.step', 'gen_ai.task', 'gcp.vertex', 'haystack.component', 'llm.openai', 'llm.anthropic', 'llm.azure', 'llm.bedrock', 'llm.gemini', 'llm.vertex_ai', 'llm.mistral', 'llm.groq', 'llm.cohere', 'llm.deepseek', 'gen_ai.prompt', 'gen_ai.completion', 'llm.input_messages', 'llm.output_messages', 'llm.prompts', 'llm.completions', 'llm.prompt_template', 'llm.function_call', 'llm.tools', 'llm.request', 'traceloop.entity', 'ai.prompt', 'ai.response', 'ai.toolCall', 'ai.value', 'ai.values', 'ai.embedding', 'ai.embeddings', 'langfuse.observation', 'langfuse.trace', 'mlflow.spanInputs', 'mlflow.spanOutputs', 'embedding.text', 'embedding.embeddings', 'retrieval.documents', 'reranker.query', 'reranker.input_documents', 'reranker.output_documents'), mapKeys(SpanAttributes))
        OR arrayMax(v -> length(v), texts) > 256
        OR arrayExists(v -> match(v, '"(?:contents?|messages?|prompts?|completions?|inputs?|outputs?|texts?|arguments|args|parts|questions?|answers?|query|responses?|history|instructions|transcript|body)"\\s*:\\s*(?:\\[\\s*)?(?:"|\\{\\s*"[^"]*"\\s*:\\s*["\\[{])'), arrayFilter(v -> reinterpretAsUInt8(v) IN (91, 123), texts))
        -- Short text under such words; views/store_spans_checked.sql looks closer.
        OR arrayExists((k, v) -> substringIndex(k, '.', -1) IN ('input', 'inputs', 'output', 'outputs', 'prompts', 'completions', 'contents', 'text', 'texts', 'question', 'answer', 'query', 'choices', 'response', 'request', 'arguments', 'input_summary', 'embeddings', 'chunks', 'instructions', 'transcript', 'headers') AND (position(v, ' ') > 0 OR length(v) > 64), mapKeys(SpanAttributes), mapValues(SpanAttributes))
        OR length(SpanName) > 256 OR length(StatusMessage) > 1024 AS MayHoldContent,
    arrayExists(t -> startsWith(t, '\0\x01'), texts) AS IsUndecoded
FROM
(
    SELECT
        *,
        length(`values`) AS flat_n, length(resource_values) AS resource_n, length(arrayFlatten(event_values)) AS event_n,
        -- The command line of a program of Node, an array in every resource of it, is dropped anyway.
        arrayMap(v -> value_text(v), arrayConcat(`values`, if(has(resource_keys, 'process.command_args'), arrayMap((k, v) -> if(k = 'process.command_args', '', v), resource_keys, resource_values), resource_values), arrayFlatten(event_values), arrayFlatten(link_values))) AS texts
    FROM otlp_spans
)
