-- purpose: the agents, tools and handoffs around the calls of one task
-- grain: one row per span, outcomes and calls left out
-- params: task_id String; from_ DateTime64(6,'UTC') start of the task, inclusive; to_ DateTime64(6,'UTC')
--   end of the task, inclusive
-- columns: trace_id text; span_id text; parent_span_id text; kind text task, agent, tool, handoff or other;
--   name text; agent text; tool text; started_at DateTime64(6,'UTC'); duration_s seconds; status text ok
--   or error
-- tables: spans, key_index, llm_calls

WITH
    task_traces AS
    (
        SELECT trace_id
        FROM llm_calls FINAL
        WHERE started_at >= {from_:DateTime64(6,'UTC')} AND started_at <= {to_:DateTime64(6,'UTC')}
          AND task_id = {task_id:String}
        UNION DISTINCT
        SELECT trace_id
        FROM key_index
        WHERE key = sipHash64('task', {task_id:String})
    )
SELECT
    s.trace_id AS trace_id,
    s.span_id AS span_id,
    any(s.parent_span_id) AS parent_span_id,
    toString(any(s.kind)) AS kind,
    toString(any(s.name)) AS name,
    toString(any(s.agent)) AS agent,
    toString(any(s.tool)) AS tool,
    toDateTime64(any(s.started_at), 6, 'UTC') AS started_at,
    any(s.duration_ns) / 1e9 AS duration_s,
    toString(any(s.status)) AS status
FROM spans AS s
WHERE (s.ingested_at, s.trace_id) IN
(
    SELECT ingested_at, trace_id
    FROM key_index
    WHERE key IN (SELECT sipHash64('trace', trace_id) FROM task_traces)
)
  AND s.kind NOT IN ('call', 'outcome')
  AND s.started_at <= {to_:DateTime64(6,'UTC')}
  AND s.started_at + toIntervalNanosecond(s.duration_ns) >= {from_:DateTime64(6,'UTC')}
GROUP BY trace_id, span_id
ORDER BY started_at, trace_id, span_id
LIMIT 2000
