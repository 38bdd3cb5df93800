-- purpose: what the runs of one side of a gate used and cost, every call at the prices of one moment
-- grain: one row per case, run, provider, model, service class and price tier, of priced calls
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive, by the
--   end of the task; workloads Array(String) empty = all; environments Array(String) empty = all; changes
--   Array(String) empty = all, else tasks whose commit begins with one of them; pull_requests Array(String) empty =
--   all; prompt_versions Array(String) empty = all; as_of DateTime64(6,'UTC') the moment
--   whose prices hold for every call
-- columns: case text; run text; provider text; model text; service_class text; price_tier text, region and
--   prompt length that set the price, empty = the ordinary one; calls count, priced ones; fresh_input_tokens tokens; cache_read_tokens tokens;
--   cache_write_short_tokens tokens; cache_write_long_tokens tokens; output_tokens tokens; fresh_input_usd
--   Decimal(38,12); cache_read_usd Decimal(38,12); cache_write_short_usd Decimal(38,12); cache_write_long_usd
--   Decimal(38,12); output_usd Decimal(38,12); tool_fees_usd Decimal(38,12); cost_usd Decimal(38,12) their exact sum
--   at the prices of as_of; own_cost_usd Decimal(38,12) at the prices of each call's own time
-- tables: tasks, llm_calls, price_book

-- A bucket without a price at as_of keeps the price of its own time.
WITH
    chosen AS
    (
        SELECT
            t.task_id AS task_id, toString(t.workload) AS workload, t.case_id AS case_id, t.run_id AS run_id,
            t.success AS success, t.started_at AS began, t.ended_at AS ended,
            toString(t.change) AS change, toString(t.prompt_version) AS prompt_version
        FROM tasks AS t FINAL
        WHERE toDate(ended_at) BETWEEN toDate({from_:DateTime64(6,'UTC')}) AND toDate({to_:DateTime64(6,'UTC')})
          AND identity(ended_at) >= {from_:DateTime64(6,'UTC')} AND identity(ended_at) < {to_:DateTime64(6,'UTC')}
          AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, workload))
          AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, environment))
          AND (empty({changes:Array(String)}) OR arrayExists(c -> startsWith(t.change, c), {changes:Array(String)}))
          AND (empty({pull_requests:Array(String)}) OR has({pull_requests:Array(String)}, pull_request))
          AND (empty({prompt_versions:Array(String)}) OR has({prompt_versions:Array(String)}, prompt_version))
    ),
    booked AS
    (
        SELECT
            toString(book_version) AS book_version, price_row, toString(b.provider) AS provider, b.model AS model,
            toString(b.service_class) AS service_class, toString(b.region) AS region, above_input_tokens AS above,
            b.valid_from AS valid_from, b.valid_to AS valid_to,
            arrayMap(usd -> toFloat64(usd), [fresh_input_usd_per_mtok, cache_read_usd_per_mtok,
                cache_write_short_usd_per_mtok, cache_write_long_usd_per_mtok, output_usd_per_mtok]) AS prices
        FROM price_book AS b FINAL
    ),
    calls AS
    (
        SELECT
            multiIf(c.case_id != '', c.case_id, t.case_id != '', t.case_id, t.task_id) AS case,
            multiIf(c.run_id != '', c.run_id, t.run_id != '', t.run_id, c.trace_id != '', c.trace_id, t.task_id) AS run,
            toString(c.provider) AS provider,
            toString(if(c.response_model != '', c.response_model, c.request_model)) AS model,
            toString(c.service_class) AS service_class,
            ifNull(c.fresh_input_tokens, 0) AS fresh, ifNull(c.cache_read_tokens, 0) AS read,
            ifNull(c.cache_write_short_tokens, 0) AS short, ifNull(c.cache_write_long_tokens, 0) AS long,
            ifNull(c.output_tokens, 0) AS output,
            toDecimal128(c.list_cost_usd, 12) AS own_cost,
            ifNull(toDecimal128(c.fresh_input_cost_usd, 12), 0) AS fresh_own, ifNull(toDecimal128(c.cache_read_cost_usd, 12), 0) AS read_own,
            ifNull(toDecimal128(c.cache_write_cost_usd, 12), 0) AS write_own, ifNull(toDecimal128(c.output_cost_usd, 12), 0) AS output_own,
            ifNull(toDecimal128(c.tool_fee_usd, 12), 0) AS fees,
            trim(concat(o.region, if(o.above > 0, concat(' above ', toString(o.above)), ''))) AS price_tier,
            toFloat64(short) * ifNull(o.prices[3], 0) AS short_weight,
            toFloat64(long) * ifNull(o.prices[4], 0) AS long_weight,
            multiIf(long = 0, toDecimal128(0, 12), short = 0, write_own,
                toDecimal128(toFloat64(write_own) * if(short_weight + long_weight > 0, long_weight / (short_weight + long_weight), long / (short + long)), 12)) AS long_own,
            if(empty(o.prices), [1., 1., 1., 1., 1.], arrayMap((own, then) -> if(own > 0 AND isNotNull(then) AND own != then, then / own, 1.), o.prices, if(empty(f.prices), o.prices, f.prices))) AS change_of_price,
            arrayMap((usd, by) -> if(ifNull(by, 1) = 1, usd, toDecimal128(round(toFloat64(usd) * assumeNotNull(by), 12), 12)),
                [fresh_own, read_own, write_own - long_own, long_own, output_own], change_of_price) AS usd
        FROM chosen AS t
        INNER JOIN
        (
            SELECT * FROM llm_calls FINAL
            WHERE started_at >= (SELECT min(began) FROM chosen) AND started_at < {to_:DateTime64(6,'UTC')}
              AND list_cost_usd IS NOT NULL AND task_id IN (SELECT task_id FROM chosen)
        ) AS c ON c.task_id = t.task_id
        LEFT JOIN booked AS o ON o.book_version = c.price_book_version AND o.price_row = c.price_row
        LEFT JOIN
        (
            SELECT * FROM booked
            WHERE valid_from <= toDateTime({as_of:DateTime64(6,'UTC')}) AND valid_to > toDateTime({as_of:DateTime64(6,'UTC')})
        ) AS f ON f.book_version = o.book_version AND f.provider = o.provider AND f.model = o.model
            AND f.service_class = o.service_class AND f.region = o.region AND f.above = o.above
    )
SELECT
    case, run, provider, model, service_class, price_tier,
    count() AS calls,
    sum(fresh) AS fresh_input_tokens,
    sum(read) AS cache_read_tokens,
    sum(short) AS cache_write_short_tokens,
    sum(long) AS cache_write_long_tokens,
    sum(c.output) AS output_tokens,
    sum(usd[1]) AS fresh_input_usd,
    sum(usd[2]) AS cache_read_usd,
    sum(usd[3]) AS cache_write_short_usd,
    sum(usd[4]) AS cache_write_long_usd,
    sum(usd[5]) AS output_usd,
    sum(fees) AS tool_fees_usd,
    sum(usd[1] + usd[2] + usd[3] + usd[4] + usd[5] + fees) AS cost_usd,
    sum(assumeNotNull(own_cost)) AS own_cost_usd
FROM calls AS c
GROUP BY case, run, provider, model, service_class, price_tier
ORDER BY case, run, provider, model, service_class, price_tier
