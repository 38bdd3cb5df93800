-- purpose: what tasks that ended in a period used and cost, by workload, day and model: one side of a bridge
-- grain: one row per workload, day (UTC) of the task's end, provider, model, service class and price tier; a
--   workload's day without calls has one row with calls = 0
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all; environments Array(String) empty = all; models Array(String) empty =
--   all, else only calls of these; agents Array(String) likewise; tiers Array(String) likewise; these three
--   narrow calls, not tasks, so that a slice stays a slice of the workload's tasks
-- columns: unit text, the task's workload; run text, the day; tasks count, of the whole workload and day;
--   provider text; model text; service_class text; price_tier text, region and prompt length that
--   set the price, empty = the ordinary one;
--   calls count, priced ones; fresh_input_tokens tokens; cache_read_tokens tokens; cache_write_short_tokens
--   tokens; cache_write_long_tokens tokens; output_tokens tokens, all of priced calls; fresh_input_usd
--   Decimal(38,12); cache_read_usd Decimal(38,12); cache_write_short_usd Decimal(38,12); cache_write_long_usd
--   Decimal(38,12); output_usd Decimal(38,12); tool_fees_usd Decimal(38,12); cost_usd Decimal(38,12) their
--   exact sum; unpriced_calls count
-- tables: tasks, llm_calls, price_book

-- The cost of a cache write is stored as one amount; it is split by what short and long writes cost in the book.
WITH
    ended AS
    (
        SELECT t.task_id AS task_id, toString(t.workload) AS unit, toString(toDate(t.ended_at)) AS run, t.started_at AS began
        FROM tasks AS t FINAL
        WHERE toDate(ended_at) BETWEEN toDate({from_:DateTime64(6,'UTC')}) AND toDate({to_:DateTime64(6,'UTC')})
          AND identity(ended_at) >= {from_:DateTime64(6,'UTC')} AND identity(ended_at) < {to_:DateTime64(6,'UTC')}
          AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, workload))
          AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, environment))
    ),
    counted AS (SELECT unit, run, count() AS tasks FROM ended GROUP BY unit, run),
    booked AS
    (
        SELECT
            toString(book_version) AS book_version, price_row, toString(region) AS region, above_input_tokens AS above,
            cache_write_short_usd_per_mtok AS write_short, cache_write_long_usd_per_mtok AS write_long
        FROM price_book FINAL
    ),
    chosen AS
    (
        SELECT
            e.unit AS unit, e.run AS run,
            toString(c.provider) AS provider,
            toString(if(c.response_model != '', c.response_model, c.request_model)) AS model,
            toString(c.service_class) AS service_class,
            ifNull(c.fresh_input_tokens, 0) AS fresh, ifNull(c.cache_read_tokens, 0) AS read,
            ifNull(c.cache_write_short_tokens, 0) AS short, ifNull(c.cache_write_long_tokens, 0) AS long,
            ifNull(c.output_tokens, 0) AS output,
            ifNull(toDecimal128(c.fresh_input_cost_usd, 12), 0) AS fresh_usd, ifNull(toDecimal128(c.cache_read_cost_usd, 12), 0) AS read_usd,
            ifNull(toDecimal128(c.cache_write_cost_usd, 12), 0) AS write_usd, ifNull(toDecimal128(c.output_cost_usd, 12), 0) AS output_usd,
            ifNull(toDecimal128(c.tool_fee_usd, 12), 0) AS fee_usd,
            c.list_cost_usd AS cost, isNotNull(c.list_cost_usd) AS priced,
            c.pricing_status AS pricing_status,
            trim(concat(p.region, if(p.above > 0, concat(' above ', toString(p.above)), ''))) AS price_tier,
            toFloat64(short) * toFloat64(ifNull(p.write_short, 0)) AS short_weight,
            toFloat64(long) * toFloat64(ifNull(p.write_long, 0)) AS long_weight,
            multiIf(long = 0, toDecimal128(0, 12), short = 0, write_usd,
                toDecimal128(toFloat64(write_usd) * if(short_weight + long_weight > 0, long_weight / (short_weight + long_weight), long / (short + long)), 12)) AS long_usd
        FROM llm_calls AS c FINAL
        INNER JOIN ended AS e ON e.task_id = c.task_id
        LEFT JOIN booked AS p ON p.book_version = c.price_book_version AND p.price_row = c.price_row
        WHERE c.started_at >= (SELECT min(began) FROM ended) AND c.started_at < {to_:DateTime64(6,'UTC')}
          AND c.task_id IN (SELECT task_id FROM ended)
          AND (empty({models:Array(String)}) OR has({models:Array(String)}, if(c.response_model != '', c.response_model, c.request_model)))
          AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, c.agent))
          AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, c.tier))
    ),
    cells AS
    (
        SELECT
            unit, run, provider, model, service_class, price_tier,
            countIf(priced) AS calls,
            sumIf(fresh, priced) AS fresh_input_tokens,
            sumIf(read, priced) AS cache_read_tokens,
            sumIf(short, priced) AS cache_write_short_tokens,
            sumIf(long, priced) AS cache_write_long_tokens,
            sumIf(output, priced) AS output_tokens,
            sumIf(fresh_usd, priced) AS fresh_input_usd,
            sumIf(read_usd, priced) AS cache_read_usd,
            sumIf(write_usd - long_usd, priced) AS cache_write_short_usd,
            sumIf(long_usd, priced) AS cache_write_long_usd,
            sumIf(output_usd, priced) AS output_usd,
            sumIf(fee_usd, priced) AS tool_fees_usd,
            sum(ifNull(toDecimal128(cost, 12), 0)) AS cost_usd,
            countIf(NOT priced AND pricing_status NOT IN ('free', 'not_billed')) AS unpriced_calls
        FROM chosen
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
