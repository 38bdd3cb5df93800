-- purpose: pairs of a framework's report that knows the usage and the report of its client that closed before the answer was read
-- Where the context is lost, the client's span is alone in a trace of its own: no usage, no id, nothing above or beside it. It is taken
-- for the framework's call only where both come from one family of instrumentations, ask the same model at the same moment, and
-- neither could belong to another; all else stays a call of its own without usage.
-- grain: one pair
-- reads: work_candidates
WITH
    known AS
    (
        SELECT
            trace_id, span_id, service, provider, if(request_model != '', request_model, response_model) AS model, scope, started_at,
            addNanoseconds(started_at, duration_ns) AS finished_at,
            -- openinference.instrumentation.langchain and .anthropic, @scope/instrumentation-langchain and -anthropic
            replaceRegexpOne(toString(scope), '[.-][a-z0-9_]+$', '') AS family,
            match(scope, '(?i)[._-](?:langchain|langgraph|llama_?index|haystack|crewai|dspy|litellm|instructor|agno|autogen|smolagents|agents)$') AS is_framework,
            usage_status = 'reported' AND output_tokens IS NOT NULL AS has_usage,
            usage_status = 'missing' AND parent_span_id = '' AND response_id = '' AND finish_reason = '' AS knows_none,
            knows_none AND status = 'ok' AS is_unheard,
            knows_none AND status = 'error' AS is_refused,
            -- An old client tells of a stream what came at its end: neither what was read from the cache nor what was written.
            has_usage AND provider = 'anthropic' AND parent_span_id = '' AND cache_read_tokens IS NULL AND cache_write_short_tokens IS NULL AS knows_no_cache,
            fresh_input_tokens, output_tokens, status,
            count() OVER (PARTITION BY trace_id) AS calls_of_trace,
            1000 + informed + (response_model != '') + (response_id != '') AS score
        FROM work_candidates
        WHERE kind = 'call' AND (request_model != '' OR response_model != '')
    )
SELECT
    'completes' AS relation, toFloat64(gap_ms) AS gap,
    outer_trace, outer_span, true AS outer_is_call, outer_has_usage, outer_score, outer_start, outer_scope,
    inner_trace, inner_span, true AS inner_is_call, inner_has_usage, inner_score, inner_start, inner_scope,
    true AS same_model
FROM
(
    SELECT
        o.trace_id AS outer_trace, o.span_id AS outer_span, toInt32(o.score) AS outer_score, toString(o.started_at) AS outer_start, toString(o.scope) AS outer_scope,
        i.trace_id AS inner_trace, i.span_id AS inner_span, toInt32(i.score) AS inner_score, toString(i.started_at) AS inner_start, toString(i.scope) AS inner_scope,
        dateDiff('millisecond', o.started_at, i.started_at) AS gap_ms, o.has_usage AS outer_has_usage, i.has_usage AS inner_has_usage,
        count() OVER (PARTITION BY o.trace_id, o.span_id) AS clients_of_framework,
        count() OVER (PARTITION BY i.trace_id, i.span_id) AS frameworks_of_client
    FROM known AS o
    INNER JOIN known AS i ON o.service = i.service AND o.family = i.family AND o.model = i.model
    WHERE o.is_framework AND NOT i.is_framework AND (o.provider = i.provider OR o.provider = '')
        AND ((o.has_usage AND (i.is_unheard OR (i.knows_no_cache AND o.fresh_input_tokens = i.fresh_input_tokens AND o.output_tokens = i.output_tokens))) OR (o.is_refused AND i.is_refused))
        AND i.calls_of_trace = 1 AND o.trace_id != i.trace_id
        -- A framework's report with a call below it has found its client.
        AND (o.trace_id, o.span_id) NOT IN (SELECT trace_id, parent_span_id FROM work_candidates WHERE kind = 'call' AND parent_span_id != '')
        AND o.started_at <= i.started_at AND i.started_at <= addSeconds(o.started_at, 1) AND i.finished_at <= o.finished_at
)
WHERE clients_of_framework = 1 AND frameworks_of_client = 1
