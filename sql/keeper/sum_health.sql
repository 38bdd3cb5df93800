-- purpose: who reported the calls that started in an hour or day, how they were priced and what that rests on
-- grain: one combination of names in the bucket
-- params: bucket UInt32 its start, unix seconds; bucket_s UInt32 seconds, 3600 or 86400; version UInt64 number under which the sums stand; from_ and to_ DateTime64(6,'UTC') its bounds
-- An hour that is not summed is all calls; a day adds up its hours.
-- reads: health_sums, llm_calls; writes: health_sums
INSERT INTO health_sums
SELECT
    {bucket_s:UInt32}, toDateTime({bucket:UInt32}, 'UTC'), workload, agent, provider, model, tier, environment, pricing_status, pricing_note, suppressed_why, convention, emitter, emitter_version,
    sum(calls), sum(costless_calls), sum(no_cache_calls), sum(folded_calls), sum(suppressed_spans), sum(list_cost_usd), sum(original_cost_usd), sum(said_calls), sum(said_usd), sum(said_list_usd),
    sum(gap_calls), uniqCombined64MergeState(14)(costless_tasks), max(h.last_seen), argMax(last_task, h.last_seen), {version:UInt64}
FROM health_sums_in(from_ = {from_:DateTime64(6,'UTC')}, to_ = {to_:DateTime64(6,'UTC')}, longest_s = 3600, tenants = CAST([], 'Array(String)')) AS h
GROUP BY workload, agent, provider, model, tier, environment, pricing_status, pricing_note, suppressed_why, convention, emitter, emitter_version
SETTINGS do_not_merge_across_partitions_select_final = 1, max_threads = 1
