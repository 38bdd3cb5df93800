-- purpose: writes to prompt caches that no call read again in time, and the pauses between calls of one
--   prefix
-- grain: one row per workload, agent and model that wrote to a cache
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all; models Array(String) empty = all; agents Array(String) empty = all;
--   environments Array(String) empty = all; tiers Array(String) empty = all
-- columns: workload text; agent text; model text; writes count calls that wrote; unread count of those that
--   no later call of the same prefix read within the lifetime of the write; write_usd USD paid for writes;
--   unread_usd USD of them for writes never read; long_writes count calls that wrote with the extended
--   lifetime; gaps count pauses between a call and the next of its prefix; p50_gap_s Nullable(Float64)
--   seconds; p90_gap_s Nullable(Float64) seconds; within_short Nullable(Float64) share of the pauses up to 5
--   minutes; within_hour Nullable(Float64) share from 5 to 60 minutes; named UInt8 1 = all prefixes are named
--   by the hooks, 0 = some are taken to be one prompt version of the agent for one tenant, so that unread is
--   a lower bound
-- tables: llm_calls
-- A prefix is the one the hooks name; else the agent's prompt version for one tenant:
-- then any later read counts, and unread is a lower bound.
SELECT
    workload,
    agent,
    model,
    countIf(wrote) AS writes,
    countIf(wrote AND NOT read_later) AS unread,
    sumIf(usd, wrote) AS write_usd,
    sumIf(usd, wrote AND NOT read_later) AS unread_usd,
    countIf(wrote AND is_long) AS long_writes,
    countIf(gap_s IS NOT NULL) AS gaps,
    quantileTDigestOrNullIf(0.5)(gap_s, gap_s IS NOT NULL) AS p50_gap_s,
    quantileTDigestOrNullIf(0.9)(gap_s, gap_s IS NOT NULL) AS p90_gap_s,
    countIf(gap_s <= 300) / nullIf(countIf(gap_s IS NOT NULL), 0) AS within_short,
    countIf(gap_s > 300 AND gap_s <= 3600) / nullIf(countIf(gap_s IS NOT NULL), 0) AS within_hour,
    min(is_named) AS named
FROM
(
    SELECT
        workload,
        agent,
        model,
        wrote,
        is_long,
        is_named,
        usd,
        dateDiff('millisecond', at, nullIf(leadInFrame(at) OVER ahead, toDateTime64(0, 6, 'UTC'))) / 1000 AS gap_s,
        minIf(at, reads) OVER later AS read_at,
        read_at > toDateTime64(0, 6, 'UTC') AND read_at <= at + toIntervalSecond(lifetime_s) AS read_later
    FROM
    (
        SELECT
            toString(c.workload) AS workload,
            toString(c.agent) AS agent,
            toString(if(c.response_model != '', c.response_model, c.request_model)) AS model,
            if(c.prefix_hash != '', c.prefix_hash, concat('version ', c.prompt_version, ' of ', c.tenant)) AS prefix,
            c.started_at AS at,
            cache_read_tokens > 0 AS reads,
            cache_write_short_tokens + ifNull(cache_write_long_tokens, 0) > 0 AS wrote,
            cache_write_long_tokens > 0 AS is_long,
            c.prefix_hash != '' AS is_named,
            toFloat64(ifNull(cache_write_cost_usd, toDecimal64(0, 12))) AS usd,
            multiIf(is_long, 3600, c.provider = 'openai', 1800, 300) + ifNull(c.duration_s, 0) AS lifetime_s
        FROM llm_calls AS c FINAL
        WHERE c.started_at >= {from_:DateTime64(6,'UTC')} AND c.started_at < {to_:DateTime64(6,'UTC')}
          AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, c.workload))
          AND (empty({models:Array(String)}) OR has({models:Array(String)}, if(c.response_model != '', c.response_model, c.request_model)))
          AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, c.agent))
          AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, c.environment))
          AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, c.tier))
          AND cache_read_tokens IS NOT NULL AND status = 'ok'
    )
    WINDOW
        later AS (PARTITION BY workload, agent, model, prefix ORDER BY at DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
        ahead AS (PARTITION BY workload, agent, model, prefix ORDER BY at ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
)
GROUP BY workload, agent, model
HAVING writes > 0
ORDER BY unread_usd DESC, write_usd DESC
LIMIT 300
