-- purpose: log_conventions with all that one event says in one row, for the dictionary
-- grain: one event
-- reads: log_conventions
CREATE VIEW IF NOT EXISTS log_rules AS
SELECT event, groupArray(attribute) AS attributes, groupArray(says) AS says, groupArray(toUInt8(is_main)) AS are_main
FROM log_conventions
GROUP BY event
