-- purpose: the rate limit beside what is left of it
-- grain: one call
ALTER TABLE llm_calls
    ADD COLUMN IF NOT EXISTS rate_limit_tokens Nullable(UInt64) COMMENT 'tokens of the rate limit, as the provider said' CODEC(ZSTD(1)) AFTER rate_limit_remaining_calls,
    ADD COLUMN IF NOT EXISTS rate_limit_calls Nullable(UInt64) COMMENT 'calls of the rate limit, as the provider said' CODEC(ZSTD(1)) AFTER rate_limit_tokens
