-- purpose: what became of the calls that one import brought
-- grain: one row per pricing status and model; calls told by another report as well, and kept under that, stand under status merged
-- params: from_ DateTime64(6,'UTC') inclusive, to_ DateTime64(6,'UTC') exclusive, of their arrival; scopes String pattern of
--   their emitters; started_from DateTime64(6,'UTC') inclusive, started_to DateTime64(6,'UTC') exclusive, of the calls
-- columns: status text of pricing, or merged; model text; calls count; cost_text text USD at list price, exact;
--   reported_text text USD as the files say, exact
-- tables: call_reports, llm_calls
WITH sent AS
(
    SELECT trace_id, span_id, any(if(has(roles, 4), texts[indexOf(roles, 4)], texts[indexOf(roles, 3)])) AS model
    FROM call_reports
    WHERE ingested_at >= {from_:DateTime64(6,'UTC')} AND ingested_at < {to_:DateTime64(6,'UTC')} AND scope LIKE {scopes:String}
        AND started_at >= {started_from:DateTime64(6,'UTC')} AND started_at < {started_to:DateTime64(6,'UTC')}
    GROUP BY trace_id, span_id
)
SELECT
    if(c.span_id = '', 'merged', toString(c.pricing_status)) AS status,
    toString(s.model) AS model,
    count() AS calls,
    toString(sum(ifNull(c.list_cost_usd, 0))) AS cost_text,
    toString(sum(ifNull(c.reported_cost_usd, 0))) AS reported_text
FROM sent AS s
LEFT JOIN
(
    SELECT trace_id, span_id, pricing_status, list_cost_usd, reported_cost_usd
    FROM llm_calls FINAL
    WHERE started_at >= {started_from:DateTime64(6,'UTC')} AND started_at < {started_to:DateTime64(6,'UTC')} AND (trace_id, span_id) IN (SELECT trace_id, span_id FROM sent)
) AS c ON c.trace_id = s.trace_id AND c.span_id = s.span_id
GROUP BY status, model
ORDER BY status, calls DESC, model
