-- purpose: model names of the batch that were never resolved
-- grain: one provider and model name
SELECT DISTINCT provider, model
FROM (SELECT provider, arrayJoin([request_model, response_model]) AS model FROM work_candidates)
WHERE model != '' AND NOT dictHas('model_name', cityHash64(toString(provider), toString(model)))
