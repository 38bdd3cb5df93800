-- purpose: spans that are no call of their own
-- grain: one folded span
INSERT INTO work_folds
SELECT f.1, f.2, f.3, f.4, f.5
FROM (SELECT arrayJoin(arrayZip({traces:Array(String)}, {spans:Array(String)}, {into_traces:Array(String)}, {into_spans:Array(String)}, {whys:Array(String)})) AS f)
