-- purpose: calls as priced then: list_cost_usd is what each was first priced at; parts of a cost that changed since are not known
-- grain: one call
-- params: then Identifier the database of these views
-- reads: llm_calls
CREATE OR REPLACE VIEW {then:Identifier}.llm_calls AS
SELECT * REPLACE (
    if(original_cost_usd <=> c.list_cost_usd, c.fresh_input_cost_usd, NULL) AS fresh_input_cost_usd,
    if(original_cost_usd <=> c.list_cost_usd, c.cache_read_cost_usd, NULL) AS cache_read_cost_usd,
    if(original_cost_usd <=> c.list_cost_usd, c.cache_write_cost_usd, NULL) AS cache_write_cost_usd,
    if(original_cost_usd <=> c.list_cost_usd, c.output_cost_usd, NULL) AS output_cost_usd,
    if(original_cost_usd <=> c.list_cost_usd, c.tool_fee_usd, NULL) AS tool_fee_usd,
    c.original_cost_usd AS list_cost_usd)
FROM llm_calls AS c FINAL
