-- purpose: what tries at each tier cost, how often they were not good enough, per workload
-- grain: one row per workload and tier that has tries in cascades
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all; models Array(String) empty = all; agents Array(String) empty = all;
--   environments Array(String) empty = all; tiers Array(String) empty = all;
--   tenants Array(String) empty = all
-- columns: workload text; tier text; attempts count tries; one of several calls counts once; escalated
--   count tries that a higher tier followed; abandoned count tries whose answer was thrown away; unpriced
--   count tries with a call of unknown cost; spend_usd USD of all tries; abandoned_usd USD of thrown-away
--   tries; mean_usd Nullable(Float64) USD per priced try; p95_usd Nullable(Float64) USD; check_usd USD of
--   calls inside the cascade that are no try, such as judges; wait_s Nullable(Float64) mean seconds of a try
-- tables: cascade_tiers_in
SELECT *
FROM cascade_tiers_in(
    from_ = {from_:DateTime64(6,'UTC')}, to_ = {to_:DateTime64(6,'UTC')}, workloads = {workloads:Array(String)},
    models = {models:Array(String)}, agents = {agents:Array(String)}, environments = {environments:Array(String)},
    tiers = {tiers:Array(String)}, tenants = {tenants:Array(String)}
)
ORDER BY workload, indexOf(['nano', 'standard', 'premium'], tier)
LIMIT 600
