-- purpose: what tries at each tier cost and how often they were not good enough, as a table that takes its period and filters
-- grain: one row per workload and tier that has tries in cascades
-- reads: llm_calls
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
        toString(c.workload) AS workload,
        cascade_id,
        attempt IS NOT NULL AS is_try,
        ifNull(attempt, 0) AS number,
        toString(argMax(c.tier, started_at)) AS tier,
        max(escalated) AS was_escalated,
        max(c.abandoned) AS was_abandoned,
        countIf(list_cost_usd IS NULL AND pricing_status NOT IN ('free', 'not_billed')) > 0 AS no_price,
        toFloat64(sum(ifNull(list_cost_usd, toDecimal64(0, 12)))) AS usd,
        sum(duration_s) AS took_s
    FROM llm_calls AS c FINAL
    WHERE c.started_at >= {from_:DateTime64(6,'UTC')} AND c.started_at < {to_:DateTime64(6,'UTC')}
      AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, c.workload))
      AND (empty({models:Array(String)}) OR has({models:Array(String)}, if(c.response_model != '', c.response_model, c.request_model)))
      AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, c.agent))
      AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, c.environment))
      AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, c.tier))
      AND cascade_id != ''
    GROUP BY workload, task_id, cascade_id, is_try, number
)
GROUP BY workload, tier
