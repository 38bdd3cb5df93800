-- purpose: one task with everything it cost
-- grain: one row; none when the ledger does not know the task
-- params: task_id String
-- columns: task_id text; workload text; tenant text; environment text; started_at DateTime64(6,'UTC');
--   ended_at DateTime64(6,'UTC'); duration_s seconds; status text ok or error; calls count; failed_calls
--   count; tool_calls count; cost_usd USD of priced calls; cost_text text the same, exact; unpriced_calls
--   count; abandoned_usd USD; escalations count; attempts count; cascades count; retries count;
--   highest_tier text; models Array(String); agents Array(String); architecture text; prompt_version text;
--   change text; pull_request text; traces count; cache_read tokens; cache_known tokens; output tokens;
--   success Nullable(Bool) NULL = no outcome yet; checker text; checker_kind text; useful_units
--   Nullable(Float64); unit text
-- tables: tasks
SELECT
    t.task_id AS task_id,
    toString(t.workload) AS workload,
    toString(t.tenant) AS tenant,
    toString(t.environment) AS environment,
    started_at,
    ended_at,
    duration_s,
    toString(t.status) AS status,
    calls,
    failed_calls,
    tool_calls,
    toFloat64(list_cost_usd) AS cost_usd,
    toString(list_cost_usd) AS cost_text,
    unpriced_calls,
    toFloat64(abandoned_cost_usd) AS abandoned_usd,
    escalations,
    attempts,
    cascades,
    retries,
    toString(t.highest_tier) AS highest_tier,
    models,
    agents,
    toString(t.architecture) AS architecture,
    toString(t.prompt_version) AS prompt_version,
    toString(t.change) AS change,
    toString(t.pull_request) AS pull_request,
    traces,
    cache_read_tokens AS cache_read,
    cache_known_input_tokens AS cache_known,
    output_tokens AS output,
    success,
    toString(t.checker) AS checker,
    toString(t.checker_kind) AS checker_kind,
    useful_units,
    toString(t.unit) AS unit
FROM tasks AS t FINAL
WHERE t.task_id = {task_id:String}
ORDER BY ended_at DESC
LIMIT 1
