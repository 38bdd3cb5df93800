-- purpose: takes a copy of a day's calls to be priced anew; their files are linked, not written
-- grain: one day of calls
-- params: day String partition of llm_calls
-- reads: llm_calls; writes: repricing
ALTER TABLE repricing ATTACH PARTITION ID {day:String} FROM llm_calls
