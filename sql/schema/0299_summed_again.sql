-- purpose: hours that were summed before there was health_sums, turn_sums and settled_calls are summed again, in the background
-- grain: none
-- writes: summed_buckets
TRUNCATE TABLE summed_buckets
