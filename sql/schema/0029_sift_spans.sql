-- purpose: looks every attribute up in attribute_role, once, and tells spans apart that take the long way to read
-- The long way is dear to plan, and most inserts hold no span that needs it.
-- grain: one span
-- reads: otel_traces; writes: sifted_spans
CREATE MATERIALIZED VIEW IF NOT EXISTS sift_spans TO sifted_spans AS
SELECT
    *,
    hasAny(own_roles, [80, 83, 124])
        OR arrayExists((k, r) -> r = 0 AND multiSearchAnyCaseInsensitive(k, ['token', 'usage']), own_names, own_roles)
        OR arrayExists((v, r) -> r = 0 AND startsWith(v, '{') AND multiSearchAny(v, ['"usage"', '"usage_metadata"', '"usageMetadata"', '"token_usage"', '"tokenUsage"', '"input_token', '"prompt_token', '"inputToken', '"promptToken']), own_texts, own_roles)
        OR (hasAny(own_roles, [6, 7]) AND NOT hasAny(own_roles, [3, 4]))
        OR begins_call
        OR arrayExists(m -> arrayExists((k, v) -> multiSearchAnyCaseInsensitive(k, ['token', 'usage']) OR (startsWith(v, '{') AND multiSearchAny(v, ['"usage"', '"usage_metadata"', '"usageMetadata"', '"token_usage"', '"tokenUsage"'])), mapKeys(m), mapValues(m)), event_maps) AS is_strange
FROM
(
    SELECT *, arrayMap(k -> dictGetUInt8('attribute_role', 'role', k), own_names) AS own_roles
    FROM
    (
        SELECT
            TraceId, SpanId, ParentSpanId, Timestamp, Duration, SpanName, ServiceName, ResourceAttributes, ScopeName, ScopeVersion, StatusCode,
            `Events.Attributes` AS event_maps,
            -- LlamaIndex tells all of a call in events; a stream has no other.
            hasAny(`Events.Name`, ['LLMChatStartEvent', 'LLMCompletionStartEvent', 'EmbeddingStartEvent']) AS begins_call,
            -- What a span says of itself comes before what its resource says.
            arrayConcat(mapKeys(SpanAttributes), mapKeys(ResourceAttributes)) AS own_names,
            arrayConcat(mapValues(SpanAttributes), mapValues(ResourceAttributes)) AS own_texts
        FROM otel_traces
    )
)
