-- purpose: claims a term, or renews the claim
-- grain: one claim
-- params: name String; term UInt64; holder String; lasts_s UInt32 seconds
-- writes: leases
INSERT INTO leases (name, term, holder, claimed_at, expires_at)
SELECT {name:String}, {term:UInt64}, {holder:String}, now64(6, 'UTC'), addSeconds(now64(6, 'UTC'), {lasts_s:UInt32})
