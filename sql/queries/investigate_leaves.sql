-- purpose: what every combination of names cost in a window and in the times it is compared with
-- grain: one combination of workload, model, tier, agent, prompt version, change and tenant; beyond the 50,000 dearest,
--   agents and tenants are one, (other)
-- params: from_ DateTime64(6,'UTC') start of the window; to_ DateTime64(6,'UTC') end, exclusive;
--   base1_from, base1_to, base2_from, base2_to, base3_from, base3_to, base4_from, base4_to DateTime64(6,'UTC') the times
--   compared with, none of which overlaps the window; the window itself where there are fewer;
--   workloads Array(String), models, agents, tiers, environments, tenants, prompt_versions, changes, task_ids
--   Array(String) likewise: empty = all
-- columns: workload text; model text; tier text; agent text; prompt_version text; change text; tenant text; now_usd
--   USD in the window; base_usd USD in all times compared with, unscaled; now_calls count; base_calls count;
--   now_unpriced count calls of unknown cost; base_unpriced count; now_repriced count calls whose price was revised
-- tables: llm_calls

-- Names are grouped by one number of all of them: hashing seven texts a row would cost more than the rest.
SELECT
    workload, model, tier, if(is_small, '(other)', leaf_agent) AS agent, prompt_version, change, if(is_small, '(other)', leaf_tenant) AS tenant,
    sum(leaf_now_usd) AS now_usd, sum(leaf_base_usd) AS base_usd, sum(leaf_now_calls) AS now_calls, sum(leaf_base_calls) AS base_calls,
    sum(leaf_now_unpriced) AS now_unpriced, sum(leaf_base_unpriced) AS base_unpriced, sum(leaf_now_repriced) AS now_repriced
FROM
(
    SELECT *, row_number() OVER (ORDER BY greatest(4 * leaf_now_usd, leaf_base_usd) DESC, workload, model, tier, leaf_agent, prompt_version, change, leaf_tenant) > 50000 AS is_small
    FROM
    (
        SELECT
            toString(any(c.workload)) AS workload, toString(any(if(c.response_model != '', c.response_model, c.request_model))) AS model,
            toString(any(c.tier)) AS tier, toString(any(c.agent)) AS leaf_agent, toString(any(c.prompt_version)) AS prompt_version,
            toString(any(c.change)) AS change, toString(any(c.tenant)) AS leaf_tenant,
            ifNull(sumIf(toFloat64(c.list_cost_usd), c.is_now), 0) AS leaf_now_usd, ifNull(sumIf(toFloat64(c.list_cost_usd), NOT c.is_now), 0) AS leaf_base_usd,
            countIf(c.is_now) AS leaf_now_calls, countIf(NOT c.is_now) AS leaf_base_calls,
            countIf(c.is_unpriced AND c.is_now) AS leaf_now_unpriced, countIf(c.is_unpriced AND NOT c.is_now) AS leaf_base_unpriced,
            countIf(c.is_repriced AND c.is_now) AS leaf_now_repriced
        FROM
        (
            SELECT *,
                c.started_at >= {from_:DateTime64(6,'UTC')} AND c.started_at < {to_:DateTime64(6,'UTC')} AS is_now,
                c.list_cost_usd IS NULL AND c.pricing_status NOT IN ('free', 'not_billed') AS is_unpriced,
                ifNull(c.original_cost_usd != c.list_cost_usd, false) AS is_repriced
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
        ) AS c
        GROUP BY cityHash64(
            cityHash64(c.workload), cityHash64(if(c.response_model != '', c.response_model, c.request_model)), cityHash64(c.tier),
            cityHash64(c.agent), cityHash64(c.prompt_version), cityHash64(c.change), cityHash64(c.tenant))
    )
)
GROUP BY workload, model, tier, agent, prompt_version, change, tenant
ORDER BY greatest(now_usd, base_usd) DESC, workload, model, tier, agent, prompt_version, change, tenant
LIMIT 60000
