-- purpose: hours in which tasks ended, each with the hours in which those tasks began
-- grain: one pair of hours
-- params: from_ DateTime64(6,'UTC') only tasks that ended later
-- reads: tasks
SELECT toUnixTimestamp(toStartOfHour(ended_at)) AS ended, toUnixTimestamp(toStartOfHour(started_at)) AS began
FROM tasks
WHERE toDate(ended_at) >= toDate({from_:DateTime64(6,'UTC')})
GROUP BY ended, began
