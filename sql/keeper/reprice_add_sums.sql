-- purpose: adds to the sums of some buckets what the slice of a reprice changed in their calls
-- Of several slices that sum one combination the first takes it; sums recomputed after the reprice's slice have it in them.
-- grain: one combination of names in one bucket
-- params: from_ UInt32 and to_ UInt32 the stretch, unix seconds; version UInt64 number of the batch
-- reads: calls_rollup, sum_differences; writes: calls_rollup
INSERT INTO calls_rollup
WITH
    standing AS
    (
        SELECT *
        FROM calls_rollup FINAL
        WHERE minute >= toStartOfHour(toDateTime({from_:UInt32}, 'UTC')) AND minute < toDateTime({to_:UInt32}, 'UTC')
        ORDER BY slice
        LIMIT 1 BY minute, bucket_s, workload, provider, model, tier, agent, environment, service_class
    ),
    moved AS
    (
        SELECT
            bucket, toDateTime(intDiv(toUnixTimestamp(minute), bucket) * bucket, 'UTC') AS start, workload, provider, model, tier, agent, environment, service_class,
            groupArray((version, list_cost_usd, original_cost_usd, abandoned_cost_usd, unpriced_calls)) AS steps
        FROM sum_differences
        ARRAY JOIN [60, 3600] AS bucket
        GROUP BY bucket, start, workload, provider, model, tier, agent, environment, service_class
    )
SELECT r.* EXCEPT (later) REPLACE (
    r.list_cost_usd + arraySum(d -> d.2, later) AS list_cost_usd,
    r.original_cost_usd + arraySum(d -> d.3, later) AS original_cost_usd,
    r.abandoned_cost_usd + arraySum(d -> d.4, later) AS abandoned_cost_usd,
    toUInt64(r.unpriced_calls + arraySum(d -> d.5, later)) AS unpriced_calls,
    {version:UInt64} AS version)
FROM
(
    SELECT r.*, arrayFilter(d -> d.1 > r.version, m.steps) AS later
    FROM standing AS r
    INNER JOIN moved AS m ON m.bucket = r.bucket_s AND m.start = r.minute AND m.workload = r.workload AND m.provider = r.provider AND m.model = r.model
        AND m.tier = r.tier AND m.agent = r.agent AND m.environment = r.environment AND m.service_class = r.service_class
) AS r
WHERE notEmpty(later)
SETTINGS optimize_on_insert = 0, max_partitions_per_insert_block = 0
