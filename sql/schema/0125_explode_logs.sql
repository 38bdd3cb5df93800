-- purpose: OTLP log requests -> log records; of the body the name of an event, and what stands in it as a map or JSON
-- grain: one log record
-- reads: otlp_log_requests; writes: log_records
CREATE MATERIALIZED VIEW IF NOT EXISTS explode_logs TO log_records AS
WITH
    v -> coalesce(v.string_value, toString(v.int_value), toString(v.double_value), multiIf(v.bool_value IS NULL, NULL, assumeNotNull(v.bool_value), 'true', 'false')) AS value_text
SELECT
    arrayMap(a -> a.key, resource_attributes) AS resource_keys,
    arrayMap(a -> ifNull(value_text(a.value), ''), resource_attributes) AS resource_texts,
    scope_name,
    scope_version,
    -- Claude Code names an event without the product, and in its body with it.
    concat(
        if((startsWith(scope_name, 'com.anthropic.claude_code') OR startsWith(body, 'claude_code.')) AND NOT startsWith(own_name, 'claude_code.'), 'claude_code.', ''),
        own_name,
        if(has(keys, 'event.kind'), concat('/', texts[indexOf(keys, 'event.kind')]), '')) AS event,
    if(r.time_unix_nano > 0, r.time_unix_nano, r.observed_time_unix_nano) AS time_ns,
    r.trace_id AS trace_id,
    r.span_id AS span_id,
    keys,
    texts,
    inner.1 AS inner_keys,
    inner.2 AS inner_texts,
    if(startsWith(body, '{'), body, '') AS body_json
FROM
(
    SELECT
        *,
        arrayFilter(a -> value_text(a.value) IS NOT NULL, r.attributes) AS told,
        arrayMap(a -> a.key, told) AS keys,
        arrayMap(a -> assumeNotNull(value_text(a.value)), told) AS texts,
        -- Maps of the body and of attributes, two levels of them.
        arrayConcat(
            arrayMap(x -> ('body', x), r.body.kvlist_value.`values`),
            arrayFlatten(arrayMap(a -> arrayMap(x -> (concat('attributes.', a.key), x), a.value.kvlist_value.`values`), r.attributes))) AS entries,
        arrayConcat(
            arrayMap(x -> (concat(x.1, '.', x.2.1), value_text(x.2.2)), entries),
            arrayFlatten(arrayMap(x -> arrayMap(y -> (concat(x.1, '.', x.2.1, '.', y.1), value_text(y.2)), x.2.2.kvlist_value.`values`), entries))) AS places,
        -- Why the model stopped is an array.
        arrayConcat(
            arrayMap(x -> (x.1, assumeNotNull(x.2)), arrayFilter(x -> x.2 IS NOT NULL, places)),
            arrayMap(a -> (a.key, toJSONString(arrayMap(x -> x.1, a.value.array_value.`values`))), arrayFilter(a -> a.key = 'gen_ai.response.finish_reasons', r.attributes))) AS inner,
        ifNull(r.body.string_value, '') AS body,
        multiIf(has(keys, 'event.name'), texts[indexOf(keys, 'event.name')], r.event_name != '', r.event_name, startsWith(body, 'claude_code.'), body, '') AS own_name
    FROM
    (
        SELECT resource_attributes, sl.scope.name AS scope_name, sl.scope.version AS scope_version, arrayJoin(sl.log_records) AS r
        FROM
        (
            SELECT rl.resource.attributes AS resource_attributes, arrayJoin(rl.scope_logs) AS sl
            FROM (SELECT arrayJoin(resource_logs) AS rl FROM otlp_log_requests)
        )
    )
)
