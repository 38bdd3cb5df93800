-- purpose: what the calls of each prompt prefix that started in an hour or day did with its cache
-- grain: one prefix of a workload, agent and model
-- params: bucket UInt32 its start, unix seconds; bucket_s UInt32 seconds, 3600 or 86400; version UInt64 number under which they stand; from_ and to_ DateTime64(6,'UTC') its bounds
-- reads: cache_runs, llm_calls; writes: cache_runs
INSERT INTO cache_runs
SELECT
    {bucket_s:UInt32}, toDateTime({bucket:UInt32}, 'UTC'), workload, agent, model, is_named, prefix, calls, first_us, last_us, first_read_us, writes, long_writes, write_usd, missed, missed_usd, pending,
    gaps, short_gaps, hour_gaps, [], [], {version:UInt64}
FROM cache_runs_in(from_ = {from_:DateTime64(6,'UTC')}, to_ = {to_:DateTime64(6,'UTC')}, longest_s = 3600, environments = CAST([], 'Array(String)'), tiers = CAST([], 'Array(String)'), tenants = CAST([], 'Array(String)')) AS r
WHERE calls > 0
SETTINGS do_not_merge_across_partitions_select_final = 1, max_threads = 1
