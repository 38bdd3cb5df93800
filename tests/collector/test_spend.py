"""`GET /v1/spend` on a real collector: same port and same token as OTLP."""

import http.client
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.collector.conftest import RunningCollector
from tests.collector.otlp_bodies import request
from tests.collector.test_receiver_http import post

WAIT_S = 30.0


def ask(
    collector: RunningCollector, path: str, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], Any]:
    connection = http.client.HTTPConnection("127.0.0.1", collector.info.otlp_http_port, timeout=60)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, dict(answer.getheaders()), json.loads(body) if body else None


def test_what_was_sent_is_told(collector: RunningCollector) -> None:
    sent = request("spender", spans=3, start_ns=time.time_ns() - 120 * 10**9)
    assert post(collector, sent.SerializeToString()).status == 200
    until = time.monotonic() + WAIT_S
    spend: list[dict[str, Any]] = []
    while not spend and time.monotonic() < until:
        status, headers, told = ask(collector, "/v1/spend?scope=workload&name=spender")
        assert status == 200
        assert headers["content-type"] == "application/json"
        spend = told["spend"]
    # The model "m" has no price: three calls, 10 + 11 + 12 tokens.
    assert spend == [
        {"name": "spender", "cost_usd": spend[0]["cost_usd"], "tokens": 33, "calls": 3, "unpriced_calls": 3}
    ]
    assert float(spend[0]["cost_usd"]) == 0
    assert told["window_s"] == 3600
    assert told["lag_s"] >= 0


@pytest.mark.parametrize(
    ("method", "path", "status", "said"),
    [
        ("POST", "/v1/spend?scope=task&name=a", 405, "send GET"),
        ("GET", "/v1/spend", 400, "scope=''"),
        ("GET", "/v1/spend/?scope=task", 400, "name"),
        ("GET", "/v1/spending", 404, "/v1/spending"),
    ],
)
def test_refusals_say_why(
    collector: RunningCollector, method: str, path: str, status: int, said: str
) -> None:
    found, _, told = ask(collector, path, method)
    assert found == status
    assert said in told["message"]


def test_a_rebound_name_gets_no_figures(collector: RunningCollector) -> None:
    path = "/v1/spend?scope=task&name=a"
    assert ask(collector, path, Host="evil.example:4318")[0] == 403
    assert ask(collector, path, Host="localhost:4318")[0] == 200


def test_the_token_of_senders_is_asked_for(new_collector: Callable[..., RunningCollector]) -> None:
    running = new_collector(token="s3cret")
    path = "/v1/spend?scope=task&name=a"
    status, headers, _ = ask(running, path)
    assert (status, headers["www-authenticate"]) == (401, "Bearer")
    assert ask(running, path, Authorization="Bearer wrong")[0] == 401
    assert ask(running, path, Authorization="Bearer s3cret")[0] == 200
    assert ask(running, path, Authorization="Bearer s3cret", Host="collector.internal")[0] == 200
    assert "s3cret" not in running.log
