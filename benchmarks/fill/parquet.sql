-- purpose: the same calls for the peer
-- grain: one call
INSERT INTO FUNCTION file({file:String}, 'Parquet')
SELECT task_id, workload, model, tier, agent, started_at, fresh, cache_read, output, usd
FROM bench_calls
