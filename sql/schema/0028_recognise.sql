-- purpose: looks every attribute up in attribute_roles, once, and says what kind of span it is
-- grain: one span
-- reads: otel_traces; writes: recognised_spans
CREATE MATERIALIZED VIEW IF NOT EXISTS recognise TO recognised_spans AS
WITH
    n -> texts[indexOf(roles, n)] AS attr,
    lower(attr(1)) AS operation,
    upper(attr(19)) AS openinference_kind
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
        operation = '' AND openinference_kind = '' AND (has(roles, 44) OR has(roles, 47)), 'outcome',
        operation IN ('invoke_agent', 'create_agent') OR openinference_kind = 'AGENT', 'agent',
        operation = 'execute_tool' OR openinference_kind = 'TOOL', 'tool',
        operation IN ('chat', 'text_completion', 'generate_content', 'embeddings', 'acompletion', 'completion', 'llm_call') OR openinference_kind IN ('LLM', 'EMBEDDING'), 'call',
        operation = '' AND openinference_kind = '' AND (has(roles, 3) OR has(roles, 4)) AND (has(roles, 6) OR has(roles, 7)), 'call',
        'other') AS kind,
    roles,
    texts,
    multiIf(has(roles, 6), names[indexOf(roles, 6)], has(roles, 7), names[indexOf(roles, 7)], '') AS usage_name,
    arrayStringConcat(arraySort(arrayMap((k, v) -> concat(k, '=', replaceAll(v, '\n', ' ')), arrayFilter((k, r) -> r = 200, names, roles), arrayFilter((v, r) -> r = 200, texts, roles))), '\n') AS rule_labels
FROM
(
    SELECT
        *,
        -- What a span says of itself comes before what its resource says.
        arrayConcat(mapKeys(SpanAttributes), mapKeys(ResourceAttributes)) AS names,
        arrayMap(k -> dictGetUInt8('attribute_role', 'role', k), names) AS roles,
        arrayConcat(mapValues(SpanAttributes), mapValues(ResourceAttributes)) AS texts
    FROM otel_traces
)
