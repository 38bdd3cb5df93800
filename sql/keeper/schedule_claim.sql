-- purpose: claims one due moment of recurring work
-- grain: one claim
-- params: name String; due_at UInt32 unix seconds; holder String
-- writes: scheduled_runs
INSERT INTO scheduled_runs (name, due_at, holder)
SELECT {name:String}, toDateTime({due_at:UInt32}, 'UTC'), {holder:String}
