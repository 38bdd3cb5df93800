-- purpose: cuts conversations into tasks where they paused, and counts the turns of each agent
-- grain: one call
-- params: idle_s UInt32 seconds after which a conversation's task has ended
-- reads: work_calls; writes: work_turns
INSERT INTO work_turns
WITH
    talks AS
    (
        SELECT trace_id, span_id, task_id, agent, started_at,
            -- Before the first call this is the beginning of time, so the first call always counts as a pause.
            max(addMicroseconds(started_at, toInt64(ifNull(duration_s, 0) * 1e6))) OVER (PARTITION BY task_id ORDER BY started_at, span_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) < subtractSeconds(started_at, {idle_s:UInt32}) AS paused
        FROM work_calls
        WHERE startsWith(task_id, '\x01')
    ),
    charged AS
    (
        SELECT trace_id, span_id, task_id AS charged_to, agent, started_at
        FROM work_calls
        WHERE NOT startsWith(task_id, '\x01')
        UNION ALL
        SELECT
            trace_id, span_id,
            concat(substring(task_id, 2), if(pauses = 1, '', concat('~', toString(pauses)))) AS charged_to,
            agent, started_at
        FROM
        (
            SELECT *, sum(paused) OVER (PARTITION BY task_id ORDER BY started_at, span_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS pauses
            FROM talks
        )
    )
SELECT trace_id, span_id, charged_to, toUInt32(row_number() OVER (PARTITION BY charged_to, agent ORDER BY started_at, span_id))
FROM charged
