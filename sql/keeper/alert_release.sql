-- purpose: ends a lease by a term that has expired already
-- grain: one claim
-- params: term UInt64; holder String
-- writes: alert_leases
INSERT INTO alert_leases (term, holder, claimed_at, expires_at)
SELECT {term:UInt64}, {holder:String}, now64(6, 'UTC'), subtractSeconds(now64(6, 'UTC'), 1)
