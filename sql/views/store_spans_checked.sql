-- purpose: keeps accepted spans that may hold content, with prompts, completions and long texts dropped, under unlisted names too
-- Of answers only the numbers of their usage objects stay, the id of the response, the model, and why it stopped; of the arguments
-- of a tool only their hash, so that the same work done twice shows.
-- grain: one span
-- reads: content_spans; writes: otel_traces
CREATE MATERIALIZED VIEW IF NOT EXISTS store_spans_checked TO otel_traces AS
WITH
    k -> match(k, '^(gcp\\.vertex\\.agent\\.(llm_request|llm_response|tool_call_args|tool_response|data)|haystack\\.component\\.(input|output)|llm\\.(openai|anthropic|azure|bedrock|gemini|vertex_ai|mistral|groq|cohere|deepseek)\\.(messages|choices|content|contents|system|tools|input|output|prompt)|user_prompt|gen_ai\\.(task\\.(input|output)|prompt|completion|input\\.messages|output\\.messages|system_instructions|tool\\.definitions|tool\\.call\\.(arguments|result)|tool\\.message|content|event\\.content|request\\.messages|response\\.(text|content|messages))|llm\\.(input_messages|output_messages|prompts|completions|prompt_template|function_call|tools|request\\.functions)|input\\.value|output\\.value|genkit:(input|output)|traceloop\\.entity\\.(input|output)|ai\\.(prompt|response\\.(text|object|toolCalls|reasoning)|toolCall\\.(args|result)|values?|embeddings?)|langfuse\\.(observation|trace)\\.(input|output)|mlflow\\.span(Inputs|Outputs)|(request|response)_data|all_messages_events|pydantic_ai\\.all_messages|model_request_parameters|tool_(arguments|response)|final_result|events|content|message|messages|prompt|completion|body|tool_calls|embedding\\.(text|embeddings)|retrieval\\.documents|document\\.content|reranker\\.|db\\.(statement|query\\.text))($|\\.)') AS is_content,
    -- Arrays and maps as JSON, by the names in them: text, a list, or a map of such under a word for what was asked or answered.
    v -> reinterpretAsUInt8(v) IN (91, 123) AND match(v, '"(?:contents?|messages?|prompts?|completions?|inputs?|outputs?|texts?|arguments|args|parts|questions?|answers?|query|responses?|history|instructions|transcript|body)"\\s*:\\s*(?:\\[\\s*)?(?:"|\\{\\s*"[^"]*"\\s*:\\s*["\\[{])') AS holds_talk,
    -- Under names that nobody listed: by the last word of the name, where the value is more than an identifier.
    (k, v) -> dictGetUInt8('attribute_role', 'role', k) = 0 AND (holds_talk(v) OR (position(v, ' ') > 0 OR length(v) > 64) AND k NOT IN ('text', 'texts', 'query', 'request', 'headers', 'chunks', 'contents')
        AND (splitByChar('.', k)[-1]) IN ('input', 'inputs', 'output', 'outputs', 'prompts', 'completions', 'contents', 'text', 'texts', 'question', 'answer', 'query', 'choices', 'response', 'request', 'arguments', 'input_summary', 'embeddings', 'chunks', 'instructions', 'transcript', 'headers')) AS is_spoken,
    -- Sentences: long, and a space every dozen characters, or of letters beyond ASCII. Identifiers, hashes and addresses have none.
    (k, v) -> length(v) > 256 AND (countSubstrings(v, ' ') * 12 > length(v) OR length(v) - lengthUTF8(v) > 64) AND dictGetUInt8('attribute_role', 'role', k) = 0 AND NOT startsWith(k, 'exception.') AS is_prose,
    -- A count one level down under the name of both levels, as in tell_strange.
    v -> if(match(v, '["\'](?:cache_read|cache_write|cache_creation|cached|reasoning|input|prompt|output|completion)["\']: ?\\{'), replaceRegexpAll(replaceRegexpAll(v, '["\'](cache_read|cache_write|cache_creation|cached|reasoning)["\']: ?\\{ ?["\'](?:(?:in|out)put_)?tokens["\']: ?(\\d+) ?\\}', '"\\1_tokens":\\2'), '["\'](input|prompt|output|completion)["\']: ?\\{([^{}]*)["\'](?:total|tokens|count|total_tokens)["\']: ?(\\d+)', '"\\1_tokens":\\3,"parts":{\\2"none":0'), v) AS unnested,
    v -> arrayStringConcat(arrayConcat(
        arrayMap(u -> concat('"usage":{', arrayStringConcat(arrayMap(p -> concat('"', p[1], '":', p[2]), extractAllGroups(u, '["\'](\\w+)["\']: ?"?(\\d+)')), ','), '}'), arraySlice(extractAll(v, '["\'](?:usage|usage_metadata|usageMetadata|usage_object|token_usage|tokenUsage)["\']: ?(\\{(?:[^{}]|\\{(?:[^{}]|\\{[^{}]*\\})*\\})*\\})'), 1, 32)),
        extractAll(v, '("(?:response_)?id": ?"(?:msg|chatcmpl|resp|cmpl|gen|gem)[-_][A-Za-z0-9_-]{4,100}")'),
        arraySlice(extractAll(v, '("model(?:_name)?": ?"[A-Za-z0-9._:/-]{3,80}")'), 1, 1),
        arraySlice(extractAll(v, '("service_?[Tt]ier": ?"[a-z]{1,12}")'), 1, 1),
        extractAll(v, '("(?:stop_reason|finish_reason)": ?(?:"[A-Za-z_-]{1,40}"|null))')), ',') AS facts,
    (k, v) -> unnested(if(k = 'metadata', replaceAll(v, '\\"', '"'), v)) AS unquoted,
    -- An answer under a name that nobody listed.
    (k, v) -> startsWith(v, '{') AND multiSearchAny(v, ['"usage"', '"usage_metadata"', '"usageMetadata"', '"token_usage"', '"tokenUsage"']) AND dictGetUInt8('attribute_role', 'role', k) = 0 AS is_answer,
    (k, v) -> multiIf((dictGetUInt8('attribute_role', 'role', k) IN (83, 88) AND (is_content(k) OR holds_talk(v) OR length(v) > 4096)) OR (is_answer(k, v) AND (is_content(k) OR is_spoken(k, v) OR is_prose(k, v) OR length(v) > 4096)), if(facts(unquoted(k, v)) = '', '', concat('{', facts(unquoted(k, v)), '}')), length(v) > 4096 OR is_prose(k, v), concat('[', toString(length(v)), ' bytes dropped]'), v) AS kept,
    m -> if(arrayExists((k, v) -> is_content(k) OR is_spoken(k, v), mapKeys(m), mapValues(m)) OR arrayExists((k, v) -> length(v) > 256 OR holds_talk(v), mapKeys(m), mapValues(m)),
        mapFilter((k, v) -> NOT (is_content(k) OR is_spoken(k, v)) OR (v != '' AND dictGetUInt8('attribute_role', 'role', k) IN (83, 88)) OR (startsWith(v, '{"usage":{') AND dictGetUInt8('attribute_role', 'role', k) = 0), mapApply((k, v) -> (k, kept(k, v)), m)),
        m) AS without_content,
    (m, r, text) -> if(text != '' AND arrayExists((role, v) -> (role, lower(trim(BOTH '"' FROM v))) IN ((1, 'execute_tool'), (19, 'tool'), (85, 'tool'), (85, 'ai.toolcall')), r, mapValues(m)),
        CAST(map('spanledger.tool.argument_hash', toString(sipHash64(text))), 'Map(LowCardinality(String), String)'),
        CAST(map(), 'Map(LowCardinality(String), String)')) AS argument_hash
SELECT
    Timestamp, TraceId, SpanId, ParentSpanId, TraceState, substring(SpanName, 1, 256) AS SpanName, SpanKind, ServiceName,
    without_content(mapFilter((k, v) -> k NOT IN ('process.command_args', 'process.command_line', 'process.command'), ResourceAttributes)) AS ResourceAttributes, ScopeName, ScopeVersion,
    mapUpdate(without_content(SpanAttributes), argument_hash(SpanAttributes, said, arguments)) AS SpanAttributes,
    Duration, StatusCode, substring(StatusMessage, 1, 1024) AS StatusMessage,
    `Events.Timestamp`, `Events.Name`, arrayMap(m -> without_content(m), `Events.Attributes`) AS `Events.Attributes`,
    `Links.TraceId`, `Links.SpanId`, `Links.TraceState`, arrayMap(m -> without_content(m), `Links.Attributes`) AS `Links.Attributes`
FROM
(
    SELECT
        *,
        arrayMap(k -> dictGetUInt8('attribute_role', 'role', k), mapKeys(SpanAttributes)) AS said,
        arrayFirst((v, role) -> role = 95 AND v != '', mapValues(SpanAttributes), said) AS arguments
    FROM content_spans
)
