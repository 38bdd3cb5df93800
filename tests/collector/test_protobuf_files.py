"""One reader of protobuf files for every command: strict it refuses what lenient it leaves out and tells."""

from io import BufferedReader, BytesIO
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from collector.otlp.files import BadTraceFile, read_traces
from collector.otlp.protobuf_files import BrokenFile, Fault, framing_of, read_payloads
from tests.imports.test_otlp_files import behind_four_bytes, behind_varints, gzipped, packed, plain, traces

BODIES = [traces("a", "b"), traces("c", trace="u"), traces("d", trace="v")]
UNKNOWN_FIELDS = b"\x10\x07" + b"\x5d1234" + b"\x7a\x02hi"
"""A varint, four bytes and a text that OTLP's requests do not have."""


def spans(data: bytes) -> list[str]:
    request = ExportTraceServiceRequest.FromString(data)
    return [span.name for r in request.resource_spans for s in r.scope_spans for span in s.spans]


@pytest.mark.parametrize("form", [plain, behind_varints, behind_four_bytes, packed, gzipped])
def test_the_gate_reads_every_form(tmp_path: Path, form: Any) -> None:
    (tmp_path / "runs.pb").write_bytes(form(BODIES))
    (found,) = read_traces(tmp_path / "runs.pb")
    assert spans(found.body) == spans(b"".join(BODIES))


@pytest.mark.parametrize("form", [plain, behind_varints, behind_four_bytes, packed])
def test_a_cut_off_file_is_refused_whole(tmp_path: Path, form: Any) -> None:
    (tmp_path / "cut.pb").write_bytes(form(BODIES)[:-9])
    with pytest.raises(BadTraceFile, match=r"cut\.pb: the file ends inside a request: it was cut off"):
        list(read_traces(tmp_path / "cut.pb"))


def test_unknown_fields_are_skipped(tmp_path: Path) -> None:
    (tmp_path / "runs.pb").write_bytes(BODIES[0] + UNKNOWN_FIELDS + BODIES[1])
    (found,) = read_traces(tmp_path / "runs.pb")
    assert spans(found.body) == spans(BODIES[0] + BODIES[1])


def test_what_strict_raises_lenient_tells() -> None:
    data = behind_four_bytes([BODIES[0], b"\x0b\x0b\x0b", BODIES[1]])
    framing = framing_of(data, is_whole=True)
    assert framing is not None
    lenient = list(read_payloads(BufferedReader(BytesIO(data)), framing, strict=False))
    assert [piece for piece in lenient if isinstance(piece, Fault)] == [Fault("broken request", False)]
    assert len(lenient) == 3
    with pytest.raises(BrokenFile, match="broken request"):
        list(read_payloads(BufferedReader(BytesIO(data)), framing, strict=True))
