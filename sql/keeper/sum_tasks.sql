-- purpose: what the tasks that ended in an hour or day used and cost
-- grain: one combination of names in the bucket
-- params: bucket UInt32 its start, unix seconds; bucket_s UInt32 seconds, 3600 or 86400; version UInt64 number under which the sums stand; from_ and to_ DateTime64(6,'UTC') its bounds
-- An hour that is not summed is all calls; a day adds up its hours.
-- reads: task_sums, llm_calls, tasks, price_book; writes: task_sums
INSERT INTO task_sums
SELECT
    {bucket_s:UInt32}, toDateTime({bucket:UInt32}, 'UTC'), workload, environment, tenant, change, agent, tier, prompt_version, provider, model, service_class, price_tier, sum(calls),
    sum(unpriced_calls), sum(fresh_input_tokens), sum(cache_read_tokens), sum(cache_write_short_tokens), sum(cache_write_long_tokens), sum(output_tokens), sum(fresh_input_cost_usd),
    sum(cache_read_cost_usd), sum(cache_write_short_cost_usd), sum(cache_write_long_cost_usd), sum(output_cost_usd), sum(tool_fee_usd), sum(list_cost_usd), {version:UInt64}
FROM task_sums_in(froms = [{from_:DateTime64(6,'UTC')}], tos = [{to_:DateTime64(6,'UTC')}], longest_s = 3600)
GROUP BY workload, environment, tenant, change, agent, tier, prompt_version, provider, model, service_class, price_tier
SETTINGS do_not_merge_across_partitions_select_final = 1, max_threads = 1
