-- purpose: what the calls that started in an hour or day cost and how long their prompts are by turn
-- grain: one combination of names in the bucket
-- params: bucket UInt32 its start, unix seconds; bucket_s UInt32 seconds, 3600 or 86400; version UInt64 number under which the sums stand; from_ and to_ DateTime64(6,'UTC') its bounds
-- An hour that is not summed is all calls; a day adds up its hours.
-- reads: turn_sums, llm_calls; writes: turn_sums
INSERT INTO turn_sums
SELECT
    {bucket_s:UInt32}, toDateTime({bucket:UInt32}, 'UTC'), workload, agent, turn, model, tier, environment, sum(calls), sum(priced_calls), sum(list_cost_usd), sum(original_cost_usd), sum(output_tokens),
    quantilesDDMergeState(0.01, 0.5, 0.95)(input_tokens), quantilesDDMergeState(0.01, 0.5, 0.95)(costs_nano_usd), {version:UInt64}
FROM turn_sums_in(from_ = {from_:DateTime64(6,'UTC')}, to_ = {to_:DateTime64(6,'UTC')}, longest_s = 3600, tenants = CAST([], 'Array(String)'))
GROUP BY workload, agent, turn, model, tier, environment
SETTINGS do_not_merge_across_partitions_select_final = 1, max_threads = 1
