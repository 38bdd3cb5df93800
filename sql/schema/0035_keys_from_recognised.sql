-- purpose: indexes the keys of every insert
-- grain: one key in one trace in one insert
-- reads: recognised_spans; writes: key_index
CREATE MATERIALIZED VIEW IF NOT EXISTS keys_from_recognised TO key_index AS
SELECT k.1 AS key, k.2 AS kind, trace_id, ingested_at
FROM
(
    SELECT
        arrayJoin(arrayFilter(x -> x.1 != 0, arrayConcat(arrayMap(x -> (x, 5), alike_keys), [
            (sipHash64('trace', trace_id), 1),
            (if(has(roles, 20), sipHash64('task', texts[indexOf(roles, 20)]), 0), 2),
            (if(has(roles, 13), sipHash64('conversation', texts[indexOf(roles, 13)]), 0), 3),
            -- A verdict may name a task by what it was charged to: a trace, or a conversation with the number of its task.
            (if((has(roles, 44) OR has(roles, 47)) AND has(roles, 20), sipHash64('trace', texts[indexOf(roles, 20)]), 0), 1),
            (if((has(roles, 44) OR has(roles, 47)) AND has(roles, 20), sipHash64('conversation', replaceRegexpOne(texts[indexOf(roles, 20)], '~[0-9]+$', '')), 0), 3),
            (if(has(roles, 5), sipHash64('response', texts[indexOf(roles, 5)]), 0), 4)]))) AS k,
        trace_id,
        ingested_at
    FROM recognised_spans
)
GROUP BY key, kind, trace_id, ingested_at
