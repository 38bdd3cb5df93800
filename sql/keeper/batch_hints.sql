-- purpose: which of the dearer steps the batch needs
-- grain: one row
-- reads: work_climbing, work_candidates
SELECT
    (SELECT count() FROM work_climbing) AS climbing,
    (SELECT count() - uniqExact(response_id) FROM work_candidates WHERE response_id != '') AS shared_responses
