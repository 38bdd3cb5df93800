-- purpose: tasks as priced then: list_cost_usd is what their calls were first priced at; abandoned spend, of which only today's is
--   kept, changes in proportion
-- grain: one task
-- params: then Identifier the database of these views
-- reads: tasks
CREATE OR REPLACE VIEW {then:Identifier}.tasks AS
SELECT * REPLACE (
    if(t.list_cost_usd = t.original_cost_usd OR t.list_cost_usd = 0, t.abandoned_cost_usd,
        toDecimal128(toFloat64(t.abandoned_cost_usd) * toFloat64(t.original_cost_usd) / toFloat64(t.list_cost_usd), 12)) AS abandoned_cost_usd,
    t.original_cost_usd AS list_cost_usd)
FROM tasks AS t FINAL
