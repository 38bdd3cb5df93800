-- purpose: the settled hours and days in which nothing was repriced: their sums are those of the first prices too
-- grain: one bucket of one basis
-- params: into Identifier the database of these views
-- reads: summed_buckets, call_sums, tasks
CREATE OR REPLACE VIEW {into:Identifier}.summed_buckets AS
SELECT *
FROM summed_buckets AS b FINAL
WHERE if(b.basis = 'start',
    (b.bucket_s, b.bucket, b.sums) NOT IN (SELECT bucket_s, bucket, version FROM call_sums WHERE repriced_calls > 0),
    toStartOfDay(b.bucket) NOT IN (SELECT toStartOfDay(toDateTime(ended_at, 'UTC')) FROM tasks WHERE list_cost_usd != original_cost_usd))
