-- purpose: what tasks that ended in a period used and cost, by workload, day and model: one side of a bridge
-- grain: one row per workload, day (UTC) of the task's end, provider, model, service class and price tier; a
--   workload's day without calls has one row with calls = 0
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all; environments Array(String) empty = all; models Array(String) empty =
--   all, else only calls of these; agents Array(String) likewise; tiers Array(String) likewise; these
--   narrow calls, not tasks, so that a slice stays a slice of the workload's tasks; prompt_versions Array(String)
--   likewise; tenants Array(String) empty = all, else only their tasks; changes Array(String) empty = all, else
--   only tasks of these releases
-- columns: unit text, the task's workload; run text, the day; tasks count, of the whole workload and day;
--   provider text; model text; service_class text; price_tier text, region and prompt length that
--   set the price, empty = the ordinary one;
--   calls count, priced ones; fresh_input_tokens tokens; cache_read_tokens tokens; cache_write_short_tokens
--   tokens; cache_write_long_tokens tokens; output_tokens tokens, all of priced calls; fresh_input_usd
--   Decimal(38,12); cache_read_usd Decimal(38,12); cache_write_short_usd Decimal(38,12); cache_write_long_usd
--   Decimal(38,12); output_usd Decimal(38,12); tool_fees_usd Decimal(38,12); cost_usd Decimal(38,12) their
--   exact sum; unpriced_calls count
-- tables: tasks, task_sums, llm_calls, price_book

WITH
    counted AS
    (
        SELECT toString(t.workload) AS unit, toString(day) AS run, count() AS tasks
        FROM tasks AS t FINAL
        WHERE toDate(ended_at) BETWEEN toDate({from_:DateTime64(6,'UTC')}) AND toDate({to_:DateTime64(6,'UTC')})
          AND identity(ended_at) >= {from_:DateTime64(6,'UTC')} AND identity(ended_at) < {to_:DateTime64(6,'UTC')}
          AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, workload))
          AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, environment))
          AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, tenant))
          AND (empty({changes:Array(String)}) OR has({changes:Array(String)}, change))
        GROUP BY t.workload, toDate(identity(t.ended_at)) AS day
    ),
    cells AS
    (
        SELECT
            toString(s.workload) AS unit, toString(toDate(s.at)) AS run,
            toString(s.provider) AS provider, toString(s.model) AS model, toString(s.service_class) AS service_class, toString(s.price_tier) AS price_tier,
            sum(s.calls) AS calls,
            sum(s.fresh_input_tokens) AS fresh_input_tokens,
            sum(s.cache_read_tokens) AS cache_read_tokens,
            sum(s.cache_write_short_tokens) AS cache_write_short_tokens,
            sum(s.cache_write_long_tokens) AS cache_write_long_tokens,
            sum(s.output_tokens) AS output_tokens,
            sum(s.fresh_input_cost_usd) AS fresh_input_usd,
            sum(s.cache_read_cost_usd) AS cache_read_usd,
            sum(s.cache_write_short_cost_usd) AS cache_write_short_usd,
            sum(s.cache_write_long_cost_usd) AS cache_write_long_usd,
            sum(s.output_cost_usd) AS output_usd,
            sum(s.tool_fee_usd) AS tool_fees_usd,
            sum(s.list_cost_usd) AS cost_usd,
            sum(s.unpriced_calls) AS unpriced_calls
        FROM task_sums_in(froms = [{from_:DateTime64(6,'UTC')}], tos = [{to_:DateTime64(6,'UTC')}], longest_s = 86400) AS s
        WHERE (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, s.workload))
          AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, s.environment))
          AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, s.tenant))
          AND (empty({changes:Array(String)}) OR has({changes:Array(String)}, s.change))
          AND (empty({models:Array(String)}) OR has({models:Array(String)}, s.model))
          AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, s.agent))
          AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, s.tier))
          AND (empty({prompt_versions:Array(String)}) OR has({prompt_versions:Array(String)}, s.prompt_version))
        GROUP BY unit, run, provider, model, service_class, price_tier
    )
SELECT
    n.unit AS unit, n.run AS run, n.tasks AS tasks,
    c.provider AS provider, c.model AS model, c.service_class AS service_class, c.price_tier AS price_tier,
    c.calls AS calls,
    c.fresh_input_tokens AS fresh_input_tokens, c.cache_read_tokens AS cache_read_tokens,
    c.cache_write_short_tokens AS cache_write_short_tokens, c.cache_write_long_tokens AS cache_write_long_tokens,
    c.output_tokens AS output_tokens,
    c.fresh_input_usd AS fresh_input_usd, c.cache_read_usd AS cache_read_usd,
    c.cache_write_short_usd AS cache_write_short_usd, c.cache_write_long_usd AS cache_write_long_usd,
    c.output_usd AS output_usd, c.tool_fees_usd AS tool_fees_usd, c.cost_usd AS cost_usd,
    c.unpriced_calls AS unpriced_calls
FROM counted AS n
LEFT JOIN cells AS c ON c.unit = n.unit AND c.run = n.run
ORDER BY unit, run, provider, model, service_class, price_tier
