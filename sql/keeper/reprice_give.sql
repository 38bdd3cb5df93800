-- purpose: puts a day's calls that were priced anew into the place of those that stood, at once
-- grain: one day of calls
-- params: day String partition of repricing
-- reads: repricing; writes: llm_calls
ALTER TABLE llm_calls REPLACE PARTITION ID {day:String} FROM repricing
