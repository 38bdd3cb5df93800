-- purpose: the tasks of the batch as they will stand
-- grain: one task
-- params: version UInt64 number of the batch
-- reads: work_calls, work_spans, task_outcomes; writes: work_tasks
INSERT INTO work_tasks
WITH
    of_calls AS
    (
        -- A call's start (from 1900 on, so never below zero) and span as one text of big-endian bytes: comparing pairs took six times as long.
        WITH concat(reverse(reinterpretAsFixedString(toUnixTimestamp64Micro(c.started_at) + 2208988800000000)), c.span_id) AS place
        SELECT
            c.task_id AS task_id,
            argMax(c.workload, place) AS workload,
            maxIf(c.tenant, c.tenant != '') AS tenant, maxIf(c.environment, c.environment != '') AS environment,
            min(c.started_at) AS started_at,
            max(addMicroseconds(c.started_at, toInt64(round(ifNull(c.duration_s, 0) * 1e6)))) AS ended_at,
            toUInt32(count()) AS calls, toUInt32(countIf(c.status = 'error')) AS failed_calls,
            sum(ifNull(toDecimal128(c.list_cost_usd, 12), 0)) AS list_cost_usd,
            sum(ifNull(toDecimal128(c.original_cost_usd, 12), 0)) AS original_cost_usd,
            sumOrNull(toDecimal128(c.reported_cost_usd, 12)) AS reported_cost_usd,
            toUInt32(countIf(c.list_cost_usd IS NULL AND c.pricing_status NOT IN ('free', 'not_billed'))) AS unpriced_calls,
            sumIf(ifNull(toDecimal128(c.list_cost_usd, 12), 0), c.abandoned) AS abandoned_cost_usd,
            sum(ifNull(c.fresh_input_tokens, 0)) AS fresh_input_tokens, sum(ifNull(c.cache_read_tokens, 0)) AS cache_read_tokens,
            sum(ifNull(c.cache_write_short_tokens, 0) + ifNull(c.cache_write_long_tokens, 0)) AS cache_write_tokens,
            sumIf(ifNull(c.fresh_input_tokens, 0) + ifNull(c.cache_read_tokens, 0) + ifNull(c.cache_write_short_tokens, 0) + ifNull(c.cache_write_long_tokens, 0), isNotNull(c.cache_read_tokens)) AS cache_known_input_tokens,
            sum(ifNull(c.output_tokens, 0)) AS output_tokens, sum(ifNull(c.reasoning_tokens, 0)) AS reasoning_tokens,
            toUInt32(uniqExactIf((c.cascade_id, c.attempt), c.escalated)) AS escalations, toUInt32(uniqExactIf((c.cascade_id, c.attempt), c.attempt IS NOT NULL)) AS attempts, toUInt32(uniqExactIf(c.cascade_id, c.cascade_id != '')) AS cascades,
            argMax(c.tier, transform(c.tier, ['nano', 'standard', 'premium'], [1, 2, 3], 0)) AS highest_tier,
            toUInt32(sum(ifNull(c.retries, 0))) AS retries,
            arraySort(groupUniqArrayIf(c.agent, c.agent != '')) AS agents,
            arraySort(groupUniqArrayIf(if(c.response_model != '', c.response_model, c.request_model), c.response_model != '' OR c.request_model != '')) AS models,
            arraySort(groupUniqArrayIf(c.tier, c.tier != '')) AS tiers,
            maxIf(c.architecture, c.architecture != '') AS architecture,
            argMaxIf(c.prompt_version, place, c.prompt_version != '') AS prompt_version,
            argMaxIf(c.change, place, c.change != '') AS change,
            argMaxIf(c.pull_request, place, c.pull_request != '') AS pull_request,
            maxIf(c.latency_class, c.latency_class != '') AS latency_class, maxIf(c.case_id, c.case_id != '') AS case_id, maxIf(c.run_id, c.run_id != '') AS run_id,
            groupUniqArray(c.trace_id) AS trace_ids
        FROM work_calls AS c
        GROUP BY c.task_id
    ),
    only_task AS
    (
        -- Only for spans that name no task.
        SELECT trace_id, min(task_id) AS only
        FROM
        (
            SELECT trace_id, task_id FROM work_calls
            UNION ALL
            SELECT trace_id, task_id FROM work_spans WHERE task_id != '' AND kind != 'outcome'
        )
        WHERE trace_id IN (SELECT trace_id FROM work_spans WHERE task_id = '' AND kind != 'outcome')
        GROUP BY trace_id
        HAVING min(task_id) = max(task_id)
    ),
    of_spans AS
    (
        SELECT
            if(s.task_id != '', s.task_id, o.only) AS task,
            maxIf(s.workload, s.kind = 'task' AND s.workload != '') AS s_workload, maxIf(s.service, s.kind = 'task') AS s_service,
            maxIf(s.tenant, s.tenant != '') AS s_tenant, maxIf(s.environment, s.environment != '') AS s_environment, maxIf(s.architecture, s.architecture != '') AS s_architecture,
            maxIf(s.prompt_version, s.kind = 'task' AND s.prompt_version != '') AS s_prompt_version, maxIf(s.change, s.kind = 'task' AND s.change != '') AS s_change,
            maxIf(s.pull_request, s.kind = 'task' AND s.pull_request != '') AS s_pull_request, maxIf(s.latency_class, s.latency_class != '') AS s_latency_class,
            maxIf(s.case_id, s.case_id != '') AS s_case_id, maxIf(s.run_id, s.run_id != '') AS s_run_id,
            min(toDateTime64(s.started_at, 6, 'UTC')) AS s_started_at, max(toDateTime64(addNanoseconds(s.started_at, s.duration_ns), 6, 'UTC')) AS s_ended_at,
            toUInt32(countIf(s.kind = 'tool')) AS s_tool_calls,
            countIf(s.kind = 'task') AS s_task_spans, countIf(s.kind = 'task' AND s.status = 'error') AS s_failed_task_spans,
            groupUniqArray(s.trace_id) AS s_trace_ids
        FROM work_spans AS s
        LEFT JOIN only_task AS o ON o.trace_id = s.trace_id
        WHERE s.kind != 'outcome' AND (s.task_id != '' OR o.only != '')
        GROUP BY task
    ),
    outcomes AS
    (
        WITH concat(reverse(reinterpretAsFixedString(toUnixTimestamp64Nano(v.decided_at) + 2208988800000000000)), v.span_id) AS told_at
        SELECT
            v.task_id AS judged,
            argMaxIf(v.success, told_at, v.success IS NOT NULL) AS verdict,
            argMaxIf(v.checker, told_at, v.success IS NOT NULL) AS judge,
            argMaxIf(v.checker_kind, told_at, v.success IS NOT NULL) AS judge_kind,
            argMaxIf(v.useful_units, told_at, v.useful_units IS NOT NULL) AS units,
            argMaxIf(v.unit, told_at, v.unit != '') AS unit_name
        FROM task_outcomes AS v
        WHERE v.task_id IN (SELECT task_id FROM work_calls UNION ALL SELECT task_id FROM work_spans WHERE kind = 'task')
        GROUP BY v.task_id
    )
SELECT
    if(c.task_id != '', c.task_id, s.task) AS task_id,
    multiIf(c.workload != '', toString(c.workload), s.s_workload != '', toString(s.s_workload), toString(s.s_service)) AS workload,
    if(c.tenant != '', c.tenant, s.s_tenant) AS tenant,
    if(c.environment != '', c.environment, s.s_environment) AS environment,
    multiIf(c.calls = 0, s.s_started_at, s.task = '', c.started_at, least(c.started_at, s.s_started_at)) AS started_at,
    multiIf(c.calls = 0, s.s_ended_at, s.task = '', c.ended_at, greatest(c.ended_at, s.s_ended_at)) AS ended_at,
    dateDiff('microsecond', started_at, ended_at) / 1e6 AS duration_s,
    if(s.s_failed_task_spans > 0, 'error', 'ok') AS status,
    c.calls, c.failed_calls, s.s_tool_calls,
    c.list_cost_usd, c.original_cost_usd, c.reported_cost_usd, c.unpriced_calls, c.abandoned_cost_usd,
    c.fresh_input_tokens, c.cache_read_tokens, c.cache_write_tokens, c.cache_known_input_tokens, c.output_tokens, c.reasoning_tokens,
    c.escalations, c.attempts, c.cascades, c.highest_tier, c.retries, c.agents, c.models, c.tiers,
    if(c.architecture != '', c.architecture, s.s_architecture) AS architecture,
    if(c.prompt_version != '', c.prompt_version, s.s_prompt_version) AS prompt_version,
    if(c.change != '', c.change, s.s_change) AS change,
    if(c.pull_request != '', c.pull_request, s.s_pull_request) AS pull_request,
    if(c.latency_class != '', c.latency_class, s.s_latency_class) AS latency_class,
    if(c.case_id != '', c.case_id, s.s_case_id) AS case_id,
    if(c.run_id != '', c.run_id, s.s_run_id) AS run_id,
    toUInt32(length(arrayDistinct(arrayConcat(c.trace_ids, s.s_trace_ids)))) AS traces,
    o.verdict AS success, o.judge AS checker, o.judge_kind AS checker_kind, o.units AS useful_units, o.unit_name AS unit,
    {version:UInt64} AS version,
    0 AS is_deleted
FROM of_calls AS c
FULL OUTER JOIN of_spans AS s ON s.task = c.task_id
LEFT JOIN outcomes AS o ON o.judged = if(c.task_id != '', c.task_id, s.task)
WHERE c.calls > 0 OR s.s_task_spans > 0
