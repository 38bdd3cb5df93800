-- purpose: how many of the traces that one import brought were in the ledger before
-- grain: one row
-- params: from_ DateTime64(6,'UTC') inclusive, to_ DateTime64(6,'UTC') exclusive, of their arrival; scopes String pattern of
--   their emitters; started_from DateTime64(6,'UTC') inclusive, started_to DateTime64(6,'UTC') exclusive, of the calls
-- columns: traces count; known count of those that were there before
-- tables: call_reports, key_index
WITH sent AS
(
    SELECT DISTINCT trace_id
    FROM call_reports
    WHERE ingested_at >= {from_:DateTime64(6,'UTC')} AND ingested_at < {to_:DateTime64(6,'UTC')} AND scope LIKE {scopes:String}
        AND started_at >= {started_from:DateTime64(6,'UTC')} AND started_at < {started_to:DateTime64(6,'UTC')}
)
SELECT
    (SELECT count() FROM sent) AS traces,
    uniqExact(trace_id) AS known
FROM key_index
WHERE key IN (SELECT sipHash64('trace', trace_id) FROM sent) AND kind = 1 AND ingested_at < {from_:DateTime64(6,'UTC')}
