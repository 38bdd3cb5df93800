-- purpose: the calls of the benchmark: ten a task; times, models and tokens follow from the number
-- grain: one call
-- params: tasks UInt64; now UInt32 unix seconds; days UInt32 over which the tasks are spread
CREATE TABLE bench_calls ENGINE = MergeTree ORDER BY started_at AS
SELECT
    intDiv(number, 10) AS task,
    toUInt32(number % 10) AS place,
    lower(hex(sipHash128(intDiv(number, 10)))) AS task_id,
    ['support', 'research', 'coding', 'nightly', 'review', 'extract', 'plan', 'route'][1 + sipHash64(intDiv(number, 10)) % 8] AS workload,
    ['claude-haiku-4-5', 'claude-sonnet-4-5', 'gpt-5-mini', 'claude-opus-4-5'][1 + sipHash64(number) % 4] AS model,
    ['nano', 'standard', 'nano', 'premium'][1 + sipHash64(number) % 4] AS tier,
    ['planner', 'worker'][1 + number % 2] AS agent,
    toDateTime64({now:UInt32} - {days:UInt32} * 86400 + intDiv(intDiv(number, 10) * {days:UInt32} * 86400, {tasks:UInt64}) + number % 10 * 3 - 60, 6, 'UTC') AS started_at,
    100 + sipHash64(number, 1) % 5000 AS fresh,
    sipHash64(number, 2) % 20000 AS cache_read,
    10 + sipHash64(number, 3) % 900 AS output,
    toDecimal64((fresh * 3 + cache_read * 0.3 + output * 15) / 1e6 * (1 + (sipHash64(task) % 100 = 0) * 20), 12) AS usd
FROM numbers({tasks:UInt64} * 10)
