-- purpose: fewer rewrites: merging five parts at a time cost as much CPU as a third of all ingest
-- grain: none
ALTER TABLE llm_calls MODIFY SETTING merge_selector_base = 25
