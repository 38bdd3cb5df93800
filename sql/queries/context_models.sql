-- purpose: how long the prompts of each model are, beside the length from which every token costs more
-- grain: one row per workload, agent, provider, model and service class
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all; models Array(String) empty = all; agents Array(String) empty = all;
--   environments Array(String) empty = all; tiers Array(String) empty = all
-- columns: workload text; agent text; provider text; model text; service_class text; calls count with input
--   reported; tasks count; p50_input Float64 tokens; p95_input Float64 tokens; max_input tokens; cliff
--   Nullable(UInt64) tokens above which the price book charges more, NULL when it names none; above count
--   calls above it; near count calls above four fifths of it; spend_above_usd USD of calls above it;
--   surcharge_usd Nullable(Float64) USD of that beyond the price below the cliff; spend_usd USD
-- tables: llm_calls, price_book, price_books
-- Levels are exact up to 8,192 calls a row and beyond that taken from as many, chosen by the hash of their start.
WITH steps AS
(
    SELECT
        p.provider AS provider,
        p.model AS model,
        toString(p.service_class) AS service_class,
        min(above_input_tokens) AS cliff,
        toFloat64(argMin(fresh_input_usd_per_mtok, above_input_tokens)) AS steep_fresh,
        toFloat64(argMin(output_usd_per_mtok, above_input_tokens)) AS steep_output
    FROM price_book AS p FINAL
    WHERE book_version = (SELECT argMax(version, loaded_at) FROM price_books)
      AND above_input_tokens > 0 AND valid_to > {from_:DateTime64(6,'UTC')}
    GROUP BY provider, model, service_class
),
flat AS
(
    SELECT
        p.provider AS provider,
        p.model AS model,
        toString(p.service_class) AS service_class,
        toFloat64(argMax(fresh_input_usd_per_mtok, valid_from)) AS fresh,
        toFloat64(argMax(output_usd_per_mtok, valid_from)) AS output
    FROM price_book AS p FINAL
    WHERE book_version = (SELECT argMax(version, loaded_at) FROM price_books) AND above_input_tokens = 0
    GROUP BY provider, model, service_class
),
cliffs AS
(
    SELECT steps.provider AS provider, steps.model AS model, steps.service_class AS service_class, steps.cliff AS cliff,
           1 - flat.fresh / steep_fresh AS input_part, 1 - flat.output / steep_output AS output_part
    FROM steps INNER JOIN flat ON flat.provider = steps.provider AND flat.model = steps.model AND flat.service_class = steps.service_class
)
SELECT
    calls.workload AS workload,
    calls.agent AS agent,
    calls.provider AS provider,
    calls.model AS model,
    calls.service_class AS service_class,
    count() AS calls,
    uniq(task_id) AS tasks,
    quantilesDeterministic(0.5, 0.95)(input, pick) AS levels_input,
    levels_input[1] AS p50_input,
    levels_input[2] AS p95_input,
    max(input) AS max_input,
    any(nullIf(cliffs.cliff, 0)) AS cliff,
    countIf(is_above) AS above,
    countIf(cliffs.cliff > 0 AND input > 0.8 * cliffs.cliff) AS near,
    sumIf(usd, is_above) AS spend_above_usd,
    if(cliff IS NULL, NULL, sumIf(input_usd * input_part + output_usd * output_part, is_above)) AS surcharge_usd,
    sum(usd) AS spend_usd
FROM
(
    SELECT
        toString(c.workload) AS workload,
        toString(c.agent) AS agent,
        toString(c.provider) AS provider,
        toString(if(c.response_model != '', c.response_model, c.request_model)) AS model,
        toString(c.service_class) AS service_class,
        c.task_id AS task_id,
        toUInt64(toUnixTimestamp64Micro(c.started_at)) AS pick,
        ifNull(fresh_input_tokens, 0) + ifNull(cache_read_tokens, 0) + ifNull(cache_write_short_tokens, 0) + ifNull(cache_write_long_tokens, 0) AS input,
        toFloat64(ifNull(c.list_cost_usd, toDecimal64(0, 12))) AS usd,
        toFloat64(ifNull(c.output_cost_usd, toDecimal64(0, 12))) AS output_usd,
        usd - output_usd AS input_usd
    FROM llm_calls AS c FINAL
    WHERE c.started_at >= {from_:DateTime64(6,'UTC')} AND c.started_at < {to_:DateTime64(6,'UTC')}
      AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, c.workload))
      AND (empty({models:Array(String)}) OR has({models:Array(String)}, if(c.response_model != '', c.response_model, c.request_model)))
      AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, c.agent))
      AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, c.environment))
      AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, c.tier))
      AND fresh_input_tokens IS NOT NULL
) AS calls
LEFT JOIN cliffs ON cliffs.provider = calls.provider AND cliffs.model = calls.model AND cliffs.service_class = calls.service_class
WHERE (cliffs.cliff > 0 AND input > cliffs.cliff AS is_above) OR 1
GROUP BY workload, agent, provider, model, service_class
ORDER BY spend_usd DESC, calls DESC
LIMIT 300
