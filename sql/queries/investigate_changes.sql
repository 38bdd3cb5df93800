-- purpose: prompt versions, releases and models that tasks used for the first time in a span, and price books loaded in it
-- grain: one row per kind, name and workload
-- params: from_ DateTime64(6,'UTC') start of the span; to_ DateTime64(6,'UTC') end, exclusive; before
--   DateTime64(6,'UTC') what was seen from here to from_ is not new; workloads Array(String) empty = all;
--   tenants Array(String) empty = all
-- columns: kind text change, prompt_version, model or price_book; name text; workload text; first_seen
--   DateTime64(6,'UTC'); tasks count in the span that used it
-- tables: tasks, price_books
SELECT kind, name, workload, first_seen, tasks
FROM
(
    SELECT each.1 AS kind, each.2 AS name, s.workload AS workload, min(s.began) AS first_seen, sum(s.recent) AS tasks
    FROM
    (
        SELECT
            toString(any(t.workload)) AS workload, toString(any(t.change)) AS change, toString(any(t.prompt_version)) AS prompt_version,
            any(t.models) AS models, min(t.started_at) AS began, countIf(t.ended_at >= {from_:DateTime64(6,'UTC')}) AS recent
        FROM tasks AS t FINAL
        WHERE toDate(ended_at) BETWEEN toDate({before:DateTime64(6,'UTC')}) AND toDate({to_:DateTime64(6,'UTC')})
          AND identity(ended_at) >= {before:DateTime64(6,'UTC')} AND identity(ended_at) < {to_:DateTime64(6,'UTC')}
          AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, t.workload))
          AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, t.tenant))
        GROUP BY cityHash64(cityHash64(t.workload), cityHash64(t.change), cityHash64(t.prompt_version), cityHash64(t.models))
    ) AS s
    ARRAY JOIN arrayConcat([('change', s.change), ('prompt_version', s.prompt_version)], arrayMap(model -> ('model', toString(model)), s.models)) AS each
    WHERE each.2 != ''
    GROUP BY kind, name, workload
    HAVING first_seen >= {from_:DateTime64(6,'UTC')}
    UNION ALL
    SELECT 'price_book' AS kind, b.version AS name, '' AS workload, b.loaded_at AS first_seen, toUInt64(0) AS tasks
    FROM price_books AS b
    WHERE b.loaded_at >= {from_:DateTime64(6,'UTC')} AND b.loaded_at < {to_:DateTime64(6,'UTC')}
)
ORDER BY first_seen, kind, name, workload
LIMIT 200
