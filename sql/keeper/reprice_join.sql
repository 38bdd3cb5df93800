-- purpose: makes one part of a day's calls: every part of a mutation is planned by itself
-- grain: one day of calls
-- params: day String partition of repricing
-- writes: repricing
OPTIMIZE TABLE repricing PARTITION ID {day:String} FINAL
