"""What a started ledger tells its user: where everything is, and two lines to paste into an agent."""

from cli.output import emit, emit_json
from cli.start import Addresses

SERVICE = "my-agent"


def agent_lines(addresses: Addresses) -> tuple[str, str]:
    """Two lines of Python that send an agent's calls to this ledger."""
    options = f'service_name="{SERVICE}", endpoint="{addresses.otlp_http}"'
    if addresses.asks_for_token:
        options += ', headers={"Authorization": "Bearer <SPANLEDGER_TOKEN>"}'
    return "import sdk_hooks", f"sdk_hooks.instrument({options})"


def welcome(addresses: Addresses, *, as_json: bool) -> None:
    """Print it on stdout."""
    if as_json:
        emit_json(addresses.as_dict())
        return
    rows = [
        ("dashboard", addresses.dashboard),
        ("OTLP/HTTP", addresses.otlp_http),
        ("OTLP/gRPC", addresses.otlp_grpc),
        ("ClickHouse", addresses.clickhouse),
        ("data", addresses.data),
    ]
    emit("\nSpanLedger is ready.")
    for name, address in rows:
        if address:
            emit(f"  {name:<11} {address}")
    if addresses.clickhouse_password_file:
        emit(f"  {'':<11} user {addresses.clickhouse_user}, password in {addresses.clickhouse_password_file}")
    emit("\nPaste into your agent:")
    for line in agent_lines(addresses):
        emit(f"  {line}")
    emit("\nCtrl-C stops everything.")
