-- purpose: reads what the reports of the batch say: usage into disjoint buckets, labels into one vocabulary
-- An alias used in its own SELECT is put in wherever it is used and planned as often, so each step stands in a query of its own
-- and takes from the one below only: l holds texts, n counts, m those of the reading that is taken, o those of the other.
-- grain: one span as it arrived
-- reads: call_reports, work_pairs, attribute_role, emitter_rule; writes: work_candidates
INSERT INTO work_candidates
    (ingested_at, trace_id, span_id, parent_span_id, kind, started_at, duration_ns, service, environment, scope, scope_version, status,
    error_type, operation, provider, request_model, response_model, response_id, finish_reason, time_to_first_chunk_s, convention, evidence,
    usage_status, usage_note, fresh_input_tokens, cache_read_tokens, cache_write_short_tokens, cache_write_long_tokens, output_tokens, reasoning_tokens,
    reported_cost_usd, agent, task_id, conversation_id, workload, tenant, tier, cascade_id, attempt, escalation_signal, escalation_from_tier,
    abandoned, agent_role, architecture, prompt_version, prefix_hash, prefix_tokens, change, pull_request, latency_class, service_class,
    batch_id, batch_custom_id, step, case_id, run_id, retries, rate_limit_remaining_tokens, rate_limit_remaining_calls, rule_labels, region, web_searches, rate_limit_tokens, rate_limit_calls)
SELECT
    ingested_at, trace_id, span_id, parent_span_id,
    -- An echo only repeats in an answer what a call below it used. Some tell of a streamed answer in a span of no length at its end, with the duration beside it.
    multiIf(span_kind != 'call' AND (says_nothing OR (usage_name = '' AND json_role = 83)), 'echo', span_kind = 'call' AND tells_end, 'end', span_kind) AS kind,
    if(tells_end, subtractNanoseconds(began_at, told_ns), began_at) AS started_at,
    if(tells_end, told_ns, took_ns) AS duration_ns,
    service, environment, scope, scope_version, status,
    l[11] AS error_type,
    if(is_embedding, 'embeddings', l[1]) AS operation,
    provider,
    trim(BOTH '"' FROM l[4]) AS request_model,
    trim(BOTH '"' FROM l[5]) AS response_model,
    l[6] AS response_id,
    finish_reason,
    if(l[9] != '', toFloat32OrNull(l[9]) / if(scope = 'strands.telemetry.tracer', 1000, 1), toFloat32OrNull(l[10]) / 1000) AS time_to_first_chunk_s,
    multiIf(NOT from_json, conventions[1], conventions[3] != '', conventions[3], 'usage_object') AS convention,
    transform(if(from_json AND reading = 'rule', 'words', reading), ['fresh', 'size', 'total', 'total inside', 'words', 'rule', 'assumed'], [
        'fresh input is told beside the total',
        'cached part is larger than the whole, so the whole excludes it',
        'reported total adds up only without the cached part in the input',
        'reported total adds up with the cached part in the input',
        'usage object in JSON, in the words of the provider or framework',
        'known of this emitter',
        'convention says the input includes the cached part'], if(whole IS NULL, 'no input total', 'no cached part')) AS evidence,
    multiIf(impossible, 'conflicting', is_client_cache_hit, 'free', whole IS NULL AND output IS NULL, 'missing', 'reported') AS usage_status,
    arrayStringConcat(arrayFilter((note, applies) -> applies,
        ['lifetime_assumed_short', 'cache_inclusion_assumed', 'cache_not_reported', 'cache_write_not_reported', 'output_incomplete', 'output_overstated', 'usage_estimated', 'output_partial', 'reasoning_not_counted', 'cache_inclusion_assumed', 'usage_may_be_doubled'],
        [
            written0 > 0 AND split_is_unknown AND lifetime = '' AND NOT has(flags, 'lifetime_known'),
            reading = 'assumed',
            whole > 0 AND read IS NULL AND written IS NULL AND NOT is_embedding AND rule.2 != 'reported',
            read IS NOT NULL AND written IS NULL AND ((reported_by_attributes AND (rule.3 IN ('never', 'zero_is_unknown') OR (rule.3 = 'sometimes' AND provider IN ('anthropic', 'aws.bedrock')))) OR (from_json AND provider IN ('anthropic', 'aws.bedrock') AND (conventions[3] NOT IN ('anthropic_usage', 'bedrock_usage') OR has(flags, 'zero_writes_unknown')))),
            unfinished AND told IS NOT NULL,
            -- What answers a stream writes its model after its usage, even where it does not say that it streams.
            has(roles, 125) OR has(flags, 'streams_untold_overstated') OR (has(flags, 'claude_streams_overstated') AND position(lower(concat(l[4], l[5])), 'claude') > 0) OR ((is_stream OR indexOf(roles, 4) > indexOf(roles, 6)) AND NOT unfinished AND NOT from_json AND has(flags, 'stream_overstated')),
            is_stream AND reported_by_attributes AND read IS NULL AND told IS NOT NULL AND has(flags, 'stream_without_cache_is_estimate'),
            l[51] = 'output_partial',
            NOT from_json AND n[5] IS NULL AND told IS NOT NULL AND has(flags, 'thinking_left_out'),
            has(roles, 123) AND reading = 'rule' AND beside,
            -- A count that was added to itself is even.
            has(flags, 'streams_summed') OR ((has(flags, 'streams_twice') OR (has(flags, 'claude_streams_twice') AND position(lower(concat(l[4], l[5])), 'claude') > 0)) AND whole % 2 = 0 AND ifNull(read, 0) % 2 = 0 AND written0 % 2 = 0)]), ',') AS usage_note,
    if(impossible, NULL, toUInt64(fresh)) AS fresh_input_tokens,
    if(impossible, NULL, toUInt64(read)) AS cache_read_tokens,
    if(impossible, NULL, toUInt64(written - written_long)) AS cache_write_short_tokens,
    if(impossible OR written IS NULL, NULL, toUInt64(written_long)) AS cache_write_long_tokens,
    if(impossible, NULL, toUInt64(output)) AS output_tokens,
    if(impossible OR unfinished, NULL, toUInt64(reasoning)) AS reasoning_tokens,
    if(said_cost < 0 OR said_cost > 100000, NULL, said_cost) AS reported_cost_usd,
    l[18] AS agent,
    l[19] AS task_id,
    trim(BOTH '"' FROM l[20]) AS conversation_id,
    l[21] AS workload,
    l[22] AS tenant,
    l[23] AS tier,
    l[24] AS cascade_id,
    toUInt16OrNull(l[25]) AS attempt,
    l[26] AS escalation_signal,
    l[27] AS escalation_from_tier,
    l[28] = 'true' AS abandoned,
    l[29] AS agent_role,
    l[30] AS architecture,
    l[31] AS prompt_version,
    l[32] AS prefix_hash,
    toUInt32OrNull(l[33]) AS prefix_tokens,
    l[34] AS change,
    l[35] AS pull_request,
    l[36] AS latency_class,
    multiIf(l[37] != '', l[37], l[38] != '' OR l[39] != '', 'batch', lower(l[47]) = 'fast', 'fast', transform(lower(l[46]), ['batch', 'flex', 'priority', 'fast'], ['batch', 'flex', 'priority', 'fast'],
        -- Asked for and not answered: flex is served or refused; priority may have been served as standard.
        if(l[46] = '' AND lower(l[56]) IN ('batch', 'flex'), lower(l[56]), 'standard'))) AS service_class,
    l[38] AS batch_id,
    l[39] AS batch_custom_id,
    l[40] AS step,
    l[41] AS case_id,
    l[42] AS run_id,
    toUInt16OrNull(l[43]) AS retries,
    toUInt64OrNull(l[44]) AS rate_limit_remaining_tokens,
    toUInt64OrNull(l[45]) AS rate_limit_remaining_calls,
    rule_labels,
    if(l[48] != '', l[48], extract(l[49], '(?:^|\\.)([a-z]+(?:-[a-z]+)+-?[0-9]+)(?:-aiplatform\\.googleapis|\\.amazonaws)\\.com')) AS region,
    toUInt32OrNull(l[50]) AS web_searches,
    toUInt64OrNull(l[52]) AS rate_limit_tokens,
    toUInt64OrNull(l[53]) AS rate_limit_calls
FROM
(
    SELECT
        *,
        arrayMin(arrayMap(x -> ifNull(x, 0), [whole, output, read, written, long, short, reasoning, fresh, written_long])) < 0
            OR arrayMax(arrayMap(x -> ifNull(x, 0), [whole, output, read, written, long, reasoning])) > 1000000000
            OR ifNull(long, 0) + ifNull(short, 0) > written0
            OR ifNull(reasoning > ifNull(output, 1000000000), false)
            -- A total that is smaller than its parts, and two reports in one span that cannot both be true.
            OR ifNull(m[8] > 0 AND m[8] < whole + told, false)
            OR (from_json AND span_kind = 'call' AND ifNull(n[1] > 0 AND NOT has([fresh, fresh + cached, fresh + ifNull(read, 0)], n[1]), false)) AS impossible
    FROM
    (
        SELECT
            *,
            -- Thinking told beside the output belongs to it; of some emitters only the total shows that there was any.
            multiIf(unfinished, NULL, beside_told > 0, told + beside_told, NOT from_json AND n[5] > 0 AND has(flags, 'reasoning_twice'), told - n[5], told) AS output,
            multiIf(from_json, coalesce(m[5], n[19], n[5]), n[5] IS NOT NULL, n[5], beside_told > 0, beside_told, n[15]) AS reasoning,
            multiIf(reading = 'fresh', fresh_told, beside, whole, reading = 'rule' AND inclusion = 'reads_inside', whole - ifNull(read, 0), whole - cached) AS fresh,
            multiIf(long IS NOT NULL, long, short IS NOT NULL, written0 - short, lifetime = 'long', written0, 0) AS written_long
        FROM
        (
            SELECT
                *,
                multiIf(
                    told IS NULL, 0,
                    -- Thinking that the total has beside the output, or that is more than the output, is not in it.
                    thought > 0 AND ifNull(n[19], 0) = 0 AND (thought > told OR ifNull(m[8] = whole + told + thought + if(beside, cached, 0), false)), thought,
                    from_json, if(ifNull(m[8] = whole + told + if(beside, cached, 0), false), 0, n[19]),
                    rule.4 != 'beside', 0,
                    n[5] IS NOT NULL, n[5],
                    m[8] - whole - told) AS beside_told
            FROM
            (
                SELECT
                    *,
                    reading IN ('size', 'total') OR (reading = 'rule' AND rule.1 = 'beside') OR (reading = 'fresh' AND ifNull(fresh_told = whole_told, false)) AS beside
                FROM
                (
                    SELECT
                        *,
                        multiIf(
                            whole IS NULL OR cached = 0, '',
                            fresh_told IS NOT NULL AND fresh_adds_up, 'fresh',
                            ifNull(read, 0) > whole OR (cached > whole AND inclusion != 'reads_inside'), 'size',
                            ifNull(m[8] IN (whole + told + cached, whole + told + cached + thought), false), 'total',
                            NOT from_json AND inclusion IN ('inside', 'beside', 'reads_inside'), 'rule',
                            from_json AND ifNull(m[8] IN (whole + told, whole + told + thought), false), 'total inside',
                            from_json AND rule.1 IN ('inside', 'beside'), 'rule',
                            'assumed') AS reading
                    FROM
                    (
                        SELECT
                            *,
                            ifNull(whole_told, fresh_told + ifNull(read, 0) + ifNull(written, 0)) AS whole,
                            ifNull(written, 0) AS written0,
                            ifNull(read, 0) + written0 AS cached,
                            -- Fresh input told apart counts where it adds up to the whole: some leave writes in it, some tell a zero they do not know.
                            -- Writes are beside a whole of fresh input and reads only where they cannot be in the fresh input, or the total holds them.
                            ifNull(whole_told IN (0, fresh_told, fresh_told + cached, fresh_told + written0)
                                OR (whole_told = fresh_told + ifNull(read, 0) AND (written0 > fresh_told OR ifNull(m[8] = whole_told + told + written0, false))), true) AS fresh_adds_up,
                            -- Where the parts are more than the whole and reads alone are not, such a client left the writes out.
                            if(has(flags, 'writes_may_be_left_out') AND NOT from_json AND cached > whole AND ifNull(read, 0) <= whole, 'reads_inside', rule.1) AS inclusion,
                            finish_reason = '' AND (has(roles, 122) OR (has(flags, 'finish_always') AND span_kind = 'call' AND (is_stream OR tells_end))) OR (is_stream AND has(flags, 'stream_output_is_placeholder') AND NOT has(roles, 121)) OR (status = 'error' AND has(flags, 'aborted_output_is_placeholder')) OR (told <= 1 AND finish_reason = '' AND has(flags, 'small_output_is_placeholder')) AS unfinished
                        FROM
                        (
                            SELECT
                                *,
                                -- Nothing is answered to nothing: an input of zero before an output was never learnt.
                                if(m[1] = 0 AND m[2] > 0 AND scope != 'sdk_hooks' AND arrayMax(arrayMap(x -> ifNull(x, 0), [m[3], m[4], m[6], m[7], n[9], n[10], n[20]])) = 0, NULL, m[1] + if(from_json, ifNull(n[10], 0), 0)) AS whole_told,
                                if(from_json, n[20], n[9]) AS fresh_told,
                                m[2] AS told,
                                if(scope = 'sdk_hooks', 0, ifNull(coalesce(m[5], n[5]), 0)) AS thought,
                                -- An object that tells no whole tells parts of the one that attributes tell.
                                NOT from_json AND o[1] IS NULL AND o[2] IS NULL AS is_in_parts,
                                if(rule.2 = 'zero_is_unknown' AND m[3] = 0, NULL, if(is_in_parts, coalesce(m[3], nullIf(o[3], 0)), m[3])) AS read,
                                coalesce(m[6], o[6]) AS long,
                                coalesce(m[7], o[7]) AS short,
                                m[1] > 0 AND NOT from_json AS reported_by_attributes,
                                coalesce(m[6], o[6], m[7], o[7]) IS NULL AS split_is_unknown,
                                multiIf(
                                    -- Some frameworks leave the sum at zero once they know its parts.
                                    NOT split_is_unknown AND (m[4] IS NULL OR (from_json AND m[4] = 0)), ifNull(m[6], ifNull(o[6], 0)) + ifNull(m[7], ifNull(o[7], 0)),
                                    (rule.3 = 'zero_is_unknown' OR has(flags, 'zero_writes_unknown')) AND m[4] = 0, NULL,
                                    is_in_parts, coalesce(m[4], nullIf(o[4], 0)),
                                    m[4]) AS written
                            FROM
                            (
                                SELECT
                                    *,
                                    -- No call uses nothing: all zeros say that the emitter never learnt the usage.
                                    arrayMap(x -> if(says_nothing, NULL, x), arraySlice(n, if(from_json, 11, 1), 8)) AS m,
                                    arraySlice(n, if(from_json, 1, 11), 8) AS o,
                                    arrayFirst(r -> r.1 != '', if(from_json, [rules[1]], arrayPopFront(rules))) AS rule,
                                    splitByChar(' ', arrayFirst(r -> r.5 != '', arrayPopFront(rules)).5) AS flags
                                FROM
                                (
                                    SELECT
                                        *,
                                        scope != 'sdk_hooks' AND NOT is_client_cache_hit AND arrayMax(arrayMap(x -> ifNull(x, 0), n)) = 0 AS says_nothing,
                                        span_kind IN ('call', 'other', 'agent') AND coalesce(n[11], n[20]) IS NOT NULL AND (n[12] IS NOT NULL OR is_embedding) AND (span_kind = 'call' OR usage_name = '')
                                            AND (n[13] IS NOT NULL OR n[14] IS NOT NULL OR n[1] IS NULL OR n[2] IS NULL)
                                            -- An object that lost the cache writes on its way tells less than the attributes beside it.
                                            AND NOT ifNull(n[4] > 0 AND n[1] >= 0 AND n[2] >= 0 AND n[14] IS NULL, false) AS from_json,
                                        arrayMap(key -> dictGet('emitter_rule', ('cached', 'reads', 'writes', 'reasoning', 'flags'), key, version_parts[1] * 1000000 + version_parts[2] * 1000 + version_parts[3]), [
                                            ('{}', '', conventions[3]),
                                            (scope_name, provider, conventions[2]), (scope_name, provider, ''), (scope_name, '', conventions[2]), (scope_name, '', conventions[1]), (scope_name, '', ''), (families[1], '', ''), (families[2], '', '')]) AS rules
                                    FROM
                                    (
                                        SELECT
                                            * EXCEPT (started_at, duration_ns, kind),
                                            -- What a whole piece of work took is the sum of its calls.
                                            if(kind = 'call' AND has(roles, 128), 'other', kind) AS span_kind, started_at AS began_at, duration_ns AS took_ns,
                                            toString(scope) AS scope_name,
                                            if(startsWith(scope, '@'), [concat(substringIndex(scope, '/', 1), '/*'), ''], [concat(substringIndex(scope, '.', 2), '.*'), concat(substringIndex(scope, '.', 1), '.*')]) AS families,
                                            arrayMap(x -> toUInt32OrZero(extract(x, '^\\d+')), splitByChar('.', toString(scope_version))) AS version_parts,
                                            transform(provider_told, ['gemini', 'google', 'google_genai', 'google-genai', 'googleai', 'google-gla', 'google_generativeai', 'vertex_ai', 'vertexai', 'google-vertex', 'google.vertex', 'google_vertexai', 'vertex.anthropic', 'xai', 'mistral', 'mistralai', 'az.ai.openai', 'azure_openai', 'azure-openai', 'azureopenai', 'az.ai.inference', 'microsoft.foundry', 'azure_ai', 'azure', 'aws', 'bedrock', 'amazon_bedrock', 'amazon-bedrock', 'bedrock.anthropic', 'langchain', 'langgraph', 'strands-agents', 'autogen', 'crewai', 'microsoft.agent_framework', 'litellm', 'gcp.vertex.agent', 'openai.azure', 'cognitiveservices.azure', 'ai.azure', 'azure openai', 'azure.openai', 'azurechatopenai', 'azure_ai_openai', 'az_ai_openai', 'azure_ai_inference', 'azure-ai-inference', 'azure ai', 'openaichat', 'chatopenai', 'openai_chat', 'open_ai', 'open-ai', 'openai-compatible', 'openai_compatible', 'claude', 'chatanthropic', 'anthropicchat', 'google-vertex-anthropic', 'google.vertex.anthropic', 'vertex_ai-anthropic_models', 'vertex_ai_beta', 'vertex_ai-language-models', 'anthropic-vertex', 'anthropic_vertex', 'anthropicvertex', 'vertex', 'vertex-ai', 'vertex ai', 'google_vertex_ai', 'google_vertex', 'google-vertex-ai', 'chatvertexai', 'gcp_vertex_ai', 'aiplatform', 'google_anthropic_vertex', 'anthropic.vertex', 'googlegenai', 'google_ai_studio', 'google-ai-studio', 'google ai studio', 'google ai', 'google_ai', 'google-ai', 'chatgooglegenerativeai', 'generativelanguage', 'google-generative-ai', 'google_generative_ai', 'gcp_gemini', 'gcp', 'google gemini', 'google_gemini', 'google.gemini', 'bedrock_converse', 'bedrock-converse', 'amazonbedrock', 'awsbedrock', 'bedrock-runtime', 'aws_bedrock', 'aws-bedrock', 'amazon.bedrock', 'amazon bedrock', 'aws bedrock', 'chatbedrock', 'chatbedrockconverse', 'anthropic-bedrock', 'anthropic_bedrock', 'anthropicbedrock', 'anthropic.bedrock', 'bedrock_anthropic', 'amazon', 'bedrockruntime', 'x.ai', 'x-ai', 'grok', 'mistral ai', 'mistral-ai', 'chatmistralai', 'chatgroq', 'togetherai', 'together ai', 'together-ai', 'fireworks_ai', 'fireworks-ai', 'fireworksai', 'chatcohere', 'chatollama', 'chatdeepseek', 'perplexity-ai', 'perplexityai', 'moonshot-ai', 'open-router', 'open_router', 'gateway', 'vercel', 'ai-gateway', 'ai_gateway', 'vercel-ai-gateway', 'litellm_proxy', 'litellm-proxy', 'portkey', 'helicone', 'llm', 'generic', 'unknown', 'none', 'null', 'undefined', 'langchain4j', 'spring_ai', 'semantic_kernel', 'livekit', 'pipecat', 'haystack', 'dspy', 'mastra', 'agno', 'llamaindex', 'llama_index', 'claude_code'], ['gcp.gemini', 'gcp.gemini', 'gcp.gemini', 'gcp.gemini', 'gcp.gemini', 'gcp.gemini', 'gcp.gemini', 'gcp.vertex_ai', 'gcp.vertex_ai', 'gcp.vertex_ai', 'gcp.vertex_ai', 'gcp.vertex_ai', 'gcp.vertex_ai', 'x_ai', 'mistral_ai', 'mistral_ai', 'azure.ai.openai', 'azure.ai.openai', 'azure.ai.openai', 'azure.ai.openai', 'azure.ai.inference', 'azure.ai.inference', 'azure.ai.inference', 'azure.ai.openai', 'aws.bedrock', 'aws.bedrock', 'aws.bedrock', 'aws.bedrock', 'aws.bedrock', '', '', '', '', '', '', '', '', 'azure.ai.openai', 'azure.ai.openai', 'azure.ai.inference', 'azure.ai.openai', 'azure.ai.openai', 'azure.ai.openai', 'azure.ai.openai', 'azure.ai.openai', 'azure.ai.inference', 'azure.ai.inference', 'azure.ai.inference', 'openai', 'openai', 'openai', 'openai', 'openai', '', '', 'anthropic', 'anthropic', 'anthropic', 'gcp.vertex_ai', 'gcp.vertex_ai', 'gcp.vertex_ai', 'gcp.vertex_ai', 'gcp.vertex_ai', 'gcp.vertex_ai', 'gcp.vertex_ai', 'gcp.vertex_ai', 'gcp.vertex_ai', 'gcp.vertex_ai', 'gcp.vertex_ai', 'gcp.vertex_ai', 'gcp.vertex_ai', 'gcp.vertex_ai', 'gcp.vertex_ai', 'gcp.vertex_ai', 'gcp.vertex_ai', 'gcp.vertex_ai', 'gcp.vertex_ai', 'gcp.gemini', 'gcp.gemini', 'gcp.gemini', 'gcp.gemini', 'gcp.gemini', 'gcp.gemini', 'gcp.gemini', 'gcp.gemini', 'gcp.gemini', 'gcp.gemini', 'gcp.gemini', 'gcp.gemini', 'gcp.gemini', 'gcp.gemini', 'gcp.gemini', 'gcp.gemini', 'aws.bedrock', 'aws.bedrock', 'aws.bedrock', 'aws.bedrock', 'aws.bedrock', 'aws.bedrock', 'aws.bedrock', 'aws.bedrock', 'aws.bedrock', 'aws.bedrock', 'aws.bedrock', 'aws.bedrock', 'aws.bedrock', 'aws.bedrock', 'aws.bedrock', 'aws.bedrock', 'aws.bedrock', 'aws.bedrock', 'aws.bedrock', 'x_ai', 'x_ai', 'x_ai', 'mistral_ai', 'mistral_ai', 'mistral_ai', 'groq', 'together', 'together', 'together', 'fireworks', 'fireworks', 'fireworks', 'cohere', 'ollama', 'deepseek', 'perplexity', 'perplexity', 'moonshot_ai', 'openrouter', 'openrouter', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', 'anthropic'], provider_told) AS provider,
                                            if(l[12] != '', toDecimal64OrNull(l[12], 12), toDecimal64OrNull(extract(l[13], '"total": ?([0-9.]+)'), 12)) AS said_cost,
                                            lower(l[14]) AS lifetime,
                                            lower(l[15]) IN ('true', '1', 'hit') AS is_client_cache_hit,
                                            lower(l[16]) = 'true' AS is_stream,
                                            l[1] IN ('embeddings', 'embedding', 'aembedding', 'embed_content') OR (l[1] IN ('', 'embed') AND match(concat(l[54], ' ', l[55], ' ', l[4], ' ', l[5]), '(?i)embed')) AS is_embedding,
                                            extract(if(l[7] != '', l[7], l[8]), '[A-Za-z_.-]+') AS finish_reason,
                                            ifNull(told_s BETWEEN 0 AND 86400, false) AND duration_ns = 0 AS tells_end,
                                            toUInt64(ifNull(if(told_s BETWEEN 0 AND 86400, told_s, 0), 0) * 1e9) AS told_ns
                                        FROM
                                        (
                                            SELECT
                                                *,
                                                replaceRegexpOne(replaceOne(lower(trim(BOTH '"' FROM if(l[2] != '', l[2], l[3]))), 'inference.', ''), '(?:[._ -](?:chat|responses|messages|completions?|embeddings?|generative-ai))+$', '') AS provider_named,
                                                -- The host that was asked in place of a name; of one that is nobody's, the model tells the price.
                                                if(match(provider_named, '://|[.](?:com|net|xyz|cn|us)(?:[:/]|$)|^api[.]|^localhost|:[0-9]+$|^[0-9.]+$'), extract(extract(provider_named, '^(?:[a-z+]+://)?([^/]*)'), '(?:^|[.-])(openai[.]azure|cognitiveservices[.]azure|ai[.]azure|openrouter|openai|anthropic|aiplatform|generativelanguage|bedrock|mistral|groq|x[.]ai|deepseek|cohere|perplexity|together|fireworks|cerebras|moonshot)(?:[.:-]|$)'), provider_named) AS provider_said,
                                                -- Some put the name of the program where the provider belongs.
                                                if(provider_said = lower(toString(service)) AND provider_said NOT IN ('openai', 'anthropic', 'gemini', 'google', 'cohere', 'mistral', 'mistralai', 'groq', 'deepseek', 'ollama', 'xai', 'x_ai', 'azure', 'azure_openai', 'azure_ai', 'aws', 'bedrock', 'vertex_ai', 'vertexai', 'google_genai', 'perplexity', 'cerebras', 'openrouter', 'fireworks', 'together', 'together_ai', 'huggingface', 'moonshotai', 'novita'), '', provider_said) AS provider_told,
                                                toFloat64OrNull(l[17]) AS told_s,
                                                -- Langfuse for JavaScript loses the input where a part of it is no number, Langfuse 3.2 takes cache writes from it twice; its buckets leave it as the rest of the total.
                                                if(conventions[3] = 'langfuse_usage' AND ifNull(counts[11], 0) = 0 AND counts[12] IS NOT NULL AND counts[18] IS NOT NULL, arrayMap((c, i) -> if(i = 11, greatest(counts[18] - counts[12] - ifNull(counts[13], 0) - ifNull(counts[14], 0) - ifNull(counts[19], 0), 0), c), counts, range(1, 21)), counts) AS n
                                            FROM
                                            (
                                                SELECT
                                                    *,
                                                    arrayMap(r -> texts[indexOf(roles, r)], [1, 2, 90, 3, 4, 5, 17, 88, 12, 81, 16, 55, 82, 41, 77, 84, 89, 14, 20, 13, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 42, 43, 49, 50, 51, 86, 92, 56, 91, 113, 93, 96, 97, 19, 85, 129]) AS l,
                                                    -- Some write whole numbers as 7.0, and -1 where they know none.
                                                    arrayMap(t -> if(scope = 'sdk_hooks', toInt64OrNull(t), nullIf(accurateCastOrNull(toFloat64OrNull(t), 'Int64'), -1)), arrayMap(r -> texts[indexOf(roles, r)], [6, 7, 8, 9, 10, 11, 78, 18, 79, 119, 106, 107, 108, 109, 110, 111, 112, 118, 120, 126])) AS counts,
                                                    arrayMap(x -> dictGetString('attribute_role', 'convention', x), [toString(usage_name), toString(if(cache_name = '', usage_name, cache_name)), toString(json_name)]) AS conventions
                                                FROM call_reports
                                                WHERE (ingested_at, trace_id) IN (SELECT ingested_at, trace_id FROM work_pairs)
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
-- Merged, the steps would be put into each other again: twice the time to plan.
SETTINGS query_plan_merge_expressions = 0
