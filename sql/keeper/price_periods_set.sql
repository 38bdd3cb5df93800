-- purpose: sets which books price which time
-- grain: one stretch of time
INSERT INTO price_periods (set_at, valid_from, valid_to, book_version)
SELECT now64(6, 'UTC'), toDateTime(p.1, 'UTC'), toDateTime(p.2, 'UTC'), p.3
FROM (SELECT arrayJoin(arrayZip({froms:Array(UInt32)}, {tos:Array(UInt32)}, {versions:Array(String)})) AS p)
