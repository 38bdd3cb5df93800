-- purpose: what tasks have spent so far, for limits on spending
-- grain: one row per task that made calls
-- params: names Array(String) task ids
-- columns: name text task id; cost_usd Decimal USD at list price; tokens count input, cached ones included, and output;
--   calls count; unpriced_calls count calls whose cost is unknown
-- tables: tasks
SELECT
    task_id AS name,
    list_cost_usd AS cost_usd,
    fresh_input_tokens + cache_read_tokens + cache_write_tokens + output_tokens AS tokens,
    t.calls AS calls,
    t.unpriced_calls AS unpriced_calls
FROM tasks AS t FINAL
WHERE task_id IN {names:Array(String)}
ORDER BY name
