-- purpose: requests of provider batches whose result has not come, by scope
-- grain: one row per scope
-- params: from_ DateTime64(6,'UTC') start of the window; to_ DateTime64(6,'UTC') end, exclusive; by Array(String)
--   of workload, model, tenant
-- columns: measure text batch_missing; workload text, empty unless asked by; model text; tier text, empty; agent text,
--   empty; tenant text; value Nullable(Float64) share of the requests submitted over a day before the end of the
--   window that have no result; sample count of those requests
-- tables: batch_requests
WITH
    returned AS
    (
        SELECT batch_id, custom_id FROM batch_requests FINAL WHERE state = 'returned'
    )
SELECT
    'batch_missing' AS measure,
    if(has({by:Array(String)}, 'workload'), toString(s.workload), '') AS workload,
    if(has({by:Array(String)}, 'model'), toString(s.model), '') AS model,
    '' AS tier, '' AS agent,
    if(has({by:Array(String)}, 'tenant'), toString(s.tenant), '') AS tenant,
    toNullable(countIf((s.batch_id, s.custom_id) NOT IN returned AND ('', s.custom_id) NOT IN returned) / count()) AS value,
    count() AS sample
FROM batch_requests AS s FINAL
WHERE s.state = 'submitted' AND s.custom_id != ''
  AND s.at >= {from_:DateTime64(6,'UTC')} AND s.at < subtractDays({to_:DateTime64(6,'UTC')}, 1)
GROUP BY workload, model, tenant
ORDER BY workload, model, tenant
