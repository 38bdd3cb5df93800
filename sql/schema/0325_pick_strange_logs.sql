-- purpose: hands log records of events nobody listed on, if they tell of the usage of one call
-- An event that sums up a session, a task, a turn or an agent's work is none, nor is a part of an answer, nor what is known before it:
-- its calls are told by others, or are nobody's to guess.
-- grain: one log record
-- reads: log_records, log_rule, attribute_role; writes: strange_logs
CREATE MATERIALIZED VIEW IF NOT EXISTS pick_strange_logs TO strange_logs AS
SELECT *
FROM log_records
WHERE NOT dictHas('log_rule', event)
    -- Agents whose own events are listed tell the same call in others as well, some of it otherwise.
    AND substringIndex(event, '.', 1) NOT IN ('claude_code', 'codex', 'gemini_cli') AND position(dictGet('emitter_rule', 'flags', (scope_name, '', ''), 0), 'session_is_task') = 0
    AND (
        event = 'gen_ai.client.inference.operation.details'
        OR (
            (
                arrayExists((k, t) -> (dictGetUInt8('attribute_role', 'role', k) IN (6, 7, 80) OR multiSearchAnyCaseInsensitive(k, ['token', 'usage'])) AND match(t, '[0-9]'), arrayConcat(keys, inner_keys), arrayConcat(texts, inner_texts))
                OR multiSearchAny(body_json, ['"usage', '"token_usage', '"tokenUsage'])
            )
            AND NOT match(if(position(event, '.') > 0 AND NOT match(event, '(?i)^(?:gen_ai|agent|crew|flow|run|job|pipeline|graph|chain|team)[.]'), substring(event, position(event, '.')), event), '(?i)session|conversation|summar|total|aggregat|cumulat|compress|compact|daily|weekly|month|report|budget|limit|quota|stat|turn|task|workflow|run[._ -]?(end|complet|finish)|checkpoint|heartbeat|metric|evaluat|tool|estimat|predict|progress|tokeni[sz]|encod|chunk|delta|partial|interim|incremental|usage[._ -]?update|agent[._ -]?(?:$|done|end|finish|complet|stop|result|run|exec|invo)|(?:crew|flow|job|pipeline|graph|chain|loop|kick_?off|trace|invocation|goal|thread|team)[._ -]?(?:$|done|end|finish|complet|stop|result|clos|reach)|shut_?down|[._](?:exit|closed?)$')
            AND NOT match(event, '(?i)^(?:task|workflow|session|conversation)[.](?:end|done|finish|complet|result|clos)')
            -- What is asked is counted before the answer; an event of this name that knows the answer came after it.
            AND NOT (match(event, '(?i)request$') AND NOT match(event, '(?i)api[._-]?request$') AND body_json = '' AND NOT arrayExists(k -> match(k, '(?i)output|completion|candidate|generated|usage'), arrayConcat(keys, inner_keys)))))
