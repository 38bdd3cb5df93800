-- purpose: sums of calls as priced then: list_cost_usd is what they were first priced at; abandoned spend changes in proportion
-- grain: one combination of names in one bucket
-- params: then Identifier the database of these views
-- reads: calls_rollup
CREATE OR REPLACE VIEW {then:Identifier}.calls_rollup AS
SELECT * REPLACE (
    if(r.list_cost_usd = r.original_cost_usd OR r.list_cost_usd = 0, r.abandoned_cost_usd,
        toDecimal128(toFloat64(r.abandoned_cost_usd) * toFloat64(r.original_cost_usd) / toFloat64(r.list_cost_usd), 12)) AS abandoned_cost_usd,
    r.original_cost_usd AS list_cost_usd)
FROM calls_rollup AS r FINAL
