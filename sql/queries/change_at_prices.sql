-- purpose: what tasks under each commit, pull request or prompt version cost at the prices of one moment, by day
-- grain: one row per value and UTC day of the tasks' end
-- params: from_ DateTime64(6,'UTC') start, inclusive; to_ DateTime64(6,'UTC') end, exclusive; kind text change,
--   pull_request or prompt_version; workload text; values_ Array(String) the values to compare; as_of
--   DateTime64(6,'UTC') the moment whose prices hold for every call;
--   tenants Array(String) empty = all
-- columns: value text; day Date; priced_tasks count; own_usd USD at the prices of each call's own time; cost_usd USD at
--   the prices of as_of; log_mean mean natural logarithm of the cost of tasks above $0 at the prices of as_of;
--   log_variance its sample variance, NaN for one task; log_tasks count above $0
-- tables: tasks, llm_calls, price_book

-- Bounds as in change_days. A bucket without a price at as_of keeps the price of its own time, as in gate_cells.
WITH
    chosen AS
    (
        SELECT
            t.task_id AS task_id,
            multiIf({kind:String} = 'change', toString(t.change), {kind:String} = 'pull_request', toString(t.pull_request), toString(t.prompt_version)) AS value,
            toDate(ended_at) AS day, t.started_at AS began
        FROM tasks AS t FINAL
        WHERE toDate(ended_at) BETWEEN toDate({from_:DateTime64(6,'UTC')}) AND toDate({to_:DateTime64(6,'UTC')})
          AND identity(ended_at) >= {from_:DateTime64(6,'UTC')} AND identity(ended_at) < {to_:DateTime64(6,'UTC')}
          AND t.workload = {workload:String} AND has({values_:Array(String)}, value) AND t.unpriced_calls = 0
          AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, t.tenant))
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
    changed AS
    (
        SELECT o.book_version AS book_version, o.price_row AS price_row,
            arrayMap((own, then) -> if(own > 0 AND isNotNull(then), then / own, 1.), o.prices, f.prices) AS factors
        FROM booked AS o
        INNER JOIN
        (
            SELECT * FROM booked
            WHERE valid_from <= toDateTime({as_of:DateTime64(6,'UTC')}) AND valid_to > toDateTime({as_of:DateTime64(6,'UTC')})
        ) AS f ON f.book_version = o.book_version AND f.provider = o.provider AND f.model = o.model
            AND f.service_class = o.service_class AND f.region = o.region AND f.above = o.above
        WHERE arrayExists(factor -> factor != 1, factors)
    ),
    costs AS
    (
        SELECT
            c.task_id AS task_id,
            sum(toFloat64(assumeNotNull(list_cost_usd))) AS own_usd,
            sum(toFloat64(assumeNotNull(list_cost_usd)) + if(empty(n.factors), 0,
                toFloat64(ifNull(fresh_input_cost_usd, 0)) * (assumeNotNull(n.factors[1]) - 1)
                + toFloat64(ifNull(cache_read_cost_usd, 0)) * (assumeNotNull(n.factors[2]) - 1)
                + toFloat64(ifNull(cache_write_cost_usd, 0)) * (assumeNotNull(n.factors[if(ifNull(cache_write_long_tokens, 0) > ifNull(cache_write_short_tokens, 0), 4, 3)]) - 1)
                + toFloat64(ifNull(output_cost_usd, 0)) * (assumeNotNull(n.factors[5]) - 1))) AS then_usd
        FROM llm_calls AS c FINAL
        LEFT JOIN changed AS n ON n.book_version = toString(c.price_book_version) AND n.price_row = toString(c.price_row)
        WHERE started_at >= (SELECT min(began) FROM chosen) AND started_at < {to_:DateTime64(6,'UTC')}
          AND list_cost_usd IS NOT NULL AND task_id IN (SELECT task_id FROM chosen)
        GROUP BY task_id
    )
SELECT
    t.value AS value,
    t.day AS day,
    count() AS priced_tasks,
    sum(c.own_usd) AS own_usd,
    sum(c.then_usd) AS cost_usd,
    avgIf(log(then_usd), then_usd > 0) AS log_mean,
    varSampIf(log(then_usd), then_usd > 0) AS log_variance,
    countIf(then_usd > 0) AS log_tasks
FROM chosen AS t
INNER JOIN costs AS c ON c.task_id = t.task_id
GROUP BY value, day
ORDER BY value, day
