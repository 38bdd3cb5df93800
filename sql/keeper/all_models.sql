-- purpose: every model name ever seen
-- grain: one provider and model name
SELECT provider, model FROM model_names
