-- purpose: the rate limit beside what is left of it
-- grain: one span that called a model
ALTER TABLE call_candidates
    ADD COLUMN IF NOT EXISTS rate_limit_tokens Nullable(UInt64) COMMENT 'tokens of the rate limit, as the provider said' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS rate_limit_calls Nullable(UInt64) COMMENT 'calls of the rate limit, as the provider said' CODEC(ZSTD(1))
