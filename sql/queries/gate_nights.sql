-- purpose: what the gate said of the latest comparisons of a version with itself
-- grain: one comparison, newest first
-- params: suite String name of the suite; nights UInt32 how many at most
-- columns: decided_at DateTime64(6,'UTC'); verdict text
-- tables: gate_verdicts
SELECT decided_at, toString(verdict) AS verdict
FROM gate_verdicts
WHERE gate_verdicts.suite = {suite:String} AND kind = 'unchanged' AND workload = 'all workloads'
  AND gate_verdicts.verdict != 'NOT_COMPARABLE'
ORDER BY decided_at DESC
LIMIT {nights:UInt32}
