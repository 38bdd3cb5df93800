-- purpose: OTLP requests -> spans
-- grain: one span
-- reads: otlp_requests; writes: otlp_spans
CREATE MATERIALIZED VIEW IF NOT EXISTS explode_requests TO otlp_spans AS
SELECT
    resource_keys, resource_values, scope_name, scope_version,
    s.trace_id AS trace_id, s.span_id AS span_id, s.trace_state AS trace_state, s.parent_span_id AS parent_span_id,
    s.name AS name, s.kind AS kind, s.start_time_unix_nano AS start_ns, s.end_time_unix_nano AS end_ns,
    s.attributes.key AS keys, s.attributes.value AS `values`, s.status.code AS status_code, s.status.message AS status_message,
    s.events.time_unix_nano AS event_ns, s.events.name AS event_names, s.events.attributes.key AS event_keys, s.events.attributes.value AS event_values,
    s.links.trace_id AS link_trace_ids, s.links.span_id AS link_span_ids, s.links.trace_state AS link_trace_states, s.links.attributes.key AS link_keys, s.links.attributes.value AS link_values
FROM
(
    SELECT resource_keys, resource_values, ss.scope.name AS scope_name, ss.scope.version AS scope_version, arrayJoin(ss.spans) AS s
    FROM
    (
        SELECT rs.resource.attributes.key AS resource_keys, rs.resource.attributes.value AS resource_values, arrayJoin(rs.scope_spans) AS ss
        FROM (SELECT arrayJoin(resource_spans) AS rs FROM otlp_requests)
    )
)
