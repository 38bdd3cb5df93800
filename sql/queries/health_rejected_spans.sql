-- purpose: spans that were refused, and why
-- grain: one row per reason, service and emitter, most first
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive
-- columns: reason text; service text; emitter text; spans count; last_seen DateTime('UTC'); example_name text
-- tables: rejected_spans
SELECT
    toString(r.reason) AS reason, toString(r.service) AS service, toString(r.scope) AS emitter,
    count() AS spans, max(received_at) AS last_seen, toString(argMax(r.name, received_at)) AS example_name
FROM rejected_spans AS r
WHERE received_at >= {from_:DateTime64(6,'UTC')} AND received_at < {to_:DateTime64(6,'UTC')}
GROUP BY reason, service, emitter
ORDER BY spans DESC
LIMIT 100
