-- purpose: the calls of the batch with all they are labelled with: by themselves, by what stands above, by other reports of them
-- grain: one call
-- reads: work_candidates, work_spans, work_ancestry, work_folds, work_old; writes: work_labelled
INSERT INTO work_labelled
WITH
    -- What stands above a call; after that the other reports of it and what stands above them, in their own traces.
    -- Their order, depth and span, is one text of big-endian bytes: comparing pairs takes six times as long.
    above AS
    (
        SELECT trace_id AS of_trace_id, span_id AS of_span_id, trace_id, ancestor_id, concat(reverse(reinterpretAsFixedString(toUInt32(depth))), ancestor_id) AS place
        FROM work_ancestry
        UNION ALL
        SELECT into_trace_id, into_span_id, trace_id, span_id, concat(reverse(reinterpretAsFixedString(toUInt32(1000))), span_id)
        FROM work_folds
        WHERE why = 'duplicate'
        UNION ALL
        SELECT f.into_trace_id, f.into_span_id, f.trace_id, a.ancestor_id, concat(reverse(reinterpretAsFixedString(toUInt32(1000 + a.depth))), a.ancestor_id)
        FROM work_folds AS f
        INNER JOIN work_ancestry AS a ON a.trace_id = f.trace_id AND a.span_id = f.span_id
        WHERE f.why = 'duplicate'
    ),
    inherited AS
    (
        SELECT
            a.of_trace_id AS i_trace_id, a.of_span_id AS i_span_id,
            argMinIf(s.agent, a.place, s.agent != '') AS i_agent, argMinIf(s.agent_role, a.place, s.agent_role != '') AS i_agent_role,
            argMinIf(s.task_id, a.place, s.task_id != '') AS i_task_id, argMinIf(s.conversation_id, a.place, s.conversation_id != '') AS i_conversation_id,
            argMinIf(s.workload, a.place, s.workload != '') AS i_workload, argMinIf(s.tenant, a.place, s.tenant != '') AS i_tenant,
            argMinIf(s.architecture, a.place, s.architecture != '') AS i_architecture, argMinIf(s.prompt_version, a.place, s.prompt_version != '') AS i_prompt_version,
            argMinIf(s.change, a.place, s.change != '') AS i_change, argMinIf(s.pull_request, a.place, s.pull_request != '') AS i_pull_request,
            argMinIf(s.latency_class, a.place, s.latency_class != '') AS i_latency_class,
            argMinIf(s.case_id, a.place, s.case_id != '') AS i_case_id, argMinIf(s.run_id, a.place, s.run_id != '') AS i_run_id
        FROM above AS a
        INNER JOIN work_spans AS s ON s.trace_id = a.trace_id AND s.span_id = a.ancestor_id
        GROUP BY a.of_trace_id, a.of_span_id
    ),
    folded AS
    (
        SELECT
            f.into_trace_id AS f_trace_id, f.into_span_id AS f_span_id, toUInt16(count()) AS f_spans, arrayStringConcat(arraySort(groupUniqArray(f.why)), ',') AS f_why,
            maxIf(c.tier, f.why = 'duplicate') AS f_tier, maxIf(c.cascade_id, f.why = 'duplicate') AS f_cascade_id, maxIf(c.attempt, f.why = 'duplicate') AS f_attempt, maxIf(c.step, f.why = 'duplicate') AS f_step,
            maxIf(if(c.service_class = 'standard', '', c.service_class), f.why = 'duplicate') AS f_service_class, maxIf(c.batch_id, f.why = 'duplicate') AS f_batch_id, maxIf(c.batch_custom_id, f.why = 'duplicate') AS f_batch_custom_id,
            maxIf(c.prefix_hash, f.why = 'duplicate') AS f_prefix_hash, maxIf(c.prefix_tokens, f.why = 'duplicate') AS f_prefix_tokens, maxIf(c.retries, f.why = 'duplicate') AS f_retries,
            maxIf(c.rate_limit_remaining_tokens, f.why = 'duplicate') AS f_rate_limit_remaining_tokens, maxIf(c.rate_limit_remaining_calls, f.why = 'duplicate') AS f_rate_limit_remaining_calls,
            maxIf(c.rate_limit_tokens, f.why = 'duplicate') AS f_rate_limit_tokens, maxIf(c.rate_limit_calls, f.why = 'duplicate') AS f_rate_limit_calls,
            maxIf(c.time_to_first_chunk_s, f.why = 'duplicate') AS f_time_to_first_chunk_s, maxIf(c.reported_cost_usd, f.why = 'duplicate') AS f_reported_cost_usd, maxIf(c.abandoned, f.why = 'duplicate') AS f_abandoned,
            argMaxIf((c.fresh_input_tokens, c.cache_read_tokens, c.cache_write_short_tokens, c.cache_write_long_tokens, c.output_tokens, toString(c.usage_status), toString(c.usage_note), toString(c.convention), toString(c.evidence)), (c.informed, c.span_id), f.why IN ('duplicate', 'echo')) AS f_usage,
            maxIf(c.informed, f.why IN ('duplicate', 'echo')) AS f_informed,
            maxIf(tuple(c.reasoning_tokens, c.output_tokens), f.why IN ('duplicate', 'echo') AND c.reasoning_tokens IS NOT NULL) AS f_reasoning,
            maxIf(c.provider, f.why = 'duplicate') AS f_provider, maxIf(c.request_model, f.why = 'duplicate') AS f_request_model, maxIf(c.response_model, f.why = 'duplicate') AS f_response_model,
            maxIf(c.finish_reason, f.why = 'duplicate') AS f_finish_reason, maxIf(c.duration_ns, f.why = 'duplicate') AS f_duration_ns,
            maxIf(c.region, f.why = 'duplicate') AS f_region, maxIf(c.web_searches, f.why = 'duplicate') AS f_web_searches
        FROM work_folds AS f
        INNER JOIN work_candidates AS c ON c.trace_id = f.trace_id AND c.span_id = f.span_id
        GROUP BY f.into_trace_id, f.into_span_id
    ),
    labelled_traces AS
    (
        SELECT
            trace_id AS t_trace_id,
            if(minIf(task_id, task_id != '') = max(task_id), max(task_id), '') AS t_only_task,
            if(minIf(workload, workload != '') = max(workload), max(workload), '') AS t_only_workload
        FROM work_spans
        GROUP BY trace_id
    ),
    attempts AS
    (
        SELECT
            cascade_id AS a_cascade_id, multiIf(task_id != '', task_id, conversation_id != '', conversation_id, trace_id) AS a_whole,
            arraySort(x -> (x.1, x.2 = '', x.2, x.3), groupUniqArray((assumeNotNull(attempt), toString(escalation_from_tier), toString(escalation_signal)))) AS a_tries
        FROM work_candidates
        WHERE cascade_id != '' AND attempt IS NOT NULL
        GROUP BY a_cascade_id, a_whole
    ),
    named_tasks AS
    (
        SELECT task_id AS n_task_id, argMax(workload, concat(if(kind = 'task', '1', '0'), reverse(reinterpretAsFixedString(toUnixTimestamp64Nano(started_at) + 2208988800000000000)), workload)) AS n_workload
        FROM work_spans
        WHERE task_id != '' AND workload != '' AND kind != 'outcome'
        GROUP BY task_id
    ),
    labelled AS
    (
        SELECT
            c.*,
            coalesce(nullIf(c.task_id, ''), nullIf(i.i_task_id, ''), t.t_only_task) AS task,
            coalesce(nullIf(c.conversation_id, ''), i.i_conversation_id) AS conversation,
            coalesce(nullIf(c.workload, ''), nullIf(i.i_workload, ''), t.t_only_workload) AS own_workload,
            coalesce(nullIf(c.agent, ''), i.i_agent) AS agent_name,
            coalesce(nullIf(c.agent_role, ''), i.i_agent_role) AS role,
            coalesce(nullIf(c.architecture, ''), i.i_architecture) AS shape,
            coalesce(nullIf(c.tenant, ''), i.i_tenant) AS tenant_name,
            coalesce(nullIf(c.prompt_version, ''), i.i_prompt_version) AS prompt,
            coalesce(nullIf(c.change, ''), i.i_change) AS commit,
            coalesce(nullIf(c.pull_request, ''), i.i_pull_request) AS pr,
            coalesce(nullIf(c.latency_class, ''), i.i_latency_class) AS latency,
            coalesce(nullIf(c.case_id, ''), i.i_case_id) AS eval_case,
            coalesce(nullIf(c.run_id, ''), i.i_run_id) AS eval_run,
            coalesce(nullIf(c.cascade_id, ''), f.f_cascade_id) AS cascade,
            coalesce(c.attempt, f.f_attempt) AS try,
            coalesce(nullIf(c.tier, ''), f.f_tier) AS tier_label,
            if(c.service_class = 'standard' AND f.f_service_class != '', f.f_service_class, c.service_class) AS class,
            arrayFirst(x -> x.1 > assumeNotNull(try), if(try IS NULL, CAST([], 'Array(Tuple(UInt16, String, String))'), a.a_tries)) AS next_try,
            f.f_spans AS folded_spans, f.f_why AS folded_why,
            coalesce(nullIf(c.step, ''), f.f_step) AS step_name,
            coalesce(nullIf(c.batch_id, ''), f.f_batch_id) AS batch, coalesce(nullIf(c.batch_custom_id, ''), f.f_batch_custom_id) AS batch_item,
            coalesce(nullIf(c.prefix_hash, ''), f.f_prefix_hash) AS prefix, coalesce(c.prefix_tokens, f.f_prefix_tokens) AS prefix_size,
            coalesce(c.retries, f.f_retries) AS tries_inside,
            coalesce(c.rate_limit_remaining_tokens, f.f_rate_limit_remaining_tokens) AS left_tokens, coalesce(c.rate_limit_remaining_calls, f.f_rate_limit_remaining_calls) AS left_calls,
            coalesce(c.rate_limit_tokens, f.f_rate_limit_tokens) AS limit_tokens, coalesce(c.rate_limit_calls, f.f_rate_limit_calls) AS limit_calls,
            coalesce(c.time_to_first_chunk_s, f.f_time_to_first_chunk_s) AS first_chunk_s,
            coalesce(c.reported_cost_usd, f.f_reported_cost_usd) AS said_cost,
            c.abandoned OR ifNull(f.f_abandoned, false) AS thrown_away,
            -- Usage comes whole from the report that knows most of it, if that does not speak of other tokens.
            (c.fresh_input_tokens, c.cache_read_tokens, c.cache_write_short_tokens, c.cache_write_long_tokens, c.output_tokens, toString(c.usage_status), toString(c.usage_note), toString(c.convention), toString(c.evidence)) AS own_usage,
            if(ifNull(f.f_informed, 0) > c.informed AND (c.usage_status = 'missing' OR (
                ifNull(c.output_tokens, f.f_usage.5) <=> f.f_usage.5
                AND ifNull(c.fresh_input_tokens, 0) + ifNull(c.cache_read_tokens, 0) + ifNull(c.cache_write_short_tokens, 0) + ifNull(c.cache_write_long_tokens, 0) = ifNull(f.f_usage.1, 0) + ifNull(f.f_usage.2, 0) + ifNull(f.f_usage.3, 0) + ifNull(f.f_usage.4, 0))), f.f_usage, own_usage) AS usage,
            coalesce(c.reasoning_tokens, if(f.f_reasoning.2 <=> usage.5, f.f_reasoning.1, NULL)) AS reasoning,
            coalesce(nullIf(c.provider, ''), f.f_provider) AS provider_name, coalesce(nullIf(c.request_model, ''), f.f_request_model) AS model_asked, coalesce(nullIf(c.response_model, ''), f.f_response_model) AS model_answered,
            coalesce(nullIf(c.finish_reason, ''), f.f_finish_reason) AS why_stopped, coalesce(nullIf(c.duration_ns, 0), f.f_duration_ns, 0) AS took_ns,
            coalesce(nullIf(c.region, ''), f.f_region) AS place, coalesce(c.web_searches, f.f_web_searches) AS searches,
            o.o_original_cost_usd AS first_cost, o.o_first_price AS first_price
        FROM work_candidates AS c
        ANY LEFT JOIN inherited AS i ON i.i_trace_id = c.trace_id AND i.i_span_id = c.span_id
        ANY LEFT JOIN folded AS f ON f.f_trace_id = c.trace_id AND f.f_span_id = c.span_id
        ANY LEFT JOIN labelled_traces AS t ON t.t_trace_id = c.trace_id
        ANY LEFT JOIN attempts AS a ON a.a_cascade_id = c.cascade_id AND a.a_whole = multiIf(c.task_id != '', c.task_id, c.conversation_id != '', c.conversation_id, c.trace_id)
        ANY LEFT JOIN (SELECT trace_id AS o_trace_id, span_id AS o_span_id, original_cost_usd AS o_original_cost_usd, first_price AS o_first_price FROM work_old) AS o ON o.o_trace_id = c.trace_id AND o.o_span_id = c.span_id
        WHERE (c.trace_id, c.span_id) NOT IN (SELECT trace_id, span_id FROM work_folds) AND c.kind != 'echo'
    ),
    charged AS
    (
        SELECT
            l.*,
            -- A leading \x01 marks a conversation: batch_turns cuts it into tasks where it paused.
            multiIf(task != '', task, conversation != '', concat('\x01', conversation), trace_id) AS charged_to,
            -- All calls of a task are of one workload: what its own span says, else what its newest labelled span says.
            if(n.n_workload != '', toString(n.n_workload), own_workload) AS workload_label
        FROM labelled AS l
        ANY LEFT JOIN named_tasks AS n ON n.n_task_id = l.task
    )
SELECT
    ingested_at, trace_id, span_id, parent_span_id, kind, started_at, took_ns AS duration_ns, service, environment, scope, scope_version, status, error_type,
    operation, provider_name AS provider, model_asked AS request_model, model_answered AS response_model, response_id, why_stopped AS finish_reason, first_chunk_s AS time_to_first_chunk_s, usage.8 AS convention, usage.9 AS evidence,
    usage.6 AS usage_status, usage.7 AS usage_note, usage.1 AS fresh_input_tokens, usage.2 AS cache_read_tokens, usage.3 AS cache_write_short_tokens, usage.4 AS cache_write_long_tokens, usage.5 AS output_tokens,
    reasoning AS reasoning_tokens, said_cost AS reported_cost_usd, agent_name AS agent, task AS task_id, conversation AS conversation_id,
    workload_label AS workload, tenant_name AS tenant, tier_label AS tier, cascade AS cascade_id, try AS attempt, escalation_signal,
    escalation_from_tier, thrown_away AS abandoned, role AS agent_role, shape AS architecture, prompt AS prompt_version, prefix AS prefix_hash,
    prefix_size AS prefix_tokens, commit AS change, pr AS pull_request, latency AS latency_class, class AS service_class, batch AS batch_id,
    batch_item AS batch_custom_id, step_name AS step, eval_case AS case_id, eval_run AS run_id, tries_inside AS retries,
    left_tokens AS rate_limit_remaining_tokens, left_calls AS rate_limit_remaining_calls, rule_labels, place AS region, searches AS web_searches,
    limit_tokens AS rate_limit_tokens, limit_calls AS rate_limit_calls,
    charged_to, next_try.1 AS next_attempt, next_try.2 AS next_from_tier, next_try.3 AS next_signal, folded_spans, folded_why, first_cost, first_price
FROM charged
SETTINGS short_circuit_function_evaluation = 'disable'
