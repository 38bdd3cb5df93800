-- purpose: who does the work of one due moment: the earliest claim
-- grain: one row; none when nobody claimed it
-- params: name String; due_at UInt32 unix seconds
-- reads: scheduled_runs
SELECT argMin(holder, (claimed_at, holder)) AS winner
FROM scheduled_runs
WHERE name = {name:String} AND due_at = toDateTime({due_at:UInt32}, 'UTC')
HAVING count() > 0
