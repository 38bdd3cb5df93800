-- purpose: how much a candidate knows of the usage, so that of several reports of one call the best informed is taken
-- grain: one candidate
ALTER TABLE call_candidates ADD COLUMN IF NOT EXISTS informed UInt16
    ALIAS if(usage_status = 'reported', 100, 0) + if(usage_note = '', 10, 0)
        + isNotNull(fresh_input_tokens) + isNotNull(cache_read_tokens) + 2 * isNotNull(cache_write_long_tokens) + 4 * isNotNull(output_tokens) + isNotNull(reasoning_tokens)
    COMMENT 'more is better informed'
