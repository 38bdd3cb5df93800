-- purpose: hands accepted spans with arrays or maps still encoded on; where there is none, nothing after it is planned
-- Messages are long and would be dropped after all, so they are not decoded: nothing but the names of such attributes goes on.
-- grain: one span
-- reads: otel_intake; writes: undecoded_spans
CREATE MATERIALIZED VIEW IF NOT EXISTS pick_undecoded TO undecoded_spans AS
WITH
    -- Only what holds no usage, no reason to stop and no argument of a tool (roles 83, 88, 95); names as in store_spans_checked.
    m -> mapApply((k, v) -> (k, if(startsWith(v, '\0\x01') AND k IN ('gen_ai.input.messages', 'gen_ai.system_instructions', 'gen_ai.tool.definitions', 'gen_ai.tool.call.result', 'gen_ai.request.messages', 'llm.input_messages', 'messages', 'content', 'prompt', 'retrieval.documents', 'embedding.embeddings'), '', v)), m) AS without_messages
SELECT * EXCEPT (RejectReason, MayHoldContent, IsUndecoded)
    REPLACE (without_messages(SpanAttributes) AS SpanAttributes, arrayMap(a -> without_messages(a), `Events.Attributes`) AS `Events.Attributes`)
FROM otel_intake
WHERE RejectReason = '' AND IsUndecoded
