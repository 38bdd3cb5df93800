-- purpose: days on which tasks ended that have calls in a stretch of time
-- grain: one day
-- params: from_ and to_ DateTime64(6,'UTC') the stretch
-- reads: tasks
SELECT toUnixTimestamp(toStartOfDay(ended_at)) AS day, count() AS tasks,
    -- Their calls lie between the first of them and the end of the day: most of the day before need not be read.
    toUnixTimestamp(minIf(started_at, started_at >= toStartOfDay(ended_at) - INTERVAL 1 DAY)) AS short_from,
    countIf(started_at < toStartOfDay(ended_at) - INTERVAL 1 DAY) AS long, toUnixTimestamp(minIf(started_at, started_at < toStartOfDay(ended_at) - INTERVAL 1 DAY)) AS long_from
FROM tasks
WHERE toDate(ended_at) >= toDate({from_:DateTime64(6,'UTC')}) AND started_at < {to_:DateTime64(6,'UTC')} AND is_deleted = 0
GROUP BY day
ORDER BY day
