-- purpose: writes arrays and maps as JSON, however deep they are nested, as the OpenTelemetry ClickHouse exporter does
-- One step of the fold reads one item or closes one array or map: where it stands, the text so far, and ends and tags of what is open.
-- What is longer than 1,500 steps is cut and closed. Tags of AnyValue: 10 string, 16 bool, 24 int, 33 double, 42 array, 50 map, 58 bytes.
-- grain: one span
-- reads: undecoded_spans; writes: decoded_spans
CREATE MATERIALIZED VIEW IF NOT EXISTS decode_spans TO decoded_spans AS
WITH
    (v, p) -> reinterpretAsUInt8(substring(v, p, 1)) AS byte_at,
    (v, p) -> multiIf(
        byte_at(v, p) < 128, (p + 1, toUInt32(byte_at(v, p))),
        byte_at(v, p + 1) < 128, (p + 2, toUInt32(byte_at(v, p) - 128 + 128 * byte_at(v, p + 1))),
        byte_at(v, p + 2) < 128, (p + 3, toUInt32(byte_at(v, p) - 128 + 128 * (byte_at(v, p + 1) - 128) + 16384 * byte_at(v, p + 2))),
        (p + 4, toUInt32(byte_at(v, p) - 128 + 128 * (byte_at(v, p + 1) - 128) + 16384 * (byte_at(v, p + 2) - 128) + 2097152 * byte_at(v, p + 3)))) AS sized,
    b -> bitOr(
        bitOr(bitOr(bitAnd(b, 127), bitShiftRight(bitAnd(b, 32512), 1)), bitOr(bitShiftRight(bitAnd(b, 8323072), 2), bitShiftRight(bitAnd(b, 2130706432), 3))),
        bitOr(bitOr(bitShiftRight(bitAnd(b, 545460846592), 4), bitShiftRight(bitAnd(b, 139637976727552), 5)), bitOr(bitShiftRight(bitAnd(b, 35747322042253312), 6), bitShiftRight(bitAnd(b, 9151314442816847872), 7)))) AS seven_bit_groups,
    v -> toString(reinterpretAsInt64(bitOr(
        seven_bit_groups(reinterpretAsUInt64(substring(v, 2, 8))),
        if(length(v) < 10, toUInt64(0), bitOr(bitShiftLeft(toUInt64(bitAnd(byte_at(v, 10), 127)), 56), bitShiftLeft(toUInt64(bitAnd(byte_at(v, 11), 1)), 63)))))) AS int_text,
    v -> multiIf(
        reinterpretAsUInt8(v) = 10, toJSONString(substring(v, sized(v, 2).1)),
        reinterpretAsUInt8(v) = 24, int_text(v),
        reinterpretAsUInt8(v) = 33, if(isFinite(reinterpretAsFloat64(substring(v, 2))), toString(reinterpretAsFloat64(substring(v, 2))), 'null'),
        reinterpretAsUInt8(v) = 16, if(byte_at(v, 2) = 1, 'true', 'false'),
        reinterpretAsUInt8(v) = 58, toJSONString(base64Encode(substring(v, sized(v, 2).1))),
        'null') AS leaf_json,
    v -> arrayFold(
        (at, i) -> multiIf(
            empty(at.3), at,
            at.1 >= at.3[-1], (at.1, concat(at.2, if(at.4[-1] = 42, ']', '}')), arrayPopBack(at.3), arrayPopBack(at.4)),
            arrayMap((item, key_at) -> arrayMap((key, start) -> arrayMap((begun, end, tag) -> if(tag IN (42, 50),
                (toUInt32(sized(v, start + 1).1), concat(begun, if(tag = 42, '[', '{')), arrayPushBack(at.3, end), arrayPushBack(at.4, tag)),
                (end, concat(begun, leaf_json(substring(v, start, greatest(end, start) - start))), at.3, at.4)),
                [concat(at.2, if(substring(at.2, -1) IN ('[', '{'), '', ','), if(at.4[-1] = 42, '', concat(toJSONString(key), ':')))],
                [toUInt32(least(item.1 + item.2, at.3[-1]))],
                [if(start < item.1 + item.2, byte_at(v, start), 0)])[1],
                [substring(v, key_at.1, key_at.2)],
                [toUInt32(if(at.4[-1] = 42, item.1, sized(v, key_at.1 + key_at.2 + 1).1))])[1],
                [sized(v, at.1 + 1)],
                -- An empty key is left out.
                [if(at.4[-1] = 42 OR byte_at(v, sized(v, at.1 + 1).1) != 10, (toUInt32(sized(v, at.1 + 1).1), toUInt32(0)), sized(v, sized(v, at.1 + 1).1 + 1))])[1]),
        -- Every item begins with the byte 10, every array with 42 and every map with 50.
        range(least(countSubstrings(v, '\n') + countSubstrings(v, '*') + countSubstrings(v, '2'), 1500)),
        (toUInt32(sized(v, 2).1), if(reinterpretAsUInt8(v) = 42, '[', '{'), [toUInt32(length(v) + 1)], [reinterpretAsUInt8(v)])) AS read_to
SELECT
    Timestamp, TraceId, SpanId, ParentSpanId, TraceState, SpanName, SpanKind, ServiceName,
    CAST(mapFromArrays(mapKeys(ResourceAttributes), arraySlice(texts, span_n + 1, resource_n)), 'Map(LowCardinality(String), String)') AS ResourceAttributes, ScopeName, ScopeVersion,
    CAST(mapFromArrays(mapKeys(SpanAttributes), arraySlice(texts, 1, span_n)), 'Map(LowCardinality(String), String)') AS SpanAttributes, Duration, StatusCode, StatusMessage,
    `Events.Timestamp`, `Events.Name`,
    arrayMap((m, n, end) -> CAST(mapFromArrays(mapKeys(m), arraySlice(event_texts, end - n + 1, n)), 'Map(LowCardinality(String), String)'), `Events.Attributes`, event_ns, arrayCumSum(event_ns)) AS `Events.Attributes`,
    `Links.TraceId`, `Links.SpanId`, `Links.TraceState`,
    arrayMap((m, n, end) -> CAST(mapFromArrays(mapKeys(m), arraySlice(link_texts, end - n + 1, n)), 'Map(LowCardinality(String), String)'), `Links.Attributes`, link_ns, arrayCumSum(link_ns)) AS `Links.Attributes`
FROM
(
    SELECT
        *,
        arrayMap((t, r) -> if(startsWith(t, '\0\x01'), concat(r.2, arrayStringConcat(arrayReverse(arrayMap(tag -> if(tag = 42, ']', '}'), r.4)))), t), all_texts, readings) AS texts,
        arraySlice(texts, span_n + resource_n + 1, arraySum(event_ns)) AS event_texts,
        arraySlice(texts, span_n + resource_n + arraySum(event_ns) + 1) AS link_texts
    FROM
    (
        -- Values side by side: a lambda that looked one up would hold a copy of all for each of them.
        SELECT *, arrayMap(t -> read_to(if(startsWith(t, '\0\x01'), substring(t, 3), '')), all_texts) AS readings
        FROM
        (
            SELECT
                *,
                length(SpanAttributes) AS span_n, length(ResourceAttributes) AS resource_n,
                arrayMap(m -> length(m), `Events.Attributes`) AS event_ns, arrayMap(m -> length(m), `Links.Attributes`) AS link_ns,
                arrayConcat(mapValues(SpanAttributes), mapValues(ResourceAttributes), arrayFlatten(arrayMap(m -> mapValues(m), `Events.Attributes`)), arrayFlatten(arrayMap(m -> mapValues(m), `Links.Attributes`))) AS all_texts
            FROM undecoded_spans
        )
    )
)
