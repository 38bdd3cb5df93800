-- purpose: the models one side of a gate used, and what of it has no price
-- grain: one row per provider, model asked for, model that answered, pricing status and price book
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive, by the
--   end of the task; workloads Array(String) empty = all; environments Array(String) empty = all; changes
--   Array(String) empty = all, else tasks whose commit begins with one of them; pull_requests Array(String) empty =
--   all; prompt_versions Array(String) empty = all
-- columns: provider text; request_model text; response_model text; pricing_status text; price_book text; calls count;
--   tokens count, all that are known; latest DateTime64(6,'UTC') start of the latest call
-- tables: tasks, llm_calls
WITH
    chosen AS
    (
        SELECT t.task_id AS task_id, t.started_at AS began
        FROM tasks AS t FINAL
        WHERE toDate(ended_at) BETWEEN toDate({from_:DateTime64(6,'UTC')}) AND toDate({to_:DateTime64(6,'UTC')})
          AND identity(ended_at) >= {from_:DateTime64(6,'UTC')} AND identity(ended_at) < {to_:DateTime64(6,'UTC')}
          AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, workload))
          AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, environment))
          AND (empty({changes:Array(String)}) OR arrayExists(c -> startsWith(t.change, c), {changes:Array(String)}))
          AND (empty({pull_requests:Array(String)}) OR has({pull_requests:Array(String)}, pull_request))
          AND (empty({prompt_versions:Array(String)}) OR has({prompt_versions:Array(String)}, prompt_version))
    )
SELECT
    toString(c.provider) AS provider,
    toString(c.request_model) AS request_model,
    toString(c.response_model) AS response_model,
    toString(c.pricing_status) AS pricing_status,
    toString(c.price_book_version) AS price_book,
    count() AS calls,
    sum(ifNull(fresh_input_tokens, 0) + ifNull(cache_read_tokens, 0) + ifNull(cache_write_short_tokens, 0)
        + ifNull(cache_write_long_tokens, 0) + ifNull(output_tokens, 0)) AS tokens,
    max(c.started_at) AS latest
FROM llm_calls AS c FINAL
WHERE started_at >= (SELECT min(began) FROM chosen) AND started_at < {to_:DateTime64(6,'UTC')}
  AND task_id IN (SELECT task_id FROM chosen)
GROUP BY provider, request_model, response_model, pricing_status, price_book
ORDER BY provider, request_model, response_model, pricing_status, price_book
