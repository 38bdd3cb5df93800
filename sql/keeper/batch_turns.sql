-- purpose: cuts conversations into tasks where they paused, and counts the turns of each agent
-- grain: one call
-- params: idle_s UInt32 seconds after which a conversation's task has ended
-- reads: work_labelled; writes: work_turns
INSERT INTO work_turns
WITH
    timed AS
    (
        SELECT trace_id, span_id, charged_to, agent, toDateTime64(l.started_at, 6, 'UTC') AS started_at, duration_ns
        FROM work_labelled AS l
    ),
    talks AS
    (
        SELECT trace_id, span_id, charged_to, agent, started_at,
            -- Before the first call this is the beginning of time, so the first call always counts as a pause.
            max(addMicroseconds(started_at, toInt64(toFloat32(duration_ns / 1e9) * 1e6))) OVER (PARTITION BY charged_to ORDER BY started_at, span_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) < subtractSeconds(started_at, {idle_s:UInt32}) AS paused
        FROM timed
        WHERE startsWith(charged_to, '\x01')
    ),
    charged AS
    (
        SELECT trace_id, span_id, charged_to AS task_id, agent, started_at
        FROM timed
        WHERE NOT startsWith(charged_to, '\x01')
        UNION ALL
        SELECT
            trace_id, span_id,
            concat(substring(charged_to, 2), if(pauses = 1, '', concat('~', toString(pauses)))) AS task_id,
            agent, started_at
        FROM
        (
            SELECT *, sum(paused) OVER (PARTITION BY charged_to ORDER BY started_at, span_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS pauses
            FROM talks
        )
    )
SELECT trace_id, span_id, task_id, toUInt32(row_number() OVER (PARTITION BY task_id, agent ORDER BY started_at, span_id))
FROM charged
