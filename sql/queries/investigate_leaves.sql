-- purpose: what every combination of names cost in a window and in the times it is compared with
-- grain: one combination of workload, model, tier, agent, prompt version, change and tenant; where there are over 50,000,
--   versions and changes that cost something before are one, (as before), and all but the 50 dearest tenants, (other)
-- params: from_ DateTime64(6,'UTC') start of the window; to_ DateTime64(6,'UTC') end, exclusive;
--   base1_from, base1_to, base2_from, base2_to, base3_from, base3_to, base4_from, base4_to DateTime64(6,'UTC') the times
--   compared with, none of which overlaps the window; the window itself where there are fewer;
--   workloads Array(String), models, agents, tiers, environments, tenants, prompt_versions, changes, task_ids
--   Array(String) likewise: empty = all
-- columns: workload text; model text; tier text; agent text; prompt_version text; change text; tenant text; now_usd
--   USD in the window; base_usd USD in all times compared with, unscaled; now_calls count; base_calls count;
--   now_unpriced count calls of unknown cost; base_unpriced count; now_repriced count calls whose price was revised
-- tables: call_sums, llm_calls

SELECT
    workload, model, tier, agent,
    if(is_much AND version_base > 0, '(as before)', leaf_version) AS prompt_version, if(is_much AND change_base > 0, '(as before)', leaf_change) AS change,
    if(is_much AND tenant_place > 50, '(other)', leaf_tenant) AS tenant,
    sum(leaf_now_usd) AS now_usd, sum(leaf_base_usd) AS base_usd, sum(leaf_now_calls) AS now_calls, sum(leaf_base_calls) AS base_calls,
    sum(leaf_now_unpriced) AS now_unpriced, sum(leaf_base_unpriced) AS base_unpriced, sum(leaf_now_repriced) AS now_repriced
FROM
(
    SELECT *, count() OVER () > 50000 AS is_much, dense_rank() OVER (ORDER BY tenant_usd DESC, leaf_tenant) AS tenant_place
    FROM
    (
        SELECT *,
            sum(leaf_base_usd) OVER (PARTITION BY workload, leaf_version) AS version_base, sum(leaf_base_usd) OVER (PARTITION BY workload, leaf_change) AS change_base,
            sum(4 * leaf_now_usd + leaf_base_usd) OVER (PARTITION BY leaf_tenant) AS tenant_usd
        FROM
        (
            SELECT
                toString(c.workload) AS workload, toString(c.model) AS model, toString(c.tier) AS tier, toString(c.agent) AS agent,
                toString(c.prompt_version) AS leaf_version, toString(c.change) AS leaf_change, toString(c.tenant) AS leaf_tenant,
                toFloat64(sumIf(c.list_cost_usd, bitTest(c.windows, 0))) AS leaf_now_usd, toFloat64(sumIf(c.list_cost_usd, NOT bitTest(c.windows, 0))) AS leaf_base_usd,
                sumIf(c.calls, bitTest(c.windows, 0)) AS leaf_now_calls, sumIf(c.calls, NOT bitTest(c.windows, 0)) AS leaf_base_calls,
                sumIf(c.unpriced_calls, bitTest(c.windows, 0)) AS leaf_now_unpriced, sumIf(c.unpriced_calls, NOT bitTest(c.windows, 0)) AS leaf_base_unpriced,
                sumIf(c.repriced_calls, bitTest(c.windows, 0)) AS leaf_now_repriced
            FROM call_sums_in(
                froms = [{from_:DateTime64(6,'UTC')}, {base1_from:DateTime64(6,'UTC')}, {base2_from:DateTime64(6,'UTC')}, {base3_from:DateTime64(6,'UTC')}, {base4_from:DateTime64(6,'UTC')}],
                tos = [{to_:DateTime64(6,'UTC')}, {base1_to:DateTime64(6,'UTC')}, {base2_to:DateTime64(6,'UTC')}, {base3_to:DateTime64(6,'UTC')}, {base4_to:DateTime64(6,'UTC')}],
                longest_s = if(empty({task_ids:Array(String)}), 86400, 0)) AS c
            WHERE (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, c.workload))
              AND (empty({models:Array(String)}) OR has({models:Array(String)}, c.model))
              AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, c.agent))
              AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, c.tier))
              AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, c.environment))
              AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, c.tenant))
              AND (empty({prompt_versions:Array(String)}) OR has({prompt_versions:Array(String)}, c.prompt_version))
              AND (empty({changes:Array(String)}) OR has({changes:Array(String)}, c.change))
              -- Sums know no tasks; asked for some, every call is read by itself, and its own task is its dearest.
              AND (empty({task_ids:Array(String)}) OR has({task_ids:Array(String)}, c.dearest_task))
            GROUP BY workload, model, tier, agent, leaf_version, leaf_change, leaf_tenant
        )
    )
)
GROUP BY workload, model, tier, agent, prompt_version, change, tenant
ORDER BY greatest(now_usd, base_usd) DESC, workload, model, tier, agent, prompt_version, change, tenant
LIMIT 60000
