-- purpose: what each agent read from and wrote to prompt caches, and what that saved or cost it
-- grain: one row per workload, agent, provider, model and service class
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all; models Array(String) empty = all; agents Array(String) empty = all;
--   environments Array(String) empty = all; tiers Array(String) empty = all
-- columns: workload text; agent text; provider text; model text; calls count; known count calls that report
--   a cache count; fresh tokens; cache_read tokens; write_short tokens; write_long tokens; spend_usd USD;
--   read_usd USD paid for reads; write_usd USD paid for writes; fresh_usd_per_token Nullable(Float64) USD a
--   fresh token cost in these calls, NULL when none is known; marked count calls that name a prompt prefix;
--   silent count of those with neither read nor write; marked_tokens Nullable(Float64) median tokens of the
--   named prefixes; versions count prompt versions; prefixes count distinct named prefixes (sketched above a
--   few thousand)
-- tables: llm_calls
-- Levels are exact up to 8,192 calls a row and beyond that taken from as many, chosen by the hash of their start.
SELECT
    toString(c.workload) AS workload,
    toString(c.agent) AS agent,
    toString(c.provider) AS provider,
    toString(if(c.response_model != '', c.response_model, c.request_model)) AS model,
    toString(c.service_class) AS service_class,
    count() AS calls,
    countIf(cache_read_tokens IS NOT NULL) AS known,
    sumIf(ifNull(fresh_input_tokens, 0), cache_read_tokens IS NOT NULL) AS fresh,
    sum(ifNull(cache_read_tokens, 0)) AS cache_read,
    sum(ifNull(cache_write_short_tokens, 0)) AS write_short,
    sum(ifNull(cache_write_long_tokens, 0)) AS write_long,
    toFloat64(sum(ifNull(list_cost_usd, toDecimal64(0, 12)))) AS spend_usd,
    toFloat64(sum(ifNull(cache_read_cost_usd, toDecimal64(0, 12)))) AS read_usd,
    toFloat64(sum(ifNull(cache_write_cost_usd, toDecimal64(0, 12)))) AS write_usd,
    toFloat64(sumIf(fresh_input_cost_usd, fresh_input_tokens > 0)) / nullIf(sumIf(fresh_input_tokens, fresh_input_tokens > 0 AND fresh_input_cost_usd IS NOT NULL), 0) AS fresh_usd_per_token,
    countIf(prefix_hash != '') AS marked,
    countIf(prefix_hash != '' AND cache_read_tokens = 0 AND cache_write_short_tokens = 0 AND ifNull(cache_write_long_tokens, 0) = 0) AS silent,
    quantileDeterministicOrNullIf(0.5)(prefix_tokens, toUInt64(toUnixTimestamp64Micro(c.started_at)), prefix_hash != '') AS marked_tokens,
    uniq(prompt_version) AS versions,
    uniqIf(prefix_hash, prefix_hash != '') AS prefixes
FROM llm_calls AS c FINAL
WHERE c.started_at >= {from_:DateTime64(6,'UTC')} AND c.started_at < {to_:DateTime64(6,'UTC')}
  AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, c.workload))
  AND (empty({models:Array(String)}) OR has({models:Array(String)}, if(c.response_model != '', c.response_model, c.request_model)))
  AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, c.agent))
  AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, c.environment))
  AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, c.tier))
GROUP BY workload, agent, provider, model, service_class
ORDER BY spend_usd DESC, calls DESC
LIMIT 300
