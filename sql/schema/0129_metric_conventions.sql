-- purpose: which metric tells of tokens or cost, and of which; kept to check that no call is missing, never priced
-- grain: one value of the attribute that says which tokens
-- columns: metric text; attribute text, empty when the metric has but one meaning; value text; bucket text
CREATE VIEW IF NOT EXISTS metric_conventions AS
SELECT metric, attribute, value, bucket
FROM values(
    'metric String, attribute String, value String, bucket String',
    ('claude_code.token.usage', 'type', 'input', 'fresh_input_tokens'),
    ('claude_code.token.usage', 'type', 'cacheRead', 'cache_read_tokens'),
    ('claude_code.token.usage', 'type', 'cacheCreation', 'cache_write_tokens'),
    ('claude_code.token.usage', 'type', 'output', 'output_tokens'),
    ('claude_code.cost.usage', '', '', 'reported_cost_usd'),
    ('codex.turn.token_usage', 'token_type', 'input', 'input_tokens'),
    ('codex.turn.token_usage', 'token_type', 'cached_input', 'cache_read_tokens'),
    ('codex.turn.token_usage', 'token_type', 'cache_write_input', 'cache_write_tokens'),
    ('codex.turn.token_usage', 'token_type', 'output', 'output_tokens'),
    ('codex.turn.token_usage', 'token_type', 'reasoning_output', 'reasoning_tokens'),
    ('gemini_cli.token.usage', 'type', 'input', 'input_tokens'),
    ('gemini_cli.token.usage', 'type', 'cache', 'cache_read_tokens'),
    ('gemini_cli.token.usage', 'type', 'output', 'answer_tokens'),
    ('gemini_cli.token.usage', 'type', 'thought', 'reasoning_tokens'))
