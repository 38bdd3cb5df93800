-- purpose: how long the prompts of each model are, beside the length from which every token costs more
-- grain: one row per workload, agent, provider, model and service class
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all; models Array(String) empty = all; agents Array(String) empty = all;
--   environments Array(String) empty = all; tiers Array(String) empty = all; tenants Array(String)
--   empty = all
-- columns: workload text; agent text; provider text; model text; service_class text; calls count with input
--   reported; tasks count; p50_input Float64 tokens; p95_input Float64 tokens; max_input tokens; cliff
--   Nullable(UInt64) tokens above which the price book charges more, NULL when it names none; above count
--   calls above it; near count calls above four fifths of it; spend_above_usd USD of calls above it;
--   surcharge_usd Nullable(Float64) USD of that beyond the price below the cliff; spend_usd USD; priced
--   count of its calls with a known price
-- tables: call_levels, summed_buckets, llm_calls, price_book, price_books, model_alias

-- Levels are within 1 % of the value where calls of a settled hour are among them; else exact up to 8,192 calls a row,
-- and beyond that taken from as many, chosen by the hash of their start. Distinct counts are exact up to about two thousand.
-- Calls near a cliff are found among the calls themselves.
-- The steps of prices are looked up once (a scalar); a name that means a model of the book has the steps of that model.
WITH
(
    SELECT groupArray((provider, model, service_class, cliff, input_part, output_part))
    FROM
    (
        WITH own AS
        (
            WITH above_input_tokens > 0 AND valid_to > {from_:DateTime64(6,'UTC')} AS is_step
            SELECT
                toString(p.provider) AS provider,
                toString(p.model) AS model,
                toString(p.service_class) AS service_class,
                minIf(above_input_tokens, is_step) AS cliff,
                1 - argMaxIf(toFloat64(fresh_input_usd_per_mtok), valid_from, above_input_tokens = 0) / argMinIf(toFloat64(fresh_input_usd_per_mtok), above_input_tokens, is_step) AS input_part,
                1 - argMaxIf(toFloat64(output_usd_per_mtok), valid_from, above_input_tokens = 0) / argMinIf(toFloat64(output_usd_per_mtok), above_input_tokens, is_step) AS output_part
            FROM price_book AS p FINAL
            WHERE book_version = (SELECT argMax(version, loaded_at) FROM price_books)
            GROUP BY provider, model, service_class
            HAVING countIf(is_step) > 0 AND countIf(above_input_tokens = 0) > 0
        )
        SELECT provider, model, service_class, cliff, input_part, output_part FROM own
        UNION ALL
        SELECT toString(a.provider), toString(a.model), own.service_class, own.cliff, own.input_part, own.output_part
        FROM model_alias AS a FINAL
        INNER JOIN own ON own.provider = toString(a.book_provider) AND own.model = a.book_model
        WHERE (toString(a.provider), a.model) NOT IN (SELECT provider, model FROM own)
    )
) AS found_steps,
cliffs AS
(
    SELECT step.1 AS provider, step.2 AS model, step.3 AS service_class, step.4 AS cliff, step.5 AS input_part, step.6 AS output_part
    FROM (SELECT arrayJoin(found_steps) AS step)
),
-- Days and hours whose sums show no call near the step of its model: their calls need not be looked at.
short_days AS
(
    SELECT bucket
    FROM call_levels AS l
    LEFT JOIN cliffs AS s ON s.provider = toString(l.provider) AND s.model = toString(l.model) AND s.service_class = toString(l.service_class)
    WHERE bucket_s = 86400 AND bucket >= toStartOfDay({from_:DateTime64(6,'UTC')}) AND bucket < {to_:DateTime64(6,'UTC')}
      AND (bucket, version) IN (SELECT bucket, sums FROM summed_buckets FINAL WHERE basis = 'start' AND bucket_s = 86400 AND identity(sums) > 0)
    GROUP BY bucket
    HAVING countIf(s.cliff > 0 AND max_input_tokens > 0.8 * s.cliff) = 0
),
short_hours AS
(
    SELECT bucket
    FROM call_levels AS l
    LEFT JOIN cliffs AS s ON s.provider = toString(l.provider) AND s.model = toString(l.model) AND s.service_class = toString(l.service_class)
    WHERE bucket_s = 3600 AND bucket >= {from_:DateTime64(6,'UTC')} AND bucket < {to_:DateTime64(6,'UTC')}
      AND toStartOfDay(bucket) NOT IN (SELECT bucket FROM short_days)
      AND (bucket, version) IN (SELECT bucket, sums FROM summed_buckets FINAL WHERE basis = 'start' AND bucket_s = 3600 AND identity(sums) > 0)
    GROUP BY bucket
    HAVING countIf(s.cliff > 0 AND max_input_tokens > 0.8 * s.cliff) = 0
),
long AS
(
    SELECT
        toString(c.workload) AS workload, toString(c.agent) AS agent, toString(c.provider) AS provider, toString(c.model) AS model, toString(c.service_class) AS service_class,
        countIf(c.input > cliffs.cliff) AS above,
        countIf(c.input > 0.8 * cliffs.cliff) AS near,
        toFloat64(sumIf(c.usd, c.input > cliffs.cliff)) AS spend_above_usd,
        sumIf(toFloat64(c.usd - c.output_usd) * input_part + toFloat64(c.output_usd) * output_part, c.input > cliffs.cliff) AS surcharge_usd
    FROM call_facts AS c
    INNER JOIN cliffs ON cliffs.provider = c.provider AND cliffs.model = c.model AND cliffs.service_class = c.service_class
    WHERE c.started_at >= {from_:DateTime64(6,'UTC')} AND c.started_at < {to_:DateTime64(6,'UTC')}
      AND toStartOfMinute(c.started_at) IN
      (
          SELECT toDateTime(m * 60, 'UTC') AS minute
          FROM (SELECT arrayJoin(range(toUInt32(intDiv(toUnixTimestamp({from_:DateTime64(6,'UTC')}), 60)), toUInt32(intDiv(toUnixTimestamp({to_:DateTime64(6,'UTC')}), 60)) + 1)) AS m)
          WHERE toStartOfHour(minute) NOT IN (SELECT bucket FROM short_hours) AND toStartOfDay(minute) NOT IN (SELECT bucket FROM short_days)
      )
      AND c.input > (SELECT if(count() = 0, 1e18, 0.8 * min(cliff)) FROM cliffs)
      AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, c.workload))
      AND (empty({models:Array(String)}) OR has({models:Array(String)}, c.model))
      AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, c.agent))
      AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, c.environment))
      AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, c.tier))
      AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, c.tenant))
    GROUP BY workload, agent, provider, model, service_class
),
known AS
(
    SELECT
        toString(c.workload) AS workload, toString(c.agent) AS agent, toString(c.provider) AS provider, toString(c.model) AS model, toString(c.service_class) AS service_class,
        sum(c.input_known_calls) AS calls,
        uniqCombined64Merge(14)(c.tasks) AS tasks,
        if(sum(c.calls) = sum(loose_calls), quantilesDeterministicMerge(0.05, 0.5, 0.95, 0.99)(input_tokens_exact), quantilesDDMerge(0.01, 0.05, 0.5, 0.95, 0.99)(input_tokens)) AS levels_input,
        max(c.max_input_tokens) AS max_input,
        sum(c.calls) - sum(unpriced_calls) AS priced,
        toFloat64(sum(c.list_cost_usd)) AS spend_usd
    FROM call_levels_in(froms = [{from_:DateTime64(6,'UTC')}], tos = [{to_:DateTime64(6,'UTC')}], longest_s = 86400, tenants = {tenants:Array(String)}) AS c
    WHERE (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, c.workload))
      AND (empty({models:Array(String)}) OR has({models:Array(String)}, c.model))
      AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, c.agent))
      AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, c.environment))
      AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, c.tier))
    GROUP BY workload, agent, provider, model, service_class
    HAVING calls > 0
    ORDER BY spend_usd DESC, calls DESC
    LIMIT 300
)
SELECT
    k.workload AS workload, k.agent AS agent, k.provider AS provider, k.model AS model, k.service_class AS service_class,
    k.calls AS calls, k.tasks AS tasks, levels_input[2] AS p50_input, levels_input[3] AS p95_input, k.max_input AS max_input,
    nullIf(s.cliff, 0) AS cliff,
    l.above AS above, l.near AS near, l.spend_above_usd AS spend_above_usd,
    if(cliff IS NULL, NULL, l.surcharge_usd) AS surcharge_usd,
    k.spend_usd AS spend_usd,
    k.priced AS priced
FROM known AS k
LEFT JOIN cliffs AS s ON s.provider = k.provider AND s.model = k.model AND s.service_class = k.service_class
LEFT JOIN long AS l ON l.workload = k.workload AND l.agent = k.agent AND l.provider = k.provider AND l.model = k.model AND l.service_class = k.service_class
ORDER BY spend_usd DESC, calls DESC
