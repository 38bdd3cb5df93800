"""HTTP as strangers speak it: long addresses, offers of HTTP/2, HTTP/1.0, pipelines, on both ports."""

import http.client
import json
import socket

import pytest

from tests.collector.conftest import RunningCollector
from tests.collector.test_clickhouse_raw import ask
from tests.collector.test_otlp_json import one_span
from tests.collector.test_receiver_http import stored

OFFER = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAB\r\n"
"""What java.net.http.HttpClient adds to a request over plain HTTP."""


def talk(port: int, *pieces: bytes) -> bytes:
    """Sends `pieces` one by one and returns everything up to the end of the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            connection.sendall(piece)
        found = b""
        while chunk := connection.recv(65536):
            found += chunk
    return found


def export(body: bytes, *lines: bytes, version: bytes = b"1.1") -> bytes:
    """An export request in JSON, byte by byte."""
    head = [b"POST /v1/traces HTTP/" + version, b"Host: localhost", b"Content-Type: application/json", *lines]
    return b"\r\n".join([*head, b"", b""]) + body


def named(service: str) -> bytes:
    """One span of `service` in JSON."""
    request = one_span()
    request["resourceSpans"][0]["resource"] = {
        "attributes": [{"key": "service.name", "value": {"stringValue": service}}]
    }
    return json.dumps(request).encode()


@pytest.mark.parametrize("framing", ["length", "chunks"])
@pytest.mark.parametrize("cut", [None, 30, -3])
def test_an_offer_of_another_protocol_costs_no_body(
    collector: RunningCollector, framing: str, cut: int | None
) -> None:
    label = f"offered {framing} {cut}"
    body = named(label)
    if framing == "length":
        line = b"Content-Length: %d" % len(body)
    else:
        line, body = b"Transfer-Encoding: chunked", b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    first = export(body, OFFER.rstrip(), line)
    second = export(b"{}", b"Content-Length: 2", b"Connection: close")
    pieces = (first + second,) if cut is None else (first[:cut], first[cut:], second)
    answers = talk(collector.info.otlp_http_port, *pieces)
    assert answers.count(b"HTTP/1.1 200 OK") == 2
    assert stored(collector, label) == 1


def test_a_query_with_an_offer_is_answered(collector: RunningCollector) -> None:
    headers = {
        "Connection": "Upgrade, HTTP2-Settings",
        "Upgrade": "h2c",
        "HTTP2-Settings": "AAEAAEAAAAIAAAAB",
    }
    assert ask(collector, "SELECT 1", headers=headers).body == b"1\n"


def test_tunnels_are_refused(collector: RunningCollector) -> None:
    answer = talk(
        collector.info.otlp_http_port, b"CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\n\r\n"
    )
    assert answer.startswith(b"HTTP/1.1 400 ")


def test_addresses_beyond_64_kib(collector: RunningCollector) -> None:
    numbers = ",".join(map(str, range(30_000)))
    assert ask(collector, "SELECT length({a:Array(UInt32)})", param_a=f"[{numbers}]").body == b"30000\n"
    too_long = talk(collector.info.clickhouse_port, b"GET /?query=" + b"1" * 1_100_000)
    assert too_long.startswith(b"HTTP/1.1 400 ")


def test_http_1_0_gets_no_chunks(collector: RunningCollector) -> None:
    body = b"{}"
    answer = talk(
        collector.info.otlp_http_port, export(body, b"Content-Length: %d" % len(body), version=b"1.0")
    )
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"\r\n\r\n{}")
    connection = http.client.HTTPConnection("127.0.0.1", collector.info.clickhouse_port, timeout=30)
    connection._http_vsn_str = "HTTP/1.0"  # type: ignore[attr-defined]
    key = {"X-ClickHouse-User": "default", "X-ClickHouse-Key": collector.reader_password}
    connection.request("POST", "/", b"SELECT number FROM numbers(400000)", key)
    streamed = connection.getresponse()
    assert streamed.getheader("Transfer-Encoding") is None
    lines = streamed.read().splitlines()
    assert (len(lines), lines[-1]) == (400_000, b"399999")


def test_pipelined_requests_are_answered_in_order(collector: RunningCollector) -> None:
    body = named("pipelined")
    good, bad = export(body, b"Content-Length: %d" % len(body)), export(b"[]", b"Content-Length: 2")
    last = export(b"{}", b"Content-Length: 2", b"Connection: close")
    answers = talk(collector.info.otlp_http_port, good + bad + good + last)
    assert [part[:3] for part in answers.split(b"HTTP/1.1 ")[1:]] == [b"200", b"400", b"200", b"200"]


def test_a_body_may_be_announced_or_come_in_chunks_with_trailers(collector: RunningCollector) -> None:
    body = named("announced")
    announced = export(b"", b"Content-Length: %d" % len(body), b"Expect: 100-continue", b"Connection: close")
    assert b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK" in talk(
        collector.info.otlp_http_port, announced, body
    )
    chunks = b"%x;name=value\r\n%s\r\n0\r\nX-Checksum: 1\r\n\r\n" % (len(body), body)
    chunked = export(chunks, b"Transfer-Encoding: chunked", b"Connection: close")
    assert talk(collector.info.otlp_http_port, chunked).startswith(b"HTTP/1.1 200 OK")
    assert stored(collector, "announced") == 1
