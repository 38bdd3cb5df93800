-- purpose: the pauses between calls of a prompt prefix that started in an hour or day, over all prefixes
-- grain: one workload, agent and model
-- params: bucket UInt32 its start, unix seconds; bucket_s UInt32 seconds, 3600 or 86400; version UInt64 number under which they stand; from_ and to_ DateTime64(6,'UTC') its bounds
-- reads: cache_runs, llm_calls; writes: cache_runs
INSERT INTO cache_runs
SELECT
    {bucket_s:UInt32}, toDateTime({bucket:UInt32}, 'UTC'), workload, agent, model, true, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, [], 0, 0, 0,
    (sumMap(arrayConcat(gap_steps, arrayMap(ms -> toUInt16(round(log(greatest(ms, 1)) / log(1.02))), own_gaps_ms)), arrayConcat(gap_counts, arrayMap(ms -> toUInt64(1), own_gaps_ms))) AS steps).1, steps.2, {version:UInt64}
FROM cache_runs_in(from_ = {from_:DateTime64(6,'UTC')}, to_ = {to_:DateTime64(6,'UTC')}, longest_s = 3600, environments = CAST([], 'Array(String)'), tiers = CAST([], 'Array(String)'), tenants = CAST([], 'Array(String)')) AS r
GROUP BY workload, agent, model
SETTINGS do_not_merge_across_partitions_select_final = 1, max_threads = 1
