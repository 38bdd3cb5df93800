-- purpose: what every combination of names cost in a window and in the times it is compared with
-- grain: one combination of workload, model, tier, agent, prompt version, change and tenant
-- params: from_ DateTime64(6,'UTC') start of the window; to_ DateTime64(6,'UTC') end, exclusive; base_froms Array(String) ISO times, starts of the times compared
--   with; base_tos Array(String) their ends;
--   base1_from, base1_to, base2_from, base2_to, base3_from, base3_to, base4_from, base4_to DateTime64(6,'UTC') the same
--   times, for pruning; the window where there are fewer;
--   workloads Array(String), models, agents, tiers, environments, tenants, prompt_versions, changes, task_ids
--   Array(String) likewise: empty = all
-- columns: workload text; model text; tier text; agent text; prompt_version text; change text; tenant text; now_usd
--   USD in the window; base_usd USD in all times compared with, unscaled; now_calls count; base_calls count;
--   now_unpriced count calls of unknown cost; base_unpriced count
-- tables: llm_calls
WITH
    arrayMap(moment -> parseDateTime64BestEffort(moment, 6, 'UTC'), {base_froms:Array(String)}) AS starts,
    arrayMap(moment -> parseDateTime64BestEffort(moment, 6, 'UTC'), {base_tos:Array(String)}) AS ends
SELECT
    toString(c.workload) AS workload, toString(if(c.response_model != '', c.response_model, c.request_model)) AS model,
    toString(c.tier) AS tier, toString(c.agent) AS agent, toString(c.prompt_version) AS prompt_version,
    toString(c.change) AS change, toString(c.tenant) AS tenant,
    sumIf(toFloat64(ifNull(c.list_cost_usd, 0)), c.started_at >= {from_:DateTime64(6,'UTC')} AND c.started_at < {to_:DateTime64(6,'UTC')}) AS now_usd,
    sumIf(toFloat64(ifNull(c.list_cost_usd, 0)), arrayExists((a, b) -> c.started_at >= a AND c.started_at < b, starts, ends)) AS base_usd,
    countIf(c.started_at >= {from_:DateTime64(6,'UTC')} AND c.started_at < {to_:DateTime64(6,'UTC')}) AS now_calls,
    countIf(arrayExists((a, b) -> c.started_at >= a AND c.started_at < b, starts, ends)) AS base_calls,
    countIf(c.list_cost_usd IS NULL AND c.pricing_status NOT IN ('free', 'not_billed') AND c.started_at >= {from_:DateTime64(6,'UTC')} AND c.started_at < {to_:DateTime64(6,'UTC')}) AS now_unpriced,
    countIf(c.list_cost_usd IS NULL AND c.pricing_status NOT IN ('free', 'not_billed') AND arrayExists((a, b) -> c.started_at >= a AND c.started_at < b, starts, ends)) AS base_unpriced
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
GROUP BY workload, model, tier, agent, prompt_version, change, tenant
ORDER BY greatest(now_usd, base_usd) DESC, workload, model, tier, agent, prompt_version, change, tenant
LIMIT 60000
