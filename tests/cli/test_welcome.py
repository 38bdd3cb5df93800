"""What is printed to paste into an agent is right Python for the hooks as they are."""

import ast
import inspect
from dataclasses import replace

import pytest

import sdk_hooks
from cli.start import Addresses
from cli.welcome import agent_lines, welcome

LEDGER = Addresses(
    dashboard="http://127.0.0.1:8501",
    otlp_http="http://127.0.0.1:4318",
    otlp_grpc="http://127.0.0.1:4317",
    clickhouse="http://127.0.0.1:8123",
    clickhouse_user="default",
    clickhouse_password_file="spanledger-data/clickhouse-password",
    data="spanledger-data",
    asks_for_token=False,
)


@pytest.mark.parametrize("asks_for_token", [False, True])
def test_the_two_lines_fit_the_hooks(asks_for_token: bool) -> None:
    first, second = agent_lines(replace(LEDGER, asks_for_token=asks_for_token))
    assert first == "import sdk_hooks"
    call = ast.parse(second, mode="eval").body
    assert isinstance(call, ast.Call)
    given = {word.arg or "": ast.literal_eval(word.value) for word in call.keywords}
    inspect.signature(sdk_hooks.instrument).bind(**given)
    assert given["endpoint"] == LEDGER.otlp_http
    assert ("headers" in given) is asks_for_token


def test_everything_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    welcome(LEDGER, as_json=False)
    said = capsys.readouterr().out
    for value in (LEDGER.dashboard, LEDGER.otlp_http, LEDGER.otlp_grpc, LEDGER.clickhouse):
        assert value in said
    assert "user default, password in spanledger-data/clickhouse-password" in said


def test_what_is_not_there_is_not_told(capsys: pytest.CaptureFixture[str]) -> None:
    welcome(replace(LEDGER, dashboard="", clickhouse_password_file=""), as_json=False)
    said = capsys.readouterr().out
    assert "dashboard" not in said
    assert "password" not in said
