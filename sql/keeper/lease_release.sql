-- purpose: ends a lease by a term that has expired already
-- grain: one claim
-- params: name String; term UInt64; holder String
-- writes: leases
INSERT INTO leases (name, term, holder, claimed_at, expires_at)
SELECT {name:String}, {term:UInt64}, {holder:String}, now64(6, 'UTC'), subtractSeconds(now64(6, 'UTC'), 1)
