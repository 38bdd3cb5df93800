-- purpose: hours whose sums a reprice has changed, by calls written since it began
-- grain: one hour of one basis
-- params: from_ and to_ DateTime64(6,'UTC') the stretch that was priced anew; version UInt64 number with which it began
-- reads: llm_calls, tasks
SELECT DISTINCT 'start' AS basis, toUnixTimestamp(toStartOfHour(toDateTime(started_at))) AS hour
FROM llm_calls
WHERE started_at >= {from_:DateTime64(6,'UTC')} AND started_at < {to_:DateTime64(6,'UTC')} AND version >= {version:UInt64}
UNION ALL
SELECT DISTINCT 'end' AS basis, toUnixTimestamp(toStartOfHour(toDateTime(ended_at))) AS hour
FROM tasks
WHERE task_id IN
    (
        SELECT task_id
        FROM llm_calls
        WHERE started_at >= {from_:DateTime64(6,'UTC')} AND started_at < {to_:DateTime64(6,'UTC')} AND version >= {version:UInt64}
    )
