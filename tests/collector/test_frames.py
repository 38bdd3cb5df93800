"""The walk over the outermost frames: what protobuf accepts it accepts, what is cut off it refuses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from collector.otlp.frames import BrokenFrames, check_frames
from tests.collector.otlp_bodies import body


def test_counts_the_payload_frames() -> None:
    assert check_frames(b"") == 0
    assert check_frames(body("a")) == 1
    assert check_frames(body("a") + body("b") + body("c")) == 3


@given(cut=st.integers(min_value=1))
def test_a_body_cut_anywhere_is_refused(cut: int) -> None:
    whole = body("a", spans=2)
    cut = 1 + cut % (len(whole) - 1)
    with pytest.raises(BrokenFrames):
        check_frames(whole[:cut])


@given(st.binary(max_size=200))
def test_never_crashes_and_never_takes_what_would_swallow_a_neighbour(noise: bytes) -> None:
    try:
        check_frames(noise)
    except BrokenFrames:
        return
    # Accepted bytes end where a frame ends, so a neighbour's frames stay its own.
    neighbour = body("neighbour")
    assert check_frames(noise + neighbour) == check_frames(noise) + 1


@given(st.lists(st.sampled_from(["a", "b", "c"]), max_size=4), st.integers(0, 2))
def test_joined_requests_are_one_request(labels: list[str], spans: int) -> None:
    joined = b"".join(body(label, spans) for label in labels)
    assert (
        check_frames(joined)
        == len(ExportTraceServiceRequest.FromString(joined).resource_spans)
        == len(labels)
    )


@given(st.integers(2, 500), st.binary(max_size=20))
def test_unknown_fields_are_skipped(field: int, content: bytes) -> None:
    def varint(value: int) -> bytes:
        out = bytearray()
        while value > 0x7F:
            out.append(value & 0x7F | 0x80)
            value >>= 7
        out.append(value)
        return bytes(out)

    unknown = [
        varint(field << 3 | 2) + varint(len(content)) + content,
        varint(field << 3) + varint(12345),
        varint(field << 3 | 1) + b"8" * 8,
        varint(field << 3 | 5) + b"4" * 4,
    ]
    for frame in unknown:
        assert check_frames(frame + body("a") + frame) == 1


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (b"\x00\x01", "no protobuf field"),
        (b"\x08\x01", "field 1 is varint"),
        (b"\x0b", "field 1 is group"),
        (b"\x13", "wire type 3"),
        (b"\x0a\x05abc", "cut off"),
        (b"\x0a" + b"\xff" * 10, "more than 10 bytes"),
        (b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "cut off"),
        (b"\x80", "ends inside a number"),
    ],
)
def test_says_where_and_what(broken: bytes, said: str) -> None:
    with pytest.raises(BrokenFrames, match=said):
        check_frames(broken)
