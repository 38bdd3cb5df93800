-- purpose: how many rows of sums in a stretch of time are those of single batches, which sums of whole minutes replace
-- grain: one number
-- params: from_ and to_ UInt32 the stretch, unix seconds
-- reads: calls_rollup
SELECT count() AS slices
FROM calls_rollup
WHERE minute >= toStartOfHour(toDateTime({from_:UInt32}, 'UTC')) AND minute < toDateTime({to_:UInt32}, 'UTC') AND slice != 0
