-- purpose: which of the dearer steps the batch needs
-- Two response ids of one hash, or reports of one scope: at worst a step that finds nothing.
-- grain: one row
-- reads: work_climbing, work_candidates, work_spans
SELECT
    (SELECT count() FROM work_climbing) AS climbing,
    countIf(response_id != '') - uniqExactIf(cityHash64(response_id), response_id != '') AS shared_responses,
    (SELECT count() FROM (SELECT 1 FROM work_candidates WHERE output_tokens > 0 AND (SELECT uniqExact(cityHash64(scope, convention)) FROM work_candidates WHERE output_tokens > 0) > 1 GROUP BY output_tokens, ifNull(fresh_input_tokens, 0) + ifNull(cache_read_tokens, 0) + ifNull(cache_write_short_tokens, 0) + ifNull(cache_write_long_tokens, 0) HAVING min(cityHash64(scope, convention)) != max(cityHash64(scope, convention)))) AS shared_tokens,
    countIf(startsWith(scope, 'spanledger.log.') OR endsWith(scope_version, '+logs') OR endsWith(scope_version, '+details')) AS logs,
    if(uniqExact(scope) > 1, countIf(kind = 'call' AND parent_span_id = '' AND ((usage_status = 'missing' AND response_id = '' AND finish_reason = '') OR (usage_status = 'reported' AND provider = 'anthropic' AND cache_read_tokens IS NULL AND cache_write_short_tokens IS NULL))), 0) AS unheard,
    countIf(cascade_id != '') AS cascades,
    (SELECT count() FROM (SELECT task_id FROM work_spans WHERE task_id != '' AND kind != 'outcome' GROUP BY task_id HAVING min(workload) != max(workload))) AS mixed_workloads
FROM work_candidates
