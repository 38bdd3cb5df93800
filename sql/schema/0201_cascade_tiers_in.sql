-- purpose: what tries at each tier cost and how often they were not good enough, as a table that takes its period and filters
-- grain: one row per workload and tier that has tries in cascades
-- reads: settled_calls, llm_calls
CREATE VIEW IF NOT EXISTS cascade_tiers_in AS
SELECT
    workload,
    tier,
    countIf(is_try) AS attempts,
    countIf(is_try AND was_escalated) AS escalated,
    countIf(is_try AND was_abandoned) AS abandoned,
    countIf(is_try AND no_price) AS unpriced,
    sumIf(usd, is_try) AS spend_usd,
    sumIf(usd, is_try AND was_abandoned) AS abandoned_usd,
    avgOrNullIf(usd, is_try AND NOT no_price) AS mean_usd,
    quantileExactInclusiveOrNullIf(0.95)(usd, is_try AND NOT no_price) AS p95_usd,
    sumIf(usd, NOT is_try) AS check_usd,
    avgOrNullIf(took_s, is_try) AS wait_s
FROM
(
    SELECT
        -- One number as a key: grouping by text and number takes twice as long. The cascade is a hash already;
        -- hashing names is cheap a name, and dear where it is one of several arguments: then a row.
        bitXor(bitXor(c.cascade, cityHash64(c.workload)), intHash64(ifNull(toUInt32(c.attempt), 65536))) AS try,
        toString(any(c.workload)) AS workload,
        any(attempt IS NOT NULL) AS is_try,
        toString(argMax(c.tier, started_at)) AS tier,
        max(escalated) AS was_escalated,
        max(c.abandoned) AS was_abandoned,
        max(is_unpriced) AS no_price,
        toFloat64(sum(ifNull(list_cost_usd, toDecimal64(0, 12)))) AS usd,
        sum(duration_s) AS took_s
    FROM cascade_calls_in(from_ = {from_:DateTime64(6,'UTC')}, to_ = {to_:DateTime64(6,'UTC')}) AS c
    WHERE (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, c.workload))
      AND (empty({models:Array(String)}) OR has({models:Array(String)}, c.model))
      AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, c.agent))
      AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, c.environment))
      AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, c.tier))
      AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, c.tenant))
      AND cascade != 0
    GROUP BY try
)
GROUP BY workload, tier
