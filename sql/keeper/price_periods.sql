-- purpose: which books price which time now
-- grain: one stretch of time
-- reads: price_periods
SELECT toUnixTimestamp(valid_from) AS valid_from, toUnixTimestamp(valid_to) AS valid_to, book_version
FROM price_periods
WHERE set_at = (SELECT max(set_at) FROM price_periods)
ORDER BY valid_from
