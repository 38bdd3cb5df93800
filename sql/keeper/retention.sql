-- purpose: how long spans are kept as received
-- grain: one table
-- params: days UInt16 days after the start of a span
-- writes: otel_traces
ALTER TABLE otel_traces MODIFY TTL toDateTime(Timestamp) + toIntervalDay({days:UInt16})
