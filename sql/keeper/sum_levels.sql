-- purpose: levels and counts of the calls that started in an hour or day
-- grain: one combination of names in the bucket
-- params: bucket UInt32 its start, unix seconds; bucket_s UInt32 seconds, 3600 or 86400; version UInt64 number under which the sums stand; from_ and to_ DateTime64(6,'UTC') its bounds
-- An hour that is not summed is all calls; a day adds up its hours.
-- reads: call_levels, llm_calls; writes: call_levels
INSERT INTO call_levels
SELECT
    {bucket_s:UInt32}, toDateTime({bucket:UInt32}, 'UTC'), workload, agent, agent_role, architecture, step, provider, model, tier, service_class, latency_class, environment, sum(calls),
    sum(failed_calls), sum(refused_calls), sum(unpriced_calls), sum(priced_calls), sum(retries), sum(list_cost_usd), sum(fresh_input_cost_usd), sum(cache_read_cost_usd),
    sum(cache_write_cost_usd), sum(output_cost_usd), sum(fresh_input_tokens), sum(cache_read_tokens), sum(cache_write_short_tokens), sum(cache_write_long_tokens), sum(output_tokens),
    sum(cache_known_calls), sum(cache_known_fresh_tokens), sum(cache_known_input_tokens), sum(paid_fresh_tokens), sum(paid_fresh_usd), sum(retried_tokens), sum(input_known_calls),
    max(max_input_tokens), sum(duration_s), sum(timed_calls), sum(streamed_calls), sum(limited_calls), min(least_tokens_left), min(least_calls_left), sum(marked_calls), sum(silent_calls),
    uniqCombined64MergeState(14)(tasks), uniqCombined64MergeState(14)(prompt_versions), uniqCombined64MergeState(14)(prefixes),
    quantilesDDMergeState(0.01, 0.05, 0.5, 0.95, 0.99)(first_chunk_us), quantilesDDMergeState(0.01, 0.05, 0.5, 0.95, 0.99)(durations_us),
    quantilesDDMergeState(0.01, 0.05, 0.5, 0.95, 0.99)(input_tokens), quantilesDDMergeState(0.01, 0.05, 0.5, 0.95, 0.99)(costs_nano_usd),
    quantilesDDMergeState(0.01, 0.05, 0.5, 0.95, 0.99)(prefix_tokens), quantilesDDMergeState(0.01, 0.05, 0.5, 0.95, 0.99)(tokens_left), {version:UInt64}
FROM call_levels_in(froms = [{from_:DateTime64(6,'UTC')}], tos = [{to_:DateTime64(6,'UTC')}], longest_s = 3600, tenants = CAST([], 'Array(String)'))
GROUP BY workload, agent, agent_role, architecture, step, provider, model, tier, service_class, latency_class, environment
SETTINGS do_not_merge_across_partitions_select_final = 1, max_threads = 1
