-- purpose: the model names of the benchmark's calls, for the keeper to resolve
-- grain: one provider and model name
INSERT INTO model_alias (provider, model)
SELECT DISTINCT provider, request_model FROM llm_calls
