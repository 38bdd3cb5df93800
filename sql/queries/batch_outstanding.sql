-- purpose: batches submitted in a window with the requests that have not come back
-- grain: one row per batch, provider and model, the longest waiting first
-- params: from_ DateTime64(6,'UTC') inclusive; to_ DateTime64(6,'UTC') exclusive; workloads Array(String),
--   empty = all;
--   tenants Array(String) empty = all
-- columns: batch_id text; provider text; model text; workload text; submitted_at DateTime64(6,'UTC') of the
--   first request; requests count, 0 where the sender did not tell its requests; returned count with an
--   answer of any kind; failed count, of these errored, canceled or expired; outstanding count; examples
--   Array(String) custom ids of up to five that are outstanding
-- tables: batch_requests
WITH
    answered AS
    (
        SELECT batch_id, custom_id, anyLast(result) AS result
        FROM batch_requests FINAL
        WHERE state = 'returned'
        GROUP BY batch_id, custom_id
    )
SELECT
    r.batch_id AS batch_id,
    toString(r.provider) AS provider,
    toString(r.model) AS model,
    toString(any(r.workload)) AS workload,
    min(toDateTime64(r.at, 6, 'UTC')) AS submitted_at,
    countIf(r.custom_id != '') AS requests,
    countIf(r.custom_id != '' AND r.result != '') AS returned,
    countIf(r.custom_id != '' AND r.result NOT IN ('', 'succeeded')) AS failed,
    countIf(r.custom_id != '' AND r.result = '') AS outstanding,
    groupArraySortedIf(5)(r.custom_id, r.custom_id != '' AND r.result = '') AS examples
FROM
(
    SELECT
        s.batch_id AS batch_id, s.custom_id AS custom_id, s.provider AS provider, s.model AS model,
        s.workload AS workload, s.at AS at,
        -- An answer whose reader did not know the batch is matched by its custom id.
        if(a.result != '', a.result, u.result) AS result
    FROM
    (
        SELECT * FROM batch_requests FINAL
        WHERE state = 'submitted' AND at >= {from_:DateTime64(6,'UTC')} AND at < {to_:DateTime64(6,'UTC')}
            AND (empty({workloads:Array(String)}) OR workload IN {workloads:Array(String)})
            AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, tenant))
    ) AS s
    LEFT JOIN answered AS a ON a.batch_id = s.batch_id AND a.custom_id = s.custom_id
    LEFT JOIN (SELECT custom_id, anyLast(result) AS result FROM answered WHERE batch_id = '' GROUP BY custom_id) AS u
        ON u.custom_id = s.custom_id
) AS r
GROUP BY batch_id, provider, model
ORDER BY outstanding = 0, submitted_at
