-- purpose: takes usage objects apart that stand in JSON, in events or under names nobody listed
-- A usage object written out as single attributes of the span or of its events, under names nobody listed (acme.raw.usage.prompt_tokens),
-- is read by the last words of the names, as the same object in JSON would be. Of limits and of sums over sessions nothing is read.
-- Each step stands in a query of its own: the planner writes a name out wherever the same query uses it.
-- grain: one span
-- reads: strange_spans; writes: told_spans
CREATE MATERIALIZED VIEW IF NOT EXISTS tell_strange TO told_spans AS
-- Words in the name of a count, and of an object, that is no usage of the call.
WITH
    ['max', 'limit', 'budget', 'bucket', 'aggregat', 'cumulat', 'session', 'remaining', 'estimat', 'thread', 'conversation', 'lifetime', 'quota', 'window', 'price', 'pricing', 'cost', 'saved', 'saving', 'predict', 'previous', 'history', 'overall', 'rolling', 'so_far', 'month', 'daily', 'today', 'cpu', 'gpu', 'memory', 'disk', 'network', 'storage', 'bandwidth'] AS not_of_the_call,
    arrayConcat(not_of_the_call, ['total', 'config', 'setting', 'param']) AS no_usage,
    -- A count one level down, as in "cache_read": {"input_tokens": 7} and "input": {"total": 9, "cached": 7}, under the name of both levels.
    t -> if(match(t, '["\'](?:cache_read|cache_write|cache_creation|cached|reasoning|input|prompt|output|completion)["\']: ?\\{'), replaceRegexpAll(replaceRegexpAll(t, '["\'](cache_read|cache_write|cache_creation|cached|reasoning)["\']: ?\\{ ?["\'](?:(?:in|out)put_)?tokens["\']: ?(\\d+) ?\\}', '"\\1_tokens":\\2'), '["\'](input|prompt|output|completion)["\']: ?\\{([^{}]*)["\'](?:total|tokens|count|total_tokens)["\']: ?(\\d+)', '"\\1_tokens":\\3,"parts":{\\2"none":0'), t) AS unnested,
    -- What a whole piece of work took; the call's own where nothing else is told and no call stands below.
    k -> match(k, '(?i)(?:^|[._:-])(?:agent|run|runner|crew|team|flow|workflow|task|graph|chain|pipeline|trace|swarm|job|loop)s?[._-]?(?:run[._-]?)?(?:result[._-]?)?(?:token[._-]?)?(?:usage|tokens)(?:$|[._A-Z:-])|(?:^|[._])total_?(?:input|output|prompt|completion)_?tokens?') AS is_of_work
SELECT
    TraceId, SpanId, ParentSpanId, Timestamp, Duration, SpanName, ServiceName, ResourceAttributes, ScopeName, ScopeVersion, StatusCode, begins_call,
    multiIf(json_usage = [], 0, has(json_roles, 80) OR text_usage = [] OR has(telling, 0), 80, 83) AS json_role,
    arrayConcat(arrayMap(k -> toString(k), own_names), arrayMap(p -> concat('{}.', p[1]), json_facts), arrayMap(w -> concat('{}.', w), arrayFilter((w, is) -> is, words, is_beside)), if(session_is_task, ['session_is_task'], []), if(told_kind = '', [], ['{}.kind'])) AS names,
    arrayConcat(own_roles, arrayMap(p -> dictGetUInt8('attribute_role', 'role', concat('{}.', p[1])), json_facts), arrayFilter((r, is) -> is, roles_beside, is_beside), if(session_is_task, [20], []), if(told_kind = '', [], [85])) AS roles,
    arrayConcat(own_texts, arrayMap(p -> p[2], json_facts), arrayFilter((v, is) -> is, strange_texts, is_beside), if(session_is_task, [own_texts[indexOf(own_roles, 13)]], []), if(told_kind = '', [], [told_kind])) AS texts
FROM
(
    SELECT
        *,
        arrayConcat(json_usage, if(json_id = '', [], [['id', json_id]]), if(json_model = '', [], [['model', json_model]]), if(json_tier = '', [], [['service_tier', json_tier]]), if(json_usage != [] AND arrayExists(t -> position(replaceAll(t, ' ', ''), '"stop_reason":null') > 0, json_texts), [['stop_reason_null', '1']], []),
            -- LangChain for JavaScript adds the placeholder of message_start to the output of Claude's streams, whoever tells of it.
            if(arrayExists((t, r) -> r IN (83, 124) AND position(t, '"@langchain/anthropic"') > 0, own_texts, own_roles), [['langchain_js_anthropic', '1']], []),
            if(json_usage != [] AND (if(text_usage != [], reads_work, NOT tells_own_count AND arrayExists(k -> is_of_work(k), strange_names))), [['usage_of_work', '1']], [])) AS json_facts
    FROM
    (
        SELECT
            *,
            if(json_usage = [] OR has(own_roles, 86), '', arrayFirst(x -> x != '', arrayMap(t -> extract(t, '["\']service_?[Tt]ier["\']: ?["\'](batch|flex|priority|fast)["\']'), json_texts))) AS json_tier,
            if(named_model != '' OR NOT wants_model, named_model, arrayFirst(x -> x != '', arrayMap(t -> extract(t, '"model(?:_name)?": ?"([A-Za-z0-9._:/-]{3,80})"'), arrayConcat(json_texts, arrayFilter((t, r) -> r = 124, own_texts, own_roles))))) AS json_model
        FROM
        (
            SELECT
                *,
                arrayFirst(
                    (v, k) -> match(k, '(?i)(?:^|[.:])\\$?(?:(?:llm|ai|gen_?ai|chat|lm)_)?(?:request_?|response_?)?model(?:_?name|_?id)?$') AND NOT match(k, '(?i)^(?:hw|host|device|os|car|vehicle|product|data|db|k8s|cloud)\\.') AND match(v, '^[A-Za-z0-9][A-Za-z0-9._:/@-]{2,120}$') AND NOT match(v, '(?i)^(?:true|false|null|none|[0-9.]+)$'),
                    if(wants_model, arrayConcat(own_texts, arrayFlatten(arrayMap(m -> mapValues(m), event_maps))), []),
                    if(wants_model, arrayConcat(arrayMap(k -> toString(k), own_names), arrayFlatten(arrayMap(m -> mapKeys(m), event_maps))), [])) AS named_model
            FROM
            (
                SELECT
                    *,
                    -- A model named in an answer counts only where the span names none: tools have arguments of that name.
                    NOT has(own_roles, 3) AND NOT has(own_roles, 4) AND (json_usage != [] OR has_counts OR begins_call OR has(own_roles, 124)) AS wants_model,
                    if(json_usage = [], '', arrayFirst(x -> x != '', arrayMap(t -> extract(t, '"(?:response_)?id": ?"((?:msg|chatcmpl|resp|cmpl|gen|gem)[-_][A-Za-z0-9_-]{4,100})"'), json_texts))) AS json_id
                FROM
                (
                    SELECT
                        *,
                        arrayMap((r) -> r > 0 AND NOT has(own_roles, r), roles_beside) AS is_beside,
                        -- Events that tell the same input and an output that grows tell of one call, the last of them best; answers of two ids do not.
                        multiIf(arrayUniq(answer_ids) > 1, [], arrayUniq(told) = 1, [telling[1]], arrayUniq(arrayFilter(v -> v > 0, told.1)) = 1 AND arraySort(told.2) = told.2, arrayReverse(telling), []) AS picked,
                        multiIf(
                            text_usage != [] OR tells_of_several, text_usage,
                            picked != [], arrayPushBack(arrayReduce('groupArrayArray', arrayMap(n -> arrayFilter((p, s) -> p[1] != '' AND s = n, arrayMap((w, v) -> [w, v], words, strange_texts), sources), picked)), ['flattened', '1']),
                            []) AS json_usage
                    FROM
                    (
                        SELECT
                            *,
                            arrayMap((r, two, w, last) -> multiIf(r = 0, '', r = two, w, last), word_roles, two_roles, two_words, last_words) AS words,
                            arrayDistinct(arrayFilter((s, r) -> r IN (106, 107, 126) AND NOT has_counts, sources, word_roles)) AS telling,
                            arrayMap(s -> (toUInt64OrZero(arrayFirst((v, t, r) -> t = s AND r = 106, strange_texts, sources, word_roles)), toUInt64OrZero(arrayFirst((v, t, r) -> t = s AND r = 107, strange_texts, sources, word_roles))), telling) AS told,
                            -- What stands beside counts that are told under their proper names.
                            arrayMap(r -> if(has_counts, transform(r, [108, 109, 110, 111, 112, 126], [8, 9, 10, 11, 78, 79], 0), 0), word_roles) AS roles_beside
                        FROM
                        (
                            SELECT
                                *,
                                arrayMap((k, two, last) -> multiIf(
                                    multiSearchAnyCaseInsensitive(k, arrayConcat(not_of_the_call, ['total_usage', 'totalusage', 'usage_total', 'usage.total.']))
                                    OR (is_of_work(k) AND (has_counts OR tells_own_count))
                                    -- What one kind of content took is a part of the count.
                                    OR match(k, '[._](?:text|audio|image|video|document)[._](?:cache_?(?:read|write|creation)[._])?(?:input|output|prompt|completion)_?tokens$')
                                    -- Beside counts under proper names a parameter or the state of the context is no part of the call.
                                    OR (has_counts AND multiSearchAnyCaseInsensitive(k, ['request', 'config', 'param', 'setting', 'context'])), 0,
                                    two BETWEEN 106 AND 120 OR two = 126, two,
                                    (last NOT BETWEEN 106 AND 120 AND last != 126) OR (last IN (106, 107, 118) AND multiSearchAnyCaseInsensitive(extract(k, '([^.]*)\\.[^.]*$'), ['cache', 'reason', 'thought', 'think', 'detail', 'input', 'output', 'prompt', 'completion'])), 0,
                                    last), strange_names, two_roles, last_roles) AS word_roles
                            FROM
                            (
                            SELECT
                                *,
                                arrayMap(w -> dictGetUInt8('attribute_role', 'role', concat('{}.', w)), two_words) AS two_roles,
                                arrayMap(w -> dictGetUInt8('attribute_role', 'role', concat('{}.', w)), last_words) AS last_roles,
                                arrayExists((k, two, last) -> (two IN (106, 107) OR last IN (106, 107)) AND NOT is_of_work(k), strange_names, two_roles, last_roles) AS tells_own_count,
                                -- What only another object of the same answer says: for how long the cache was written.
                                arrayConcat(fullest, arrayFilter(p -> p[1] IN ('ephemeral_5m_input_tokens', 'ephemeral_1h_input_tokens') AND NOT arrayExists(q -> q[1] = p[1], fullest), if(fullest = [], [], arrayReduce('groupArrayArray', readings)))) AS text_usage
                            FROM
                            (
                            SELECT
                                *,
                                -- In the dotted words of the convention cached tokens are a part of the input; cache_read_input_tokens is Anthropic's word.
                                arrayMap(k -> multiIf(endsWith(k, 'cache_read.input_tokens'), 'cache_read_tokens', endsWith(k, 'cache_write.input_tokens') OR endsWith(k, 'cache_creation.input_tokens'), 'cache_write_input_tokens', replaceAll(extract(k, '(?:[^.]*\\.)?[^.]*$'), '.', '_')), strange_names) AS two_words,
                                -- InputTokens, input-tokens and acme_input_tokens say what input_tokens says; audio_input_tokens does not.
                                arrayMap(w -> multiIf(
                                    dictGetUInt8('attribute_role', 'role', concat('{}.', w.1)) != 0, w.1,
                                    dictGetUInt8('attribute_role', 'role', concat('{}.', w.2)) != 0, w.2,
                                    w.3), arrayMap((w, plain, k) -> (w, plain, replaceRegexpOne(if(position(k, '.') > 0 OR match(plain, '^(?:audio|image|text|video|document|cached?|uncached|reasoning|thinking|tool|system|user|draft|accepted|rejected|predicted|total|avg|mean|min|context|embedding|last|expected)_'), plain, replaceRegexpOne(plain, '^\\$?[a-z]+[0-9]*_', '')), '^(?:(?:usage|llm|ai|api|response|openai|anthropic|claude|gemini|bedrock|model|chat|token)_)+', '')), own_words, plain_words, strange_names)) AS last_words,
                                -- Of several objects the fullest. An answer that holds several calls tells nothing of one.
                                if(json_texts = [] OR tells_of_several, [], arraySort(r -> -length(r), readings)[1]) AS fullest
                            FROM
                            (
                            SELECT
                                *,
                                arrayConcat(arrayFilter((k, is) -> is, own_names, strange), arrayFlatten(arrayMap(m -> mapKeys(m), telling_events))) AS strange_names,
                                arrayMap(k -> extract(k, '[^.]*$'), strange_names) AS own_words,
                                arrayMap(w -> lower(replaceRegexpAll(replaceAll(w, '-', '_'), '([a-z0-9])([A-Z])', '\\1_\\2')), own_words) AS plain_words,
                                arrayConcat(arrayFilter((v, is) -> is, own_texts, strange), arrayFlatten(arrayMap(m -> mapValues(m), telling_events))) AS strange_texts,
                                -- 0 = the span itself, else one of its events.
                                arrayConcat(arrayMap(k -> 0, arrayFilter(is -> is, strange)), arrayFlatten(arrayMap((m, n) -> arrayMap(k -> n, mapKeys(m)), telling_events, arrayEnumerate(telling_events)))) AS sources,
                                arrayFilter(v -> v != '', arrayMap(m -> arrayFirst((v, k) -> match(k, '(?i)(?:response|completion|generation|message|request)[._]?id$'), mapValues(m), mapKeys(m)), telling_events)) AS answer_ids,
                                arrayUniq(arrayFilter(v -> v != '', arrayMap(r -> arrayFirst(p -> p[1] IN ('output_tokens', 'completion_tokens', 'outputTokens', 'candidates_token_count', 'candidatesTokenCount'), r)[2], readings))) > 1 AND NOT has(json_roles, 80) AS tells_of_several
                            FROM
                            (
                            SELECT
                                *,
                                arrayFilter(m -> NOT has_counts AND arrayExists((k, v) -> multiSearchAnyCaseInsensitive(k, ['token', 'usage']) AND toUInt32OrNull(v) IS NOT NULL, mapKeys(m), mapValues(m)), event_maps) AS telling_events,
                                arrayMap(t -> extractAllGroups(t, '["\'](\\w+)["\']: ?"?(\\d+)(?:\\.0*)?["\',}\\])\\s]'), arrayFlatten(arrayMap((t, r) -> if(r = 80, [t], extractAll(t, '["\'](?:usage|usage_metadata|usageMetadata|usage_object|token_usage|tokenUsage)["\']: ?(\\{(?:[^{}]|\\{(?:[^{}]|\\{[^{}]*\\})*\\})*\\})')), json_texts, json_roles))) AS readings
                            FROM
                            (
                            SELECT
                                *,
                                -- OpenInference's metadata holds JSON as text inside JSON.
                                arrayMap((t, k) -> unnested(if(k = 'metadata', replaceAll(t, '\\"', '"'), t)), arrayFilter((t, r) -> r IN (80, 83), all_texts, as_json), arrayFilter((k, r) -> r IN (80, 83), all_names, as_json)) AS json_texts,
                                -- Objects under names nobody listed speak only where nothing else does.
                                arrayMap((k, v, r) -> multiIf(
                                    r != 0 OR has_counts OR NOT startsWith(v, '{') OR has(own_roles, 80) OR answer_tells OR is_tool, r,
                                    multiSearchAnyCaseInsensitive(k, no_usage) OR (tells_own_object AND is_of_work(k)), 0,
                                    multiSearchAnyCaseInsensitive(k, ['token', 'usage']) AND match(v, '"(?:[A-Za-z_]*(?:[Ii]nput|[Pp]rompt)[A-Za-z_]*|tokens_in|in_tokens|noCacheTokens|no_cache_tokens)": ?[{0-9]') AND NOT multiSearchAny(v, ['"usage"', '"usage_metadata"', '"usageMetadata"', '"token_usage"', '"tokenUsage"']), 80,
                                    NOT has(own_roles, 83) AND multiSearchAny(v, ['"usage"', '"usage_metadata"', '"usageMetadata"', '"token_usage"', '"tokenUsage"']), 83,
                                    -- An object of counts under any other name.
                                    match(v, '"(?:input|prompt)_?[Tt]oken') AND match(v, '"(?:output|completion|candidates)_?[Tt]oken') AND NOT multiSearchAnyCaseInsensitive(k, ['state', 'request', 'context', 'stat']), 80,
                                    0), all_names, all_texts, all_roles) AS as_json,
                                arrayFilter(r -> r IN (80, 83), as_json) AS json_roles,
                                has(own_roles, 6) OR has(own_roles, 7) AS has_counts,
                                arrayExists((k, v, r) -> r = 0 AND startsWith(v, '{') AND multiSearchAnyCaseInsensitive(k, ['token', 'usage']) AND NOT is_of_work(k) AND NOT multiSearchAnyCaseInsensitive(k, no_usage), all_names, all_texts, all_roles) AS tells_own_object,
                                arrayExists((k, r, was) -> r = 80 AND was = 0 AND is_of_work(k), all_names, as_json, all_roles) AS reads_work,
                                arrayMap((k, v, r) -> r = 0 AND multiSearchAnyCaseInsensitive(k, ['token', 'usage']) AND toUInt32OrNull(v) IS NOT NULL, own_names, own_texts, own_roles) AS strange,
                                -- A session of a coding agent is one task, however long it pauses.
                                has(own_roles, 13) AND NOT has(own_roles, 20) AND position(dictGet('emitter_rule', 'flags', (ScopeName, '', ''), 0), 'session_is_task') > 0 AS session_is_task
                            FROM
                            (
                            -- The one object of usage that events hold is read as if the span held it.
                            SELECT
                                *,
                                arrayConcat(if(chunk_usage = '', [], ['chunks']), own_names, if(arrayUniq(event_objects.1) = 1, [event_objects[1].2], [])) AS all_names,
                                arrayConcat(if(chunk_usage = '', [], [chunk_usage]), own_texts, if(arrayUniq(event_objects.1) = 1, [event_objects[1].1], [])) AS all_texts,
                                arrayConcat(if(chunk_usage = '', [], [83]), own_roles, if(arrayUniq(event_objects.1) = 1, [0], [])) AS all_roles,
                                -- What kind of span it is, under a name nobody listed.
                                if(hasAny(own_roles, [1, 19, 85]), '', lower(arrayFirst((v, k) -> match(k, '(?i)(?:^|[._:-])(?:span|observation|node|run|operation|call)[._-]?(?:kind|type)$') AND NOT match(k, '(?i)^(?:http|db|rpc|net|url|messaging|graphql|faas|aws)[._]') AND match(v, '(?i)^(?:llm|generation|chat_model|completion|embedding|agent)$'), own_texts, own_names))) AS told_kind
                            FROM
                            (
                            SELECT
                                *,
                                -- What a tool tells under names nobody listed is no call's.
                                arrayExists((v, r) -> r IN (1, 19, 85) AND lower(v) IN ('execute_tool', 'tool', 'ai.toolcall'), own_texts, own_roles) AS is_tool,
                                if(is_tool, [], arrayReduce('groupUniqArrayArray', arrayMap(m -> arrayFilter(p -> startsWith(p.1, '{') AND multiSearchAnyCaseInsensitive(p.2, ['token', 'usage']) AND NOT multiSearchAnyCaseInsensitive(p.2, no_usage), arrayZip(mapValues(m), arrayMap(k -> toString(k), mapKeys(m)))), event_maps))) AS event_objects
                            FROM
                            (
                            -- Chunks of a stream, or its end, as JSON in events: together they tell what the answer would. The first may know the input and
                            -- the last the output, or each all so far; several answers tell nothing of one.
                            SELECT
                                * EXCEPT (chunks, chunk_readings, chunk_ids, chunk_inputs, chunk_outputs),
                                if((length(chunk_readings) = 1 OR (length(chunk_readings) > 1 AND arrayUniq(arrayFilter(n -> n > 0, chunk_inputs)) = 1 AND arraySort(chunk_outputs) = chunk_outputs AND (length(chunk_ids) = 1 OR arrayCount(n -> n > 0, chunk_inputs) = 1))) AND length(chunk_ids) < 2
                                    AND NOT answer_tells AND NOT arrayExists((t, r) -> r = 80 AND position(t, toString(arrayMax(chunk_outputs))) = 0, own_texts, own_roles),
                                    concat('{"usage":{', arrayStringConcat(arrayMap(k -> concat('"', k, '":', toString(arrayMax(arrayMap(r -> toUInt64OrZero(arrayFirst(p -> p[1] = k, r)[2]), chunk_readings)))), arrayFilter(k -> length(chunk_readings) = 1 OR k NOT IN ('total_tokens', 'totalTokens', 'totalTokenCount', 'total_token_count'), arrayReduce('groupUniqArrayArray', arrayMap(r -> arrayMap(p -> p[1], r), chunk_readings)))), ','), '}',
                                        if(chunk_ids = [], '', concat(',"id":"', chunk_ids[1], '"')), arrayFirst(x -> x != '', arrayMap(t -> extract(t, '(,"model(?:_name)?": ?"[A-Za-z0-9._:/-]{3,80}")'), arrayMap(t -> replaceAll(t, ', "model', ',"model'), chunks))), '}'),
                                    '') AS chunk_usage
                            FROM
                            (
                            SELECT
                                *,
                                arrayMap(r -> toUInt64OrZero(arrayFirst(p -> p[1] IN ('input_tokens', 'prompt_tokens', 'inputTokens', 'promptTokens', 'prompt_token_count', 'promptTokenCount'), r)[2]), chunk_readings) AS chunk_inputs,
                                arrayMap(r -> toUInt64OrZero(arrayFirst(p -> p[1] IN ('output_tokens', 'completion_tokens', 'outputTokens', 'completionTokens', 'candidates_token_count', 'candidatesTokenCount'), r)[2]), chunk_readings) AS chunk_outputs
                            FROM
                            (
                            SELECT
                                *,
                                arrayFilter(r -> arrayExists(p -> p[2] != '0', r), arrayMap(t -> extractAllGroups(extract(unnested(t), '["\'](?:usage|usage_metadata|usageMetadata|usage_object|token_usage|tokenUsage)["\']: ?(\\{(?:[^{}]|\\{(?:[^{}]|\\{[^{}]*\\})*\\})*\\})'), '["\'](\\w+)["\']: ?"?(\\d+)(?:\\.0*)?["\',}\\])\\s]'), chunks)) AS chunk_readings,
                                arrayDistinct(arrayFilter(x -> x != '', arrayMap(t -> extract(t, '"(?:response_)?id": ?"((?:msg|chatcmpl|resp|cmpl|gen|gem)[-_][A-Za-z0-9_-]{4,100})"'), chunks))) AS chunk_ids
                            FROM
                            (
                            SELECT
                                *,
                                arrayExists((t, r) -> r = 83 AND match(t, '["\'](?:usage|usage_metadata|usageMetadata|usage_object|token_usage|tokenUsage)\\\\*["\']: ?\\{'), own_texts, own_roles) AS answer_tells,
                                arrayFlatten(arrayMap(m -> arrayFilter((v, k) -> startsWith(v, '{') AND multiSearchAny(v, ['"usage"', '"usage_metadata"', '"usageMetadata"', '"token_usage"', '"tokenUsage"']) AND NOT multiSearchAnyCaseInsensitive(k, no_usage), mapValues(m), mapKeys(m)), event_maps)) AS chunks
                            FROM strange_spans
                            )
                            )
                            )
                            )
                            )
                            )
                            )
                            )
                            )
                            )
                            )
                        )
                    )
                )
            )
        )
    )
)
