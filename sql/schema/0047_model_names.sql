-- purpose: the newest resolution of every name, under one number for provider and name
-- grain: one provider and model name as seen
-- reads: model_alias
CREATE VIEW IF NOT EXISTS model_names AS
SELECT cityHash64(toString(provider), toString(model)) AS id, provider, model, book_provider, book_model, note, tier
FROM model_alias FINAL
