-- purpose: calls behind a finding: without a cost, resting on an assumption, folded, or reported at another cost
-- grain: one row per call, latest first, at most 100 for each status and for each other kind
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all; models Array(String) empty = all; agents Array(String) empty =
--   all; environments Array(String) empty = all; tiers Array(String) empty = all;
--   tenants Array(String) empty = all
-- columns: kind text the pricing status, or a note, or folded, or reported_gap; started_at DateTime64(6,'UTC'); task_id text; trace_id text; span_id text; provider text;
--   model text; emitter text; pricing_note text; suppressed_why text; list_usd Nullable(Float64) USD; reported_usd Nullable(Float64) USD
-- tables: llm_calls, health_sums, summed_buckets
WITH
    (SELECT groupArray((bucket, sums)) FROM summed_within(basis = 'start', froms = [{from_:DateTime64(6,'UTC')}], tos = [{to_:DateTime64(6,'UTC')}], longest_s = if(empty({tenants:Array(String)}), 3600, 0))) AS whole,
    (SELECT (min(started_at), max(started_at)) FROM llm_calls) AS reach,
    -- Of the hours that are summed, the latest that hold a hundred calls of a kind.
    latest AS
    (
        SELECT arrayJoin(arrayFilter((hour, before) -> before < 100, hours, arrayMap((n, sum) -> sum - n, numbers, arrayCumSum(numbers)))) AS hour
        FROM
        (
            SELECT kind, arrayReverseSort(groupArray((bucket, n))) AS pairs, arrayMap(p -> p.1, pairs) AS hours, arrayMap(p -> toInt64(p.2), pairs) AS numbers
            FROM
            (
                SELECT
                    arrayJoin(arrayFilter(k -> k.1 != '' AND k.2 > 0, arrayConcat(
                        [(if(h.pricing_status = 'priced', '', toString(h.pricing_status)), h.calls), ('folded', folded_calls), ('reported_gap', gap_calls)],
                        arrayMap(note -> (note, h.calls), splitByChar(',', toString(h.pricing_note)))))) AS each,
                    each.1 AS kind, bucket, sum(each.2) AS n
                FROM health_sums AS h
                WHERE bucket_s = 3600 AND (bucket, version) IN (SELECT w.1, w.2 FROM (SELECT arrayJoin(whole) AS w))
                  AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, h.workload))
                  AND (empty({models:Array(String)}) OR has({models:Array(String)}, h.model))
                  AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, h.agent))
                  AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, h.environment))
                  AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, h.tier))
                GROUP BY each, kind, bucket
            )
            GROUP BY kind
        )
    )
SELECT
    arrayJoin(arrayFilter(k -> k != '', arrayConcat(
        [if(c.pricing_status = 'priced', '', toString(c.pricing_status)), if(c.suppressed_spans > 0, 'folded', ''),
         if(ifNull(c.reported_cost_usd > 0 AND abs(c.reported_cost_usd - c.list_cost_usd) > 0.01 * c.reported_cost_usd, false), 'reported_gap', '')],
        splitByChar(',', toString(c.pricing_note))))) AS kind,
    c.started_at AS started_at, c.task_id AS task_id, c.trace_id AS trace_id, c.span_id AS span_id,
    toString(c.provider) AS provider, toString(if(c.response_model != '', c.response_model, c.request_model)) AS model, toString(c.emitter) AS emitter,
    toString(c.pricing_note) AS pricing_note, toString(c.suppressed_why) AS suppressed_why,
    toFloat64(c.list_cost_usd) AS list_usd, toFloat64(c.reported_cost_usd) AS reported_usd
FROM llm_calls AS c FINAL
WHERE c.started_at >= {from_:DateTime64(6,'UTC')} AND c.started_at < {to_:DateTime64(6,'UTC')}
  AND toStartOfMinute(c.started_at) IN
  (
      SELECT toDateTime(m * 60, 'UTC') AS minute
      FROM (SELECT arrayJoin(range(toUInt32(intDiv(toUnixTimestamp(greatest({from_:DateTime64(6,'UTC')}, reach.1)), 60)), toUInt32(intDiv(toUnixTimestamp(least({to_:DateTime64(6,'UTC')}, reach.2)), 60)) + 1)) AS m)
      WHERE toStartOfHour(minute) NOT IN (SELECT arrayJoin(arrayMap(w -> w.1, whole))) OR toStartOfHour(minute) IN (SELECT hour FROM latest)
  )
  AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, c.workload))
  AND (empty({models:Array(String)}) OR has({models:Array(String)}, if(c.response_model != '', c.response_model, c.request_model)))
  AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, c.agent))
  AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, c.environment))
  AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, c.tier))
  AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, c.tenant))
  AND (c.pricing_status != 'priced' OR c.pricing_note != '' OR c.suppressed_spans > 0 OR c.reported_cost_usd > 0)
ORDER BY kind, started_at DESC
LIMIT 100 BY kind
