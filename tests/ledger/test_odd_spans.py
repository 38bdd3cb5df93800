"""Spans that break the rules are stored or refused with a reason; they never stop the others."""

import contextlib
import json

from opentelemetry.proto.trace.v1.trace_pb2 import Span

from collector.engine.migrate import migrate
from collector.engine.result import EngineError
from sdk_hooks import attributes as names
from tests.ledger.ledger import Ledger
from tests.ledger.spans import NOON_NS, call, pairs, request, span, trace_bytes

Y2200_NS = 7_258_118_400_000_000_000


def _changed(name: str, /, **fields: object) -> Span:
    made = call(name, trace=name)
    for field, item in fields.items():
        setattr(made, field, item)
    return made


NESTED = ("list", "one", "nothing", "map", "long list", "deeper", "rows")
LENGTHS = "trace id, span id and parent span id must have 16, 8 and 8 or no bytes, these have "
REFUSED = {
    "short trace": (_changed("short trace", trace_id=b"1234"), LENGTHS + "4, 8 and 0"),
    "no trace": (_changed("no trace", trace_id=b""), LENGTHS + "0, 8 and 0"),
    "zero trace": (_changed("zero trace", trace_id=bytes(16)), "trace id is all zeros"),
    "long span": (_changed("long span", span_id=bytes(range(9))), LENGTHS + "16, 9 and 0"),
    "zero span": (_changed("zero span", span_id=bytes(8)), "span id is all zeros"),
    "odd parent": (
        _changed("odd parent", parent_span_id=b"abc"),
        LENGTHS + "16, 8 and 3",
    ),
    "no start": (_changed("no start", start_time_unix_nano=0), "start time is missing"),
    "far future": (
        _changed("far future", start_time_unix_nano=Y2200_NS, end_time_unix_nano=Y2200_NS + 1),
        "start time lies after the year 2100",
    ),
    "end of numbers": (
        _changed("end of numbers", start_time_unix_nano=2**64 - 1, end_time_unix_nano=2**64 - 1),
        "start time lies after the year 2100",
    ),
}
TAKEN = {
    "end before start": _changed("end before start", end_time_unix_nano=NOON_NS - 5_000_000_000),
    "no end": _changed("no end", end_time_unix_nano=0),
    "ends in 2200": _changed("ends in 2200", end_time_unix_nano=Y2200_NS),
    "zero parent": _changed("zero parent", parent_span_id=bytes(8)),
    "no name": _changed("no name", name=""),
    "long name": _changed("long name", name="n" * 100_000),
    "strange kind": _changed("strange kind", kind=0),
    "epoch": _changed("epoch", start_time_unix_nano=1, end_time_unix_nano=2),
}


def test_each_fault_is_refused_with_its_reason_and_harms_nobody(ledger: Ledger) -> None:
    ledger.take(call("good"), *(made for made, _ in REFUSED.values()))
    found = ledger.rows("SELECT name, reason, service FROM rejected_spans")
    assert {(row["name"], row["reason"]) for row in found} == {
        (name, why) for name, (_, why) in REFUSED.items()
    }
    assert {row["service"] for row in found} == {"support-agent"}
    assert [row["pricing_status"] for row in ledger.calls()] == ["priced"]
    assert ledger.value("SELECT count() FROM otel_traces") == 1


def test_what_is_merely_odd_is_kept(ledger: Ledger) -> None:
    ledger.take(*TAKEN.values())
    assert ledger.value("SELECT count() FROM rejected_spans") == 0
    rows = {name: ledger.calls(trace_id=trace_bytes(name).hex()) for name in TAKEN}
    assert {name: len(found) for name, found in rows.items()} == dict.fromkeys(TAKEN, 1)
    assert rows["end before start"][0]["duration_s"] is None
    assert rows["no end"][0]["duration_s"] is None
    assert rows["zero parent"][0]["parent_span_id"] == ""
    assert len(ledger.tasks()) == len(TAKEN)
    assert ledger.value("SELECT sum(calls) FROM calls_rollup FINAL") == len(TAKEN)


def test_a_span_without_attributes_and_an_empty_request(ledger: Ledger) -> None:
    ledger.send_bytes(b"")
    ledger.send()
    ledger.take(span("bare"))
    assert (ledger.calls(), ledger.tasks()) == ([], [])
    assert ledger.value("SELECT count() FROM otel_traces") == 1


def test_a_thousand_attributes(ledger: Ledger) -> None:
    ledger.take(call("c1", {f"key.{n}": n for n in range(1000)}))
    assert ledger.value("SELECT length(SpanAttributes) FROM otel_traces") >= 1000
    assert ledger.call("c1")["pricing_status"] == "priced"


def test_megabytes_in_one_attribute(ledger: Ledger) -> None:
    ledger.take(call("c1", {"note": "x" * 3_000_000, "blob": b"y" * 1_000_000, "many": ["z" * 10] * 20_000}))
    assert ledger.value("SELECT SpanAttributes['note'] FROM otel_traces") == "[3000000 bytes dropped]"
    assert ledger.call("c1")["pricing_status"] == "priced"


def test_nested_values_become_json_wherever_they_stand(ledger: Ledger) -> None:
    deep = {"a": [{"b": [1, {"c": "two"}]}], "bytes": "AAH/"}
    told = span("c1", {"own": {**deep, "bytes": b"\x00\x01\xff"}, "plain": "p"})
    told.events.append(Span.Event(name="e", time_unix_nano=1, attributes=pairs({"of event": deep, "n": 1})))
    told.links.append(Span.Link(trace_id=b"t" * 16, span_id=b"s" * 8, attributes=pairs({"of link": deep})))
    ledger.send(told, span("c2", {"plain": "q"}), resource={"of resource": deep})
    stored = "SELECT toJSONString({}) FROM otel_traces WHERE SpanName = 'c1'"
    for where, name in (
        ("SpanAttributes", "own"),
        ("ResourceAttributes", "of resource"),
        ("Events.Attributes[1]", "of event"),
        ("Links.Attributes[1]", "of link"),
    ):
        assert json.loads(json.loads(ledger.value(stored.format(where)))[name]) == deep
    assert ledger.value("SELECT count() FROM otel_traces") == 2, "each span once"
    ledger.clear()
    ledger.send(span("c3", {"many": {"a": [[]] * 3000}}))
    many = json.loads(ledger.value("SELECT SpanAttributes['many'] FROM otel_traces"))
    assert 500 < len(many["a"]) < 3000, "what is very long is cut and closed"


def test_values_become_text_as_the_exporter_writes_them(ledger: Ledger) -> None:
    values: dict[str, object] = {
        "text": 'a "quoted" \\ line\nand émoji 🙂',
        "empty": "",
        "none": None,
        "yes": True,
        "no": False,
        "zero": 0,
        "int": -42,
        "largest": 2**63 - 1,
        "smallest": -(2**63),
        "half": 0.5,
        "whole": 3.0,
        "bytes": b"\x00\x01\xff",
        "list": ["one", 2, 3.5, True, None, 'six "6"'],
        "one": ["stop"],
        "nothing": [],
        "map": {"a": 1, "b": "two", "c": False},
        "long list": ["word"] * 200,
        "long text": "t" * 200,
        "deeper": {
            "a": {"b": [1, -2, {"c": [[], {}, None, "x" * 200]}], "d": 2**62, "e": 0.25, "": {"f": False}}
        },
        "rows": [{"role": "user", "parts": [{"n": number}]} for number in range(30)],
    }
    ledger.take(span("c1", values))
    stored = json.loads(ledger.value("SELECT toJSONString(SpanAttributes) FROM otel_traces"))
    plain = {name: item for name, item in stored.items() if name not in NESTED}
    assert plain == {
        "text": values["text"],
        "empty": "",
        "none": "",
        "yes": "true",
        "no": "false",
        "zero": "0",
        "int": "-42",
        "largest": "9223372036854775807",
        "smallest": "-9223372036854775808",
        "half": "0.5",
        "whole": "3",
        "bytes": "AAH/",
        "long text": "t" * 200,
    }
    for name in NESTED:
        assert json.loads(stored[name]) == values[name], name


def test_a_key_that_stands_twice(ledger: Ledger) -> None:
    made = call("c1")
    made.attributes.extend(pairs({names.OUTPUT_TOKENS: 7, names.TENANT: "a"}))
    made.attributes.extend(pairs({names.TENANT: "b"}))
    ledger.take(made)
    row = ledger.call("c1")
    assert (row["output_tokens"], row["tenant"]) == (100, "a")


def test_text_that_is_no_text(ledger: Ledger) -> None:
    odd = "nul \x00 tab \t quote ' back \\ new \n end"
    ledger.take(
        call(
            "c1",
            {names.TASK_ID: odd, names.RESPONSE_ID: odd, names.AGENT_NAME: odd, names.CASCADE_ID: odd},
            model=odd,
        )
    )
    body = request([call("c2", {names.TASK_ID: "XXXX", names.REQUEST_MODEL: "YYYY"}, trace="u")])
    ledger.send_bytes(body.replace(b"XXXX", b"\xff\xfe\xc3\x28").replace(b"YYYY", b"\xf0\x28\x8c\xbc"))
    ledger.catch_up()
    assert ledger.task(odd)["calls"] == 1
    assert ledger.call("c1")["request_model"] == odd
    assert len(ledger.tasks()) == 2


def test_prompts_and_completions_are_dropped_unless_switched_on(ledger: Ledger) -> None:
    secret = "my secret prompt"
    spoken = {
        names.INPUT_MESSAGES: secret,
        names.OUTPUT_MESSAGES: secret,
        names.SYSTEM_INSTRUCTIONS: secret,
        names.TOOL_CALL_ARGUMENTS: secret,
        "gen_ai.prompt.0.content": secret,
        "gen_ai.completion": secret,
        "input.value": secret,
        "llm.input_messages.0.message.content": secret,
        "traceloop.entity.input": secret,
        "ai.prompt.messages": secret,
    }
    made = call("c1", spoken)
    event = made.events.add(name="gen_ai.user.message", time_unix_nano=NOON_NS)
    event.attributes.extend(pairs({"content": secret, "gen_ai.system": "anthropic"}))
    ledger.take(made)
    told = ledger.value(
        "SELECT concat(toString(SpanAttributes), toString(Events.Attributes)) FROM otel_traces"
    )
    assert secret not in told
    assert "gen_ai.system" in told
    first = ledger.snapshot()
    ledger.clear()
    try:
        migrate(ledger.engine, ledger.engine.database, store_content=True)
        ledger.take(made)
        assert ledger.value("SELECT count() FROM otel_traces") == 1
        told = ledger.value(
            "SELECT concat(toString(SpanAttributes), toString(Events.Attributes)) FROM otel_traces"
        )
        assert told.count(secret) == len(spoken) + 1
        assert ledger.snapshot() == first
    finally:
        migrate(ledger.engine, ledger.engine.database)


def test_content_in_json_is_dropped_under_any_name_wherever_it_stands(ledger: Ledger) -> None:
    secret, chinese = "My diagnosis is a secret", "我的诊断是一个秘密" * 20
    talk = {"messages": [{"role": "user", "content": secret}]}
    usage = {"prompt_tokens": 90, "completion_tokens": 9}
    told = {
        "acme.payload": talk,
        "acme.flat": json.dumps(talk),
        "tool.call": {"name": "search", "arguments": {"q": secret}},
        "deep": {"gen_ai": {"input": {"messages": [{"parts": [{"text": secret}]}]}}},
        "state": {"history": [secret]},
        "metadata": json.dumps({"prompt": secret}),
        "chinese": chinese,
        "limits": {"input": 5, "output": {"text": 7}},
        "acme.result": {"choices": [{"message": {"content": secret}}], "usage": usage},
    }
    made = call("c1", told)
    made.events.add(name="acme.turn", time_unix_nano=NOON_NS).attributes.extend(pairs(told))
    link = made.links.add(trace_id=trace_bytes("other"), span_id=bytes(range(8)))
    link.attributes.extend(pairs({**told, "llm.prompts": secret}))
    ledger.take(made, resource={**told, "gen_ai.input.messages": secret, "service.name": "triage"})
    stored = ledger.rows(
        "SELECT arrayJoin([SpanAttributes, ResourceAttributes, Events.Attributes[1], Links.Attributes[1]]) AS kept "
        "FROM otel_traces"
    )
    assert len(stored) == 4
    for row in stored:
        kept = row["kept"]
        assert secret not in str(kept)
        assert chinese not in str(kept)
        assert json.loads(kept["limits"]) == told["limits"]
        assert json.loads(kept["acme.result"])["usage"] == usage


def test_many_long_nested_values_are_taken_at_once(ledger: Ledger) -> None:
    """A value was once looked up with a copy of all values for each attribute: a hundred spans took all memory."""
    rows = [{"role": "user", "parts": [{"type": "text", "words": "word " * 400}]} for _ in range(20)]
    more = {f"app.attr.{number}": f"value {number}" for number in range(40)}
    said = {**more, names.INPUT_MESSAGES: rows, "acme.rows": rows[:4]}
    ledger.take(*(call(f"c{number}", said) for number in range(150)))
    assert ledger.value("SELECT count() FROM llm_calls FINAL") == 150


def test_a_truncated_body_stops_nothing(ledger: Ledger) -> None:
    good = request([call("c1"), call("c2")])
    for body in (good[:-3], good[: len(good) // 2], b"\x0a\xff\xff\xff\x7fnot a request"):
        # Framing is the receiver's to check; here only that the engine outlives what slipped through.
        with contextlib.suppress(EngineError):
            ledger.send_bytes(body)
    ledger.catch_up()
    ledger.take(call("after", trace="v"))
    assert ledger.call("after", "v")["pricing_status"] == "priced"
