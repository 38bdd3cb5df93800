-- purpose: how much of the providers' rate limits the calls of each agent found left, and how many were refused for it
-- grain: one row per workload, agent, provider and model of which a call told its limit or was refused, scarcest first
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all; models Array(String) empty = all; agents Array(String) empty = all;
--   environments Array(String) empty = all; tiers Array(String) empty = all; tenants Array(String)
--   empty = all
-- columns: workload text; agent text; provider text; model text; told count calls that told limit and remainder; least_share
--   Nullable(Float64) least share of the scarcer limit (tokens or calls) that one found left; p5_share Nullable(Float64) share
--   that five in a hundred found left or less; limit_tokens Nullable(UInt64) tokens of the limit, as that call told it;
--   tokens_left Nullable(UInt64) tokens it found left; limit_calls Nullable(UInt64) calls; calls_left Nullable(UInt64) calls;
--   refused count calls refused by a rate limit or for overload
-- tables: llm_calls

-- Of calls that found the same share left, the one with the fewest tokens stands, then the first: always the same one.
-- Levels are exact up to 8,192 calls a row and beyond that taken from as many, chosen by the hash of their start.
SELECT
    toString(c.workload) AS workload,
    toString(c.agent) AS agent,
    toString(c.provider) AS provider,
    toString(if(c.response_model != '', c.response_model, c.request_model)) AS model,
    countIf(c.is_told) AS told,
    if(told > 0, minIf(c.share, c.is_told), NULL) AS least_share,
    if(told > 0, quantileDeterministicIf(0.05)(c.share, intHash32(toUnixTimestamp64Micro(c.started_at)), c.is_told), NULL) AS p5_share,
    argMinIf(tuple(c.rate_limit_tokens, c.rate_limit_remaining_tokens, c.rate_limit_calls, c.rate_limit_remaining_calls), (c.share, ifNull(c.rate_limit_remaining_tokens, 0), c.started_at), c.is_told) AS tightest,
    tightest.1 AS limit_tokens,
    tightest.2 AS tokens_left,
    tightest.3 AS limit_calls,
    tightest.4 AS calls_left,
    countIf(c.is_refused) AS refused
FROM
(
    SELECT
        started_at, workload, agent, provider, request_model, response_model, rate_limit_tokens, rate_limit_calls,
        rate_limit_remaining_tokens, rate_limit_remaining_calls,
        status = 'error' AND match(lower(error_type), '429|rate.?limit|too.?many.?requests|overloaded|throttl') AS is_refused,
        least(
            ifNull(rate_limit_remaining_tokens / nullIf(rate_limit_tokens, 0), inf),
            ifNull(rate_limit_remaining_calls / nullIf(rate_limit_calls, 0), inf)) AS told_share,
        isFinite(told_share) AS is_told,
        least(told_share, 1.) AS share
    FROM llm_calls FINAL
    WHERE started_at >= {from_:DateTime64(6,'UTC')} AND started_at < {to_:DateTime64(6,'UTC')}
      AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, workload))
      AND (empty({models:Array(String)}) OR has({models:Array(String)}, if(response_model != '', response_model, request_model)))
      AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, agent))
      AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, environment))
      AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, tier))
      AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, tenant))
) AS c
WHERE c.is_told OR c.is_refused
GROUP BY workload, agent, provider, model
ORDER BY least_share ASC NULLS LAST, refused DESC, workload, agent, model
LIMIT 200
