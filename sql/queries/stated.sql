-- purpose: what spanledger.yaml states about budgets, baselines and invoices
-- grain: one statement
-- params: workloads Array(String) empty = all, else only what is stated of these
-- columns: kind text budget, baseline or invoice; scope text workload, tenant, all or provider; name text;
--   period text month, week, day, hour, or the month of an invoice; amount_usd Nullable(Float64) USD;
--   other_scope text architecture or workload, of a baseline; other text its name
-- tables: stated
SELECT
    toString(kind) AS kind,
    toString(scope) AS scope,
    name,
    toString(period) AS period,
    toFloat64(amount_usd) AS amount_usd,
    toString(other_scope) AS other_scope,
    other
FROM stated FINAL
WHERE empty({workloads:Array(String)}) OR (scope = 'workload' AND has({workloads:Array(String)}, name))
ORDER BY kind, scope, name, period
