-- purpose: what the calls of a slice used and cost, in a window and in the times it is compared with: both sides of a bridge
-- grain: one row per side, workload, provider, model, service class and price tier
-- params: from_ DateTime64(6,'UTC') start of the window; to_ DateTime64(6,'UTC') end, exclusive;
--   base1_from, base1_to, base2_from, base2_to, base3_from, base3_to, base4_from, base4_to DateTime64(6,'UTC') the times
--   compared with, none of which overlaps the window; the window itself where there are fewer;
--   workloads Array(String), environments, tenants, prompt_versions, changes, task_ids Array(String) tasks and calls of
--   these, empty = all; models, agents, tiers Array(String) calls of these; new_prompt_versions Array(String),
--   new_changes Array(String) likewise, in the window alone: what is new replaced others
-- columns: side UInt8 0 = window, 1 = times compared with; unit text the workload; run text empty; tasks count of those
--   that ended, at least 1; provider text; model text; service_class text; price_tier text, region and prompt length that
--   set the price, empty = the ordinary one;
--   calls count, priced ones; fresh_input_tokens tokens; cache_read_tokens tokens; cache_write_short_tokens
--   tokens; cache_write_long_tokens tokens; output_tokens tokens, all of priced calls; fresh_input_usd
--   Decimal(38,12); cache_read_usd Decimal(38,12); cache_write_short_usd Decimal(38,12); cache_write_long_usd
--   Decimal(38,12); output_usd Decimal(38,12); tool_fees_usd Decimal(38,12); cost_usd Decimal(38,12) their
--   exact sum; unpriced_calls count
-- tables: llm_calls, tasks, price_book

-- The cost of a cache write is stored as one amount; it is split by what short and long writes cost in the book.
WITH
    ended AS
    (
        SELECT
            toString(workload) AS unit, NOT (t.ended_at >= {from_:DateTime64(6,'UTC')} AND t.ended_at < {to_:DateTime64(6,'UTC')}) AS side,
            countIf(
                side = 1
                OR (empty({new_prompt_versions:Array(String)}) OR has({new_prompt_versions:Array(String)}, t.prompt_version))
                AND (empty({new_changes:Array(String)}) OR has({new_changes:Array(String)}, t.change))) AS tasks
        FROM tasks AS t FINAL
        WHERE (toDate(ended_at) BETWEEN toDate({from_:DateTime64(6,'UTC')}) AND toDate({to_:DateTime64(6,'UTC')})
              OR toDate(ended_at) BETWEEN toDate({base1_from:DateTime64(6,'UTC')}) AND toDate({base1_to:DateTime64(6,'UTC')})
              OR toDate(ended_at) BETWEEN toDate({base2_from:DateTime64(6,'UTC')}) AND toDate({base2_to:DateTime64(6,'UTC')})
              OR toDate(ended_at) BETWEEN toDate({base3_from:DateTime64(6,'UTC')}) AND toDate({base3_to:DateTime64(6,'UTC')})
              OR toDate(ended_at) BETWEEN toDate({base4_from:DateTime64(6,'UTC')}) AND toDate({base4_to:DateTime64(6,'UTC')}))
          AND (identity(ended_at) >= {from_:DateTime64(6,'UTC')} AND identity(ended_at) < {to_:DateTime64(6,'UTC')}
          OR identity(ended_at) >= {base1_from:DateTime64(6,'UTC')} AND identity(ended_at) < {base1_to:DateTime64(6,'UTC')}
          OR identity(ended_at) >= {base2_from:DateTime64(6,'UTC')} AND identity(ended_at) < {base2_to:DateTime64(6,'UTC')}
          OR identity(ended_at) >= {base3_from:DateTime64(6,'UTC')} AND identity(ended_at) < {base3_to:DateTime64(6,'UTC')}
          OR identity(ended_at) >= {base4_from:DateTime64(6,'UTC')} AND identity(ended_at) < {base4_to:DateTime64(6,'UTC')})
          AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, workload))
          AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, environment))
          AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, tenant))
          AND (empty({prompt_versions:Array(String)}) OR has({prompt_versions:Array(String)}, prompt_version))
          AND (empty({changes:Array(String)}) OR has({changes:Array(String)}, change))
          AND (empty({task_ids:Array(String)}) OR has({task_ids:Array(String)}, task_id))
        GROUP BY unit, side
    ),
    booked AS
    (
        SELECT
            toString(book_version) AS book_version, price_row, toString(region) AS region, above_input_tokens AS above,
            cache_write_short_usd_per_mtok AS write_short, cache_write_long_usd_per_mtok AS write_long
        FROM price_book FINAL
    ),
    sums AS
    (
        SELECT
            side, toString(any(c.workload)) AS unit, toString(any(c.provider)) AS provider,
            toString(any(if(c.response_model != '', c.response_model, c.request_model))) AS model,
            toString(any(c.service_class)) AS service_class, toString(any(c.price_book_version)) AS book_version, toString(any(c.price_row)) AS price_row,
            countIf(priced) AS calls,
            ifNull(sumIf(c.fresh_input_tokens, priced), 0) AS fresh, ifNull(sumIf(c.cache_read_tokens, priced), 0) AS read,
            ifNull(sumIf(c.cache_write_short_tokens, priced), 0) AS short, ifNull(sumIf(c.cache_write_long_tokens, priced), 0) AS long, ifNull(sumIf(c.output_tokens, priced), 0) AS output,
            ifNull(sumIf(c.fresh_input_cost_usd, priced), 0) AS fresh_usd, ifNull(sumIf(c.cache_read_cost_usd, priced), 0) AS read_usd,
            ifNull(sumIf(c.cache_write_cost_usd, priced), 0) AS write_usd, ifNull(sumIf(c.output_cost_usd, priced), 0) AS output_usd,
            ifNull(sumIf(c.tool_fee_usd, priced), 0) AS fee_usd, ifNull(sum(c.list_cost_usd), 0) AS cost,
            countIf(NOT priced AND c.pricing_status NOT IN ('free', 'not_billed')) AS unpriced
        FROM
        (
            SELECT *,
                NOT (c.started_at >= {from_:DateTime64(6,'UTC')} AND c.started_at < {to_:DateTime64(6,'UTC')}) AS side,
                isNotNull(c.list_cost_usd) AS priced
            FROM llm_calls AS c FINAL
            WHERE (c.started_at >= {from_:DateTime64(6,'UTC')} AND c.started_at < {to_:DateTime64(6,'UTC')}
            OR c.started_at >= {base1_from:DateTime64(6,'UTC')} AND c.started_at < {base1_to:DateTime64(6,'UTC')}
            OR c.started_at >= {base2_from:DateTime64(6,'UTC')} AND c.started_at < {base2_to:DateTime64(6,'UTC')}
            OR c.started_at >= {base3_from:DateTime64(6,'UTC')} AND c.started_at < {base3_to:DateTime64(6,'UTC')}
            OR c.started_at >= {base4_from:DateTime64(6,'UTC')} AND c.started_at < {base4_to:DateTime64(6,'UTC')})
              AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, c.workload))
              AND (empty({models:Array(String)}) OR has({models:Array(String)}, if(c.response_model != '', c.response_model, c.request_model)))
              AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, c.agent))
              AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, c.tier))
              AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, c.environment))
              AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, c.tenant))
              AND (empty({prompt_versions:Array(String)}) OR has({prompt_versions:Array(String)}, c.prompt_version))
              AND (empty({changes:Array(String)}) OR has({changes:Array(String)}, c.change))
              AND (empty({task_ids:Array(String)}) OR has({task_ids:Array(String)}, c.task_id))
              AND (side = 1
                  OR (empty({new_prompt_versions:Array(String)}) OR has({new_prompt_versions:Array(String)}, c.prompt_version))
                  AND (empty({new_changes:Array(String)}) OR has({new_changes:Array(String)}, c.change)))
        ) AS c
        GROUP BY side, cityHash64(
            cityHash64(c.workload), cityHash64(c.provider), cityHash64(if(c.response_model != '', c.response_model, c.request_model)),
            cityHash64(c.service_class), cityHash64(c.price_book_version), cityHash64(c.price_row))
    ),
    cells AS
    (
        SELECT
            s.*, trim(concat(p.region, if(p.above > 0, concat(' above ', toString(p.above)), ''))) AS price_tier,
            toFloat64(s.short) * toFloat64(ifNull(p.write_short, 0)) AS short_weight, toFloat64(s.long) * toFloat64(ifNull(p.write_long, 0)) AS long_weight,
            multiIf(s.long = 0, toDecimal128(0, 12), s.short = 0, toDecimal128(s.write_usd, 12),
                toDecimal128(toFloat64(s.write_usd) * if(short_weight + long_weight > 0, long_weight / (short_weight + long_weight), s.long / (s.short + s.long)), 12)) AS long_usd
        FROM sums AS s
        LEFT JOIN booked AS p ON p.book_version = s.book_version AND p.price_row = s.price_row
    )
SELECT
    toUInt8(c.side) AS side, c.unit AS unit, '' AS run, greatest(1, any(e.tasks)) AS tasks,
    c.provider AS provider, c.model AS model, c.service_class AS service_class, c.price_tier AS price_tier,
    sum(c.calls) AS calls,
    sum(c.fresh) AS fresh_input_tokens, sum(c.read) AS cache_read_tokens,
    sum(c.short) AS cache_write_short_tokens, sum(c.long) AS cache_write_long_tokens, sum(c.output) AS output_tokens,
    sum(c.fresh_usd) AS fresh_input_usd, sum(c.read_usd) AS cache_read_usd,
    sum(c.write_usd - c.long_usd) AS cache_write_short_usd, sum(c.long_usd) AS cache_write_long_usd,
    sum(c.output_usd) AS output_usd, sum(c.fee_usd) AS tool_fees_usd, sum(c.cost) AS cost_usd,
    sum(c.unpriced) AS unpriced_calls
FROM cells AS c
LEFT JOIN ended AS e ON e.unit = c.unit AND e.side = c.side
GROUP BY side, unit, provider, model, service_class, price_tier
ORDER BY side, unit, provider, model, service_class, price_tier
