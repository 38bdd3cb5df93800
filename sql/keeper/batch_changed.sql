-- purpose: calls of one day that a batch is about to change: that come, go or differ
-- A long conversation has all its calls recomputed for every turn; hours in which nothing differs keep their sums.
-- grain: one call under one task
-- params: from_ and to_ UInt32 the day, unix seconds: all columns are read, and every part of every day takes its buffers at once
-- reads: work_calls, work_old, llm_calls; writes: work_changed
INSERT INTO work_changed
WITH
    of_calls AS
    (
        SELECT started_at, trace_id, span_id, task_id AS task, turn, sipHash64(toString(tuple(c.* EXCEPT (task_id, turn, ingested_at, version, is_deleted)))) AS digest
        FROM work_calls AS c
        WHERE started_at >= toDateTime({from_:UInt32}, 'UTC') AND started_at < toDateTime({to_:UInt32}, 'UTC')
        UNION ALL
        SELECT started_at, trace_id, span_id, task_id AS task, turn, sipHash64(toString(tuple(c.* EXCEPT (task_id, turn, ingested_at, version, is_deleted)))) AS digest
        FROM llm_calls AS c FINAL
        WHERE (toStartOfMinute(started_at), trace_id) IN (SELECT toStartOfMinute(started_at), trace_id FROM (SELECT started_at, trace_id FROM work_old UNION ALL SELECT started_at, trace_id FROM work_calls))
            AND started_at >= toDateTime({from_:UInt32}, 'UTC') AND started_at < toDateTime({to_:UInt32}, 'UTC')
    )
SELECT started_at, arrayJoin(groupUniqArray(task) AS tasks)
FROM of_calls
GROUP BY started_at, trace_id, span_id
HAVING count() = 1 OR uniqExact(digest) > 1 OR length(tasks) > 1 OR uniqExact(turn) > 1
