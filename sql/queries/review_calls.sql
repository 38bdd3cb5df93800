-- purpose: where the calls of two weeks went: the leaves from which slices, caches, batches and data
--   quality are read
-- grain: one row per workload, agent, role, provider, model, tier, service class, latency class, prompt
--   version, change and tenant
-- params: previous_from DateTime64(6,'UTC') start of the comparison period, inclusive; from_
--   DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive; workloads
--   Array(String) empty = all; tenants Array(String) empty = all
-- columns: workload text; agent text; agent_role text; provider text; model text; tier text; service_class
--   text; latency_class text; prompt_version text; change text; tenant text the 50 dearest, else other; calls
--   count this week; calls_before count the week before; spend_usd USD this week; before_usd USD the week
--   before; unpriced count this week; fallback count this week priced in the provider's standard context;
--   reported_usd USD that emitters said this week; reported_list_usd USD at list of the same calls; fresh
--   tokens this week of calls that report a cache count; cache_read tokens this week; cache_write tokens this
--   week; cache_read_before tokens; cache_known_before tokens all input; read_usd USD this week; write_usd
--   USD this week; input_usd USD this week; output_usd USD this week; input tokens this week;
--   fresh_usd_per_token Nullable(Float64) USD; dearest_task text task with the dearest call this week
-- tables: call_sums, llm_calls

WITH leaves AS
(
    SELECT
        toString(c.workload) AS workload, toString(c.agent) AS agent, toString(c.agent_role) AS agent_role, toString(c.provider) AS provider,
        toString(c.model) AS model, toString(c.tier) AS tier, toString(c.service_class) AS service_class, toString(c.latency_class) AS latency_class,
        toString(c.prompt_version) AS prompt_version, toString(c.change) AS change, toString(c.tenant) AS named_tenant,
        sumIf(c.calls, bitTest(windows, 0)) AS calls,
        sumIf(c.calls, NOT bitTest(windows, 0)) AS calls_before,
        toFloat64(sumIf(list_cost_usd, bitTest(windows, 0))) AS spend_usd,
        toFloat64(sumIf(list_cost_usd, NOT bitTest(windows, 0))) AS before_usd,
        sumIf(unpriced_calls, bitTest(windows, 0)) AS unpriced,
        sumIf(fallback_calls, bitTest(windows, 0)) AS fallback,
        toFloat64(sumIf(reported_cost_usd, bitTest(windows, 0))) AS reported_usd,
        toFloat64(sumIf(reported_list_cost_usd, bitTest(windows, 0))) AS reported_list_usd,
        sumIf(cache_known_fresh_tokens, bitTest(windows, 0)) AS fresh,
        sumIf(cache_read_tokens, bitTest(windows, 0)) AS cache_read,
        sumIf(cache_write_short_tokens + cache_write_long_tokens, bitTest(windows, 0)) AS cache_write,
        sumIf(cache_read_tokens, NOT bitTest(windows, 0)) AS cache_read_before,
        sumIf(cache_known_input_tokens, NOT bitTest(windows, 0)) AS cache_known_before,
        toFloat64(sumIf(cache_read_cost_usd, bitTest(windows, 0))) AS read_usd,
        toFloat64(sumIf(cache_write_cost_usd, bitTest(windows, 0))) AS write_usd,
        toFloat64(sumIf(fresh_input_cost_usd + cache_read_cost_usd + cache_write_cost_usd, bitTest(windows, 0))) AS input_usd,
        toFloat64(sumIf(output_cost_usd, bitTest(windows, 0))) AS output_usd,
        sumIf(fresh_input_tokens + cache_read_tokens + cache_write_short_tokens + cache_write_long_tokens, bitTest(windows, 0)) AS input,
        toFloat64(sum(paid_fresh_usd)) AS paid_usd,
        sum(paid_fresh_tokens) AS paid_tokens,
        argMaxIf(c.dearest_task, c.dearest_usd, bitTest(windows, 0)) AS dearest_task,
        maxIf(c.dearest_usd, bitTest(windows, 0)) AS dearest_usd
    FROM call_sums_in(froms = [{from_:DateTime64(6,'UTC')}, {previous_from:DateTime64(6,'UTC')}], tos = [{to_:DateTime64(6,'UTC')}, {from_:DateTime64(6,'UTC')}], longest_s = 86400) AS c
    WHERE (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, c.workload))
      AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, c.tenant))
    GROUP BY workload, agent, agent_role, provider, model, tier, service_class, latency_class, prompt_version, change, named_tenant
)
SELECT
    workload, agent, agent_role, provider, model, tier, service_class, latency_class, prompt_version, change,
    if(place <= 50, named_tenant, 'other') AS tenant,
    sum(n.calls) AS calls, sum(n.calls_before) AS calls_before, sum(n.spend_usd) AS spend_usd, sum(n.before_usd) AS before_usd,
    sum(n.unpriced) AS unpriced, sum(n.fallback) AS fallback, sum(n.reported_usd) AS reported_usd, sum(n.reported_list_usd) AS reported_list_usd,
    sum(n.fresh) AS fresh, sum(n.cache_read) AS cache_read, sum(n.cache_write) AS cache_write, sum(n.cache_read_before) AS cache_read_before, sum(n.cache_known_before) AS cache_known_before,
    sum(n.read_usd) AS read_usd, sum(n.write_usd) AS write_usd, sum(n.input_usd) AS input_usd, sum(n.output_usd) AS output_usd, sum(n.input) AS input,
    if(sum(paid_tokens) = 0, NULL, sum(paid_usd) / sum(paid_tokens)) AS fresh_usd_per_token,
    argMax(n.dearest_task, n.dearest_usd) AS dearest_task
FROM
(
    SELECT *, dense_rank() OVER (ORDER BY tenant_usd DESC, named_tenant) AS place
    FROM (SELECT *, sum(spend_usd + before_usd) OVER (PARTITION BY named_tenant) AS tenant_usd FROM leaves)
) AS n
GROUP BY workload, agent, agent_role, provider, model, tier, service_class, latency_class, prompt_version, change, tenant
ORDER BY spend_usd + before_usd DESC
LIMIT 20000
