-- purpose: spans that say all they tell in attributes of known names
-- grain: one span
-- reads: sifted_spans; writes: told_spans
CREATE MATERIALIZED VIEW IF NOT EXISTS tell_plain TO told_spans AS
SELECT
    TraceId, SpanId, ParentSpanId, Timestamp, Duration, SpanName, ServiceName, ResourceAttributes, ScopeName, ScopeVersion, StatusCode, begins_call,
    0 AS json_role,
    if(session_is_task, arrayPushBack(own_names, 'session_is_task'), own_names) AS names,
    if(session_is_task, arrayPushBack(own_roles, 20), own_roles) AS roles,
    if(session_is_task, arrayPushBack(own_texts, own_texts[indexOf(own_roles, 13)]), own_texts) AS texts
FROM
(
    -- A session of a coding agent is one task, however long it pauses.
    SELECT *, has(own_roles, 13) AND NOT has(own_roles, 20) AND position(dictGet('emitter_rule', 'flags', (ScopeName, '', ''), 0), 'session_is_task') > 0 AS session_is_task
    FROM sifted_spans
    WHERE NOT is_strange
)
