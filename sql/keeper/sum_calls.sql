-- purpose: sums of the calls that started in an hour or day
-- grain: one combination of names in the bucket
-- params: bucket UInt32 its start, unix seconds; bucket_s UInt32 seconds, 3600 or 86400; version UInt64 number under which the sums stand; from_ and to_ DateTime64(6,'UTC') its bounds
-- An hour that is not summed is all calls; a day adds up its hours.
-- reads: call_sums, llm_calls; writes: call_sums
INSERT INTO call_sums
SELECT
    {bucket_s:UInt32}, toDateTime({bucket:UInt32}, 'UTC'), workload, agent, agent_role, provider, model, tier, service_class, latency_class, prompt_version, change, tenant, environment,
    sum(calls), sum(failed_calls), sum(unpriced_calls), sum(repriced_calls), sum(fallback_calls), sum(list_cost_usd), sum(fresh_input_cost_usd), sum(cache_read_cost_usd), sum(cache_write_cost_usd),
    sum(output_cost_usd), sum(abandoned_cost_usd), sum(reported_cost_usd), sum(reported_list_cost_usd), sum(fresh_input_tokens), sum(cache_read_tokens), sum(cache_write_short_tokens),
    sum(cache_write_long_tokens), sum(output_tokens), sum(cache_known_calls), sum(cache_known_fresh_tokens), sum(cache_known_input_tokens), sum(paid_fresh_tokens), sum(paid_fresh_usd),
    sum(attempts), sum(escalated_calls), sum(abandoned_calls), max(dearest_usd), argMax(dearest_task, dearest_usd), {version:UInt64}
FROM call_sums_in(froms = [{from_:DateTime64(6,'UTC')}], tos = [{to_:DateTime64(6,'UTC')}], longest_s = 3600)
GROUP BY workload, agent, agent_role, provider, model, tier, service_class, latency_class, prompt_version, change, tenant, environment
SETTINGS do_not_merge_across_partitions_select_final = 1, max_threads = 1
