-- purpose: the newest resolution of every name
-- grain: one provider and model name as seen
-- reads: model_alias
CREATE VIEW IF NOT EXISTS model_names AS
SELECT provider, model, book_provider, book_model, note, tier
FROM model_alias FINAL
