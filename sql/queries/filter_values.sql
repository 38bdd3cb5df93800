-- purpose: values that the filters offer
-- grain: one row per dimension and value, most calls first
-- params: from_ DateTime64(6,'UTC') start, inclusive; to_ DateTime64(6,'UTC') end, exclusive; workloads
--   Array(String) empty = all
-- columns: dimension text workload, model, agent, environment or tier; value text; calls count
-- tables: calls_rollup
SELECT
    pair.1 AS dimension,
    pair.2 AS value,
    sum(part.calls) AS calls
FROM
(
    SELECT workload, model, agent, environment, tier, sum(r.calls) AS calls
    FROM calls_rollup AS r FINAL
    WHERE minute >= {from_:DateTime64(6,'UTC')} AND minute < {to_:DateTime64(6,'UTC')}
      AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, r.workload))
    GROUP BY workload, model, agent, environment, tier
) AS part
ARRAY JOIN [
    ('workload', toString(workload)), ('model', toString(model)), ('agent', toString(agent)),
    ('environment', toString(environment)), ('tier', toString(tier))
] AS pair
WHERE value != ''
GROUP BY dimension, value
ORDER BY dimension, calls DESC, value
LIMIT 500 BY dimension
