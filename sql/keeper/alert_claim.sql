-- purpose: claims a term, or renews the claim
-- grain: one claim
-- params: term UInt64; holder String; lasts_s UInt32 seconds
-- writes: alert_leases
INSERT INTO alert_leases (term, holder, claimed_at, expires_at)
SELECT {term:UInt64}, {holder:String}, now64(6, 'UTC'), addSeconds(now64(6, 'UTC'), {lasts_s:UInt32})
