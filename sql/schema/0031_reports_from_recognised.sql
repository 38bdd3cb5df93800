-- purpose: keeps what a span says of a call, as it says it; the reading into buckets is the keeper's, once a batch, because it
-- takes long to plan, and so that a rule about an emitter that was corrected corrects the past
-- grain: one span that called a model or carries usage
-- reads: recognised_spans; writes: call_reports
CREATE MATERIALIZED VIEW IF NOT EXISTS reports_from_recognised TO call_reports AS
SELECT
    ingested_at, trace_id, span_id, parent_span_id, kind, started_at, duration_ns, service, environment, scope, scope_version, status,
    arrayFilter(r -> r NOT IN (0, 80, 83, 95, 124, 127, 200), roles) AS roles,
    -- Of an answer only why the model stopped.
    arrayMap((t, r) -> if(r = 88, extract(t, '"finish_reason": ?"([A-Za-z_-]{1,40})"'), substring(t, 1, 1024)), arrayFilter((t, r) -> r NOT IN (0, 80, 83, 95, 124, 127, 200), texts, recognised_spans.roles), arrayFilter(r -> r NOT IN (0, 80, 83, 95, 124, 127, 200), recognised_spans.roles)) AS texts,
    usage_name, cache_name, json_name, json_role, alike_keys, rule_labels
FROM recognised_spans
WHERE kind = 'call' OR usage_name != '' OR (has(recognised_spans.roles, 106) AND has(recognised_spans.roles, 107) AND NOT (kind = 'tool' AND has(recognised_spans.roles, 123)))
