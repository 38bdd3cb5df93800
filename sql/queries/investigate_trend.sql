-- purpose: spend over time around a window, beside the same time of earlier weeks
-- grain: one row per week back and bucket that has calls
-- params: from_ DateTime64(6,'UTC') start; to_ DateTime64(6,'UTC') end, exclusive; step_s UInt32 seconds in a bucket;
--   weeks UInt8 how many weeks back, four at most; workloads Array(String) empty = all; models Array(String); agents
--   Array(String); tiers Array(String); environments Array(String) likewise
-- columns: week UInt8 0 = this time, n = n weeks before; bucket UInt32 from 0; spend_usd USD; calls count
-- tables: calls_rollup
SELECT week, bucket, toFloat64(sum(usd)) AS spend_usd, sum(number) AS calls
FROM
(
    SELECT
        toUInt8(intDiv(toUnixTimestamp({to_:DateTime64(6,'UTC')}) - 1 - toUnixTimestamp(r.minute), 604800)) AS week,
        toUInt32(intDiv(toUnixTimestamp(r.minute) + week * 604800 - toUnixTimestamp({from_:DateTime64(6,'UTC')}), {step_s:UInt32})) AS bucket,
        r.list_cost_usd AS usd, r.calls AS number
    FROM calls_rollup AS r FINAL
    WHERE (r.minute >= {from_:DateTime64(6,'UTC')} AND r.minute < {to_:DateTime64(6,'UTC')}
          OR {weeks:UInt8} >= 1 AND r.minute >= subtractWeeks({from_:DateTime64(6,'UTC')}, 1) AND r.minute < subtractWeeks({to_:DateTime64(6,'UTC')}, 1)
          OR {weeks:UInt8} >= 2 AND r.minute >= subtractWeeks({from_:DateTime64(6,'UTC')}, 2) AND r.minute < subtractWeeks({to_:DateTime64(6,'UTC')}, 2)
          OR {weeks:UInt8} >= 3 AND r.minute >= subtractWeeks({from_:DateTime64(6,'UTC')}, 3) AND r.minute < subtractWeeks({to_:DateTime64(6,'UTC')}, 3)
          OR {weeks:UInt8} >= 4 AND r.minute >= subtractWeeks({from_:DateTime64(6,'UTC')}, 4) AND r.minute < subtractWeeks({to_:DateTime64(6,'UTC')}, 4))
      AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, r.workload))
      AND (empty({models:Array(String)}) OR has({models:Array(String)}, r.model))
      AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, r.agent))
      AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, r.tier))
      AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, r.environment))
)
GROUP BY week, bucket
ORDER BY week, bucket
