"""Settings of the dashboard process: what SPANLEDGER_* says about where the ledger is and where to listen.

In: the environment. Out: one frozen DashboardSettings. Reads its own names only; whoever starts the
processes checks the rest.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

Port = Annotated[int, Field(ge=0, le=65535)]


class DashboardSettings(BaseSettings):
    """Everything the environment decides for the dashboard."""

    model_config = SettingsConfigDict(
        env_prefix="SPANLEDGER_", frozen=True, env_ignore_empty=True, extra="ignore"
    )

    data: Path = Field(default=Path("spanledger-data"), description="data folder of the ledger")
    host: str = Field(default="127.0.0.1", description="address to listen on")
    dashboard_port: Port = Field(default=8501, description="port of the dashboard; 0 = any free one")
    clickhouse_port: Port = Field(default=8123, description="port of the ledger's ClickHouse interface")
    clickhouse_url: str = Field(default="", description="a ClickHouse server instead; empty = embedded")
    database: str = Field(default="spanledger", description="ClickHouse database of the ledger")
    dashboard_token: str = Field(default="", description="token that viewers must give; empty = none asked")
    dashboard_viewers: Path | None = Field(
        default=None, description="YAML file of viewers: tokens, OIDC, workloads"
    )
    otlp_http_port: Port = Field(default=4318, description="port for OTLP over HTTP, shown on Setup")

    @property
    def is_loopback(self) -> bool:
        return self.host in ("127.0.0.1", "localhost", "::1")
