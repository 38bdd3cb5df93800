-- purpose: the runs of one side of a gate: which case each belongs to, and how it ended
-- grain: one row per case and run; a case is the eval case, else the task; a run is the eval run, else the trace
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive, by the
--   end of the task; workloads Array(String) empty = all; environments Array(String) empty = all; changes
--   Array(String) empty = all, else tasks whose commit begins with one of them; pull_requests Array(String) empty =
--   all; prompt_versions Array(String) empty = all
-- columns: case text; run text; workload text, of most calls; day Date of its last task's end, UTC; tasks count; calls
--   count; judged count of tasks with an outcome; succeeded count of those that succeeded; changes Array(String)
--   commits; prompt_versions Array(String); traces Array(String) trace ids;
--   is_eval Bool the emitter named the case
-- tables: tasks, llm_calls
WITH
    chosen AS
    (
        SELECT
            t.task_id AS task_id, toString(t.workload) AS workload, t.case_id AS case_id, t.run_id AS run_id,
            t.success AS success, t.started_at AS began, t.ended_at AS ended,
            toString(t.change) AS change, toString(t.prompt_version) AS prompt_version
        FROM tasks AS t FINAL
        WHERE toDate(ended_at) BETWEEN toDate({from_:DateTime64(6,'UTC')}) AND toDate({to_:DateTime64(6,'UTC')})
          AND identity(ended_at) >= {from_:DateTime64(6,'UTC')} AND identity(ended_at) < {to_:DateTime64(6,'UTC')}
          AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, workload))
          AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, environment))
          AND (empty({changes:Array(String)}) OR arrayExists(c -> startsWith(t.change, c), {changes:Array(String)}))
          AND (empty({pull_requests:Array(String)}) OR has({pull_requests:Array(String)}, pull_request))
          AND (empty({prompt_versions:Array(String)}) OR has({prompt_versions:Array(String)}, prompt_version))
    ),
    calls AS
    (
        SELECT
            multiIf(c.case_id != '', c.case_id, t.case_id != '', t.case_id, t.task_id) AS case,
            multiIf(c.run_id != '', c.run_id, t.run_id != '', t.run_id, c.trace_id != '', c.trace_id, t.task_id) AS run,
            c.case_id != '' OR t.case_id != '' AS named, t.workload AS workload, t.task_id AS task, t.success AS success, t.ended AS ended, t.change AS change,
            t.prompt_version AS prompt_version, c.trace_id AS trace, c.trace_id != '' AS is_call
        FROM chosen AS t
        LEFT JOIN
        (
            SELECT * FROM llm_calls FINAL
            WHERE started_at >= (SELECT min(began) FROM chosen) AND started_at < {to_:DateTime64(6,'UTC')}
              AND task_id IN (SELECT task_id FROM chosen)
        ) AS c ON c.task_id = t.task_id
    )
SELECT
    case, run,
    argMax(workload, (of_workload, workload)) AS workload,
    max(toDate(ended)) AS day,
    length(groupUniqArrayArray(tasks)) AS tasks,
    sum(calls) AS calls,
    length(groupUniqArrayArray(judged_tasks)) AS judged,
    length(groupUniqArrayArray(good_tasks)) AS succeeded,
    arraySort(arrayFilter(v -> v != '', groupUniqArrayArray(changes))) AS changes,
    arraySort(arrayFilter(v -> v != '', groupUniqArrayArray(prompt_versions))) AS prompt_versions,
    arraySort(groupUniqArrayArray(traces)) AS traces,
    max(named) AS is_eval
FROM
(
    SELECT
        case, run, workload,
        count() AS of_workload, countIf(is_call) AS calls, max(ended) AS ended,
        groupUniqArray(task) AS tasks,
        groupUniqArrayIf(task, success IS NOT NULL) AS judged_tasks,
        groupUniqArrayIf(task, ifNull(success, false)) AS good_tasks,
        groupUniqArray(change) AS changes,
        groupUniqArray(prompt_version) AS prompt_versions,
        groupUniqArrayIf(trace, is_call) AS traces,
        max(named) AS named
    FROM calls
    GROUP BY case, run, workload
)
GROUP BY case, run
ORDER BY case, run
