-- purpose: what else a weekly review is held against: budgets, baselines, invoices, what the gate said, cascades, spans
--   that came late
-- grain: one row per budget and baseline; per invoice; per change and workload that the gate judged in the week;
--   per workload and tier with tries in cascades; one for the week's spans, without a filter by workload; per
--   workload and model whose price steps up with the length of the prompt, nearest to it first
-- params: from_ DateTime64(6,'UTC') start of the week, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all, else only what concerns these;
--   tenants Array(String) empty = all
-- columns: part text budget, baseline, invoice, gate, step or late; scope text of a budget workload, tenant or
--   all, of a verdict its workload, of a step its tier; name text workload, tenant, provider or pull request;
--   period text of a budget, or the month of an invoice; stated_usd Nullable(Float64) USD of a budget a period,
--   USD billed, mean USD of a try; computed_usd Nullable(Float64) USD of the ledger for the month of an invoice,
--   USD a month more of a change that the gate judged, USD of judges beside the tries of a tier; count unpriced
--   calls of an invoice's month, tries of a step, spans that came more than ten minutes after they ended;
--   of_count tries that a higher tier followed, spans that came in the week; change text commit that the gate
--   judged; verdict text, of a baseline what it names, architecture or workload; reason text, of a baseline its
--   name; ratio Nullable(Float64) typical cost of a task after over before, of part cliff P95 of input
--   tokens over the step of the price (count its calls, of_count the step in tokens); at DateTime64(6,'UTC') when it was
--   judged; overridden_by text, empty = nobody; override_reason text
-- tables: stated, calls_rollup, gate_verdicts, gate_overrides, cascade_tiers_in, spans, call_levels, llm_calls, price_book, price_books, model_alias
SELECT *
FROM
(
    SELECT
        toString(s.kind) AS part, toString(s.scope) AS scope, s.name AS name, toString(s.period) AS period,
        toFloat64(s.amount_usd) AS stated_usd, CAST(NULL AS Nullable(Float64)) AS computed_usd,
        toUInt64(0) AS count, toUInt64(0) AS of_count, '' AS change, toString(s.other_scope) AS verdict, s.other AS reason,
        CAST(NULL AS Nullable(Float64)) AS ratio, {from_:DateTime64(6,'UTC')} AS at, '' AS overridden_by, '' AS override_reason
    FROM stated AS s FINAL
    WHERE s.kind IN ('budget', 'baseline') AND empty({tenants:Array(String)})
      AND (empty({workloads:Array(String)}) OR (s.scope = 'workload' AND has({workloads:Array(String)}, s.name)))
    UNION ALL
    SELECT
        'cliff', workload, model, '', NULL, NULL, calls, cliff, '', '', '', p95_input / cliff, {from_:DateTime64(6,'UTC')}, '', ''
    FROM
    (
        SELECT
            toString(c.workload) AS workload, toString(c.model) AS model, any(s.step) AS cliff, sum(c.input_known_calls) AS calls,
            if(sum(c.calls) = sum(c.loose_calls), quantilesDeterministicMerge(0.05, 0.5, 0.95, 0.99)(c.input_tokens_exact),
                quantilesDDMerge(0.01, 0.05, 0.5, 0.95, 0.99)(c.input_tokens))[3] AS p95_input
        FROM call_levels_in(froms = [{from_:DateTime64(6,'UTC')}], tos = [{to_:DateTime64(6,'UTC')}], longest_s = 86400, tenants = {tenants:Array(String)}) AS c
        INNER JOIN
        (
            SELECT a.provider AS provider, a.model AS model, min(p.above_input_tokens) AS step
            FROM price_book AS p FINAL
            INNER JOIN model_alias AS a FINAL ON a.book_provider = p.provider AND a.book_model = p.model
            WHERE p.book_version = (SELECT argMax(version, loaded_at) FROM price_books) AND p.above_input_tokens > 0
              AND p.service_class = 'standard' AND p.valid_to > {from_:DateTime64(6,'UTC')} AND p.valid_from < {to_:DateTime64(6,'UTC')}
            GROUP BY provider, model
        ) AS s ON s.provider = c.provider AND s.model = c.model
        WHERE empty({workloads:Array(String)}) OR has({workloads:Array(String)}, c.workload)
        GROUP BY workload, model
        HAVING calls > 0
        ORDER BY p95_input / cliff DESC
        LIMIT 5
    )
    UNION ALL
    SELECT
        'invoice', 'provider', i.name, i.month, i.billed_usd, c.computed_usd, c.unpriced, 0, '', '', '', NULL,
        {from_:DateTime64(6,'UTC')}, '', ''
    FROM
    (
        SELECT name, toString(s.period) AS month, toFloat64(s.amount_usd) AS billed_usd
        FROM stated AS s FINAL
        WHERE s.kind = 'invoice' AND empty({workloads:Array(String)}) AND empty({tenants:Array(String)})
          AND s.period <= formatDateTime({from_:DateTime64(6,'UTC')}, '%Y-%m')
          AND s.period >= formatDateTime(subtractMonths({from_:DateTime64(6,'UTC')}, 3), '%Y-%m')
        ORDER BY month DESC
        LIMIT 1 BY name
    ) AS i
    LEFT JOIN
    (
        SELECT
            toString(r.provider) AS provider,
            formatDateTime(toStartOfMonth(minute), '%Y-%m') AS month,
            CAST(toFloat64(sum(list_cost_usd)) AS Nullable(Float64)) AS computed_usd,
            sum(unpriced_calls) AS unpriced
        FROM calls_rollup AS r FINAL
        WHERE minute >= toStartOfMonth(subtractMonths({from_:DateTime64(6,'UTC')}, 3)) AND minute < addMonths(toStartOfMonth({from_:DateTime64(6,'UTC')}), 1)
          AND (SELECT count() FROM stated FINAL WHERE kind = 'invoice') > 0
        GROUP BY provider, month
    ) AS c ON c.provider = i.name AND c.month = i.month
    UNION ALL
    SELECT
        'gate', toString(v.workload), v.pull_request, '', CAST(v.usd_per_1000_tasks AS Nullable(Float64)), CAST(v.monthly_usd AS Nullable(Float64)),
        toUInt64(v.cases), 0, v.head_change, toString(v.verdict), v.reason, CAST(v.typical_ratio AS Nullable(Float64)), v.decided_at, o.accepted_by, o.why
    FROM
    (
        SELECT *
        FROM gate_verdicts
        WHERE kind = 'gate' AND empty({tenants:Array(String)}) AND decided_at >= {from_:DateTime64(6,'UTC')} AND decided_at < {to_:DateTime64(6,'UTC')}
          AND if(empty({workloads:Array(String)}), workload = 'all workloads', has({workloads:Array(String)}, workload))
        ORDER BY decided_at DESC
        LIMIT 1 BY suite, pull_request, head_change, workload
    ) AS v
    LEFT JOIN
    (
        SELECT suite, pull_request, head_change, argMax(`by`, decided_at) AS accepted_by, argMax(reason, decided_at) AS why
        FROM gate_overrides FINAL
        GROUP BY suite, pull_request, head_change
    ) AS o ON o.suite = v.suite AND o.pull_request = v.pull_request AND o.head_change = v.head_change
    UNION ALL
    SELECT
        'step', tier, workload, '', mean_usd, CAST(check_usd AS Nullable(Float64)), attempts, escalated, '', '', '', NULL,
        {from_:DateTime64(6,'UTC')}, '', ''
    FROM cascade_tiers_in(
        from_ = {from_:DateTime64(6,'UTC')}, to_ = {to_:DateTime64(6,'UTC')}, workloads = {workloads:Array(String)},
        models = [], agents = [], environments = [],
        tiers = [], tenants = {tenants:Array(String)}
    )
    UNION ALL
    SELECT
        'late', '', '', '', NULL, NULL, countIf(delay_s > 600), count(), '', '', '', NULL, {from_:DateTime64(6,'UTC')}, '', ''
    FROM
    (
        SELECT dateDiff('second', addNanoseconds(started_at, duration_ns), ingested_at) AS delay_s
        FROM spans
        WHERE ingested_at >= {from_:DateTime64(6,'UTC')} AND ingested_at < {to_:DateTime64(6,'UTC')} AND empty({workloads:Array(String)}) AND NOT imported
          AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, tenant))
    )
)
ORDER BY part, at DESC, scope, name, period
LIMIT 1000
