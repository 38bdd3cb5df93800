-- purpose: values that the filters offer to a viewer of single tenants
-- grain: one row per dimension and value, most tasks first
-- params: from_ DateTime64(6,'UTC') start, inclusive; to_ DateTime64(6,'UTC') end, exclusive; workloads
--   Array(String) empty = all; tenants Array(String) empty = all, else only tasks of these
-- columns: dimension text workload, model, agent, environment or tier; value text; calls count of the tasks
--   with it
-- tables: tasks

-- The day bounds prune partitions; identity() keeps the exact bounds away from pruning inside a day,
-- where dropping the part with a task's newest version would leave an older one standing.
SELECT
    pair.1 AS dimension,
    pair.2 AS value,
    sum(of_task) AS calls
FROM
(
    SELECT
        -- Tasks of the same names are added up by one number first: few are left whose names are taken apart.
        sum(t.calls) AS of_task,
        arrayConcat(
            [('workload', toString(any(t.workload))), ('environment', toString(any(t.environment)))],
            arrayMap(name -> ('model', toString(name)), any(t.models)),
            arrayMap(name -> ('agent', toString(name)), any(t.agents)),
            arrayMap(name -> ('tier', toString(name)), any(t.tiers))
        ) AS pairs
    FROM tasks AS t FINAL
    WHERE toDate(ended_at) BETWEEN toDate({from_:DateTime64(6,'UTC')}) AND toDate({to_:DateTime64(6,'UTC')})
      AND identity(ended_at) >= {from_:DateTime64(6,'UTC')} AND identity(ended_at) < {to_:DateTime64(6,'UTC')}
      AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, workload))
      AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, tenant))
    GROUP BY cityHash64(cityHash64(t.workload), cityHash64(t.environment), cityHash64(t.models), cityHash64(t.agents), cityHash64(t.tiers))
)
ARRAY JOIN pairs AS pair
WHERE value != ''
GROUP BY dimension, value
ORDER BY dimension, calls DESC, value
LIMIT 500 BY dimension
