"""OTLP files in every form: JSON lines and documents, protobuf plain, behind a varint, behind four bytes, packed."""

import gzip
import json
import struct
from pathlib import Path
from typing import Any

import pytest
from backports import zstd
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from cli.importers import otlp
from tests.collector.test_otlp_json import as_otlp_json
from tests.imports.importing import read_in, summed
from tests.imports.signals import AGENTS, body, buckets, true_buckets, truth
from tests.ledger.ledger import Ledger
from tests.ledger.spans import call, request


def traces(*names: str, **place: Any) -> bytes:
    """One request of one call each."""
    return request([call(name, at=60.0 * n, **place) for n, name in enumerate(names)])


def varint(size: int) -> bytes:
    out = bytearray()
    while size > 0x7F:
        out.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes([*out, size])


def plain(bodies: list[bytes]) -> bytes:
    return b"".join(bodies)


def behind_varints(bodies: list[bytes]) -> bytes:
    return b"".join(varint(len(each)) + each for each in bodies)


def behind_four_bytes(bodies: list[bytes]) -> bytes:
    return b"".join(struct.pack(">I", len(each)) + each for each in bodies)


def packed(bodies: list[bytes]) -> bytes:
    return behind_four_bytes([zstd.compress(each) for each in bodies])


def gzipped(bodies: list[bytes]) -> bytes:
    return gzip.compress(plain(bodies))


def json_lines(bodies: list[bytes]) -> bytes:
    return b"\n".join(
        json.dumps(as_otlp_json(ExportTraceServiceRequest.FromString(each))).encode() for each in bodies
    )


def json_document(bodies: list[bytes]) -> bytes:
    return json.dumps(as_otlp_json(ExportTraceServiceRequest.FromString(plain(bodies))), indent=2).encode()


@pytest.mark.parametrize(
    "form", [plain, behind_varints, behind_four_bytes, packed, gzipped, json_lines, json_document]
)
def test_spans_are_the_same_from_every_form(ledger: Ledger, tmp_path: Path, form: Any) -> None:
    bodies = [traces("a", "b"), traces("c", trace="u"), traces("d", trace="v")]
    for each in bodies:
        ledger.send_bytes(each)
    ledger.catch_up()
    expected = ledger.snapshot()
    ledger.clear()
    path = tmp_path / "spans"
    path.write_bytes(form(bodies))
    done = summed(ledger, path)
    assert ledger.snapshot() == expected
    assert (done.tally.requests, dict(done.tally.skipped), done.tally.unread) == ({"traces": 4}, {}, [])
    assert done.calls("priced") == 4
    assert done.cost_usd > 0


@pytest.mark.parametrize("case", AGENTS)
@pytest.mark.parametrize("form", [plain, behind_varints, behind_four_bytes])
def test_every_signal_is_told_apart(ledger: Ledger, tmp_path: Path, case: str, form: Any) -> None:
    for signal in ("logs", "metrics"):
        (tmp_path / f"{signal}.bin").write_bytes(form([body(case, signal)]))
    tally = read_in(ledger, tmp_path)
    assert set(tally.requests) == {"logs", "metrics"}
    calls = sorted(ledger.calls(), key=lambda row: row["started_at"])
    assert [buckets(row) for row in calls] == [true_buckets(usage) for usage in truth(case).calls]
    assert ledger.value("SELECT count() FROM usage_metrics") > 0


def test_logs_as_json_lines(ledger: Ledger, tmp_path: Path) -> None:
    message = ExportLogsServiceRequest.FromString(body("codex_cli__tool", "logs"))
    fields = MessageToDict(message)
    for scope in (s for r in fields["resourceLogs"] for s in r["scopeLogs"]):
        for record in scope["logRecords"]:
            record.pop("traceId", None)
            record.pop("spanId", None)
    path = tmp_path / "logs.jsonl"
    path.write_text(json.dumps(fields) + "\n{}\n" + json.dumps(fields)[:-5])
    tally = read_in(ledger, path)
    assert len(ledger.calls()) == 2
    assert dict(tally.skipped) == {"line that is no OTLP request": 1, "broken line": 1}


@pytest.mark.parametrize("form", [plain, behind_varints, behind_four_bytes])
def test_a_file_that_was_cut_off_keeps_its_whole_requests(ledger: Ledger, tmp_path: Path, form: Any) -> None:
    path = tmp_path / "cut.bin"
    path.write_bytes(form([traces("a"), traces("b", trace="u"), traces("c", trace="v")])[:-9])
    tally = read_in(ledger, path)
    assert len(ledger.calls()) == 2
    assert tally.unread == [(path, "the file ends inside a request: it was cut off")]


def test_a_large_resource_is_cut_into_bodies_that_every_collector_takes(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(otlp, "BODY_BYTES", 2000)
    sizes = []
    body_ = traces(*(f"call {n}" for n in range(40)))
    path = tmp_path / "large.bin"
    path.write_bytes(body_)
    from cli.importers.files import Source

    for item in otlp.read_protobuf(Source(path)):
        assert isinstance(item, otlp.Request)
        sizes.append(len(item.body))
    assert len(sizes) > 5
    assert max(sizes) < 4000 < len(body_)
    assert read_in(ledger, path).requests == {"traces": 40}
    assert len(ledger.calls()) == 40


def test_read_twice_changes_nothing(ledger: Ledger, tmp_path: Path) -> None:
    path = tmp_path / "spans.bin"
    path.write_bytes(traces("a", "b"))
    read_in(ledger, path)
    before = ledger.snapshot()
    assert summed(ledger, path).known == 1
    assert ledger.snapshot() == before


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "the file is empty"),
        (b" \n\n", "the file is empty"),
        (b"\x00\x01\x02\x03" * 40, "neither text nor OTLP protobuf"),
        (b"\x7fELF\x02\x01\x01" + bytes(200), "neither text nor OTLP protobuf"),
        (b"hello,world\n1,2\n", "none of the formats claude-code, codex, litellm, langfuse, otlp"),
        (
            b'{"name": "package", "version": 1}',
            "none of the formats claude-code, codex, litellm, langfuse, otlp",
        ),
        (b"{{{{\n{{{{", "broken from its first line on: neither JSON nor CSV"),
        (gzip.compress(b"{}" * 5000, mtime=0)[:-20], "it breaks off or is damaged"),
    ],
)
def test_files_of_other_kinds_are_one_line_each(
    ledger: Ledger, tmp_path: Path, content: bytes, why: str
) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    ((told, said),) = read_in(ledger, path).unread
    assert told == path
    assert said.startswith(why)
