-- purpose: a report that knows the cache writes knows more than one without them that rests on no assumption
-- grain: one candidate
ALTER TABLE call_candidates MODIFY COLUMN informed UInt16
    ALIAS if(usage_status = 'reported', 100, 0) + if(usage_note = '', 10, 0)
        + isNotNull(fresh_input_tokens) + isNotNull(cache_read_tokens) + 12 * isNotNull(cache_write_long_tokens) + 4 * isNotNull(output_tokens) + isNotNull(reasoning_tokens)
    COMMENT 'more is better informed'
