-- purpose: remembers what model names mean
-- grain: one provider and model name
INSERT INTO model_alias (provider, model, book_provider, book_model, note, tier)
SELECT f.1, f.2, f.3, f.4, f.5, f.6
FROM (SELECT arrayJoin(arrayZip({providers:Array(String)}, {models:Array(String)}, {book_providers:Array(String)}, {book_models:Array(String)}, {notes:Array(String)}, {tiers:Array(String)})) AS f)
