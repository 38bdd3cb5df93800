"""Settings of the collector process: what SPANLEDGER_* in the environment says, checked once at start.

In: the environment. Out: one frozen CollectorSettings, or SettingsError with one line for a user.
Must never go on with a name it does not know: a mistyped setting is otherwise silently the default.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from collector.errors import SettingsError
from collector.paths import DataFolder

PREFIX = "SPANLEDGER_"
MIB = 1024 * 1024

DASHBOARD_NAMES = frozenset(
    {"SPANLEDGER_DASHBOARD_PORT", "SPANLEDGER_DASHBOARD_TOKEN", "SPANLEDGER_DASHBOARD_VIEWERS"}
)
"""Names only the dashboard reads; one environment may serve both. tests/cli compares with its settings."""

HOOK_NAMES = frozenset({"SPANLEDGER_FILE", "SPANLEDGER_CONTENT"})
"""Names only the hooks read, inside an agent's process."""

Port = Annotated[int, Field(ge=0, le=65535)]


class CollectorSettings(BaseSettings):
    """Everything the environment decides for the collector. A port of 0 means: take any free one."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, env_ignore_empty=True, extra="forbid", validate_default=True
    )

    data: Path = Field(default=Path("spanledger-data"), description="data folder of the ledger")
    host: str = Field(default="127.0.0.1", description="address to listen on")
    otlp_http_port: Port = Field(default=4318, description="port for OTLP over HTTP")
    otlp_grpc_port: Port = Field(default=4317, description="port for OTLP over gRPC")
    clickhouse_port: Port = Field(default=8123, description="port of the ClickHouse HTTP interface")
    clickhouse_url: str = Field(
        default="",
        description="a ClickHouse server: http(s)://user:password@host:port/database; empty = embedded",
    )
    database: str = Field(default="spanledger", description="ClickHouse database of the ledger")
    config: Path | None = Field(
        default=None,
        description="path of spanledger.yaml; unset = the one in the data folder, else in the working folder",
    )
    store_content: bool = Field(default=False, description="keep prompt and completion text")
    token: str = Field(default="", description="bearer token senders must present; empty = none asked")
    cors_origins: str = Field(
        default="",
        description="pages that may send spans over HTTP: origins, comma-separated, or *; empty = none",
    )
    max_body_bytes: int = Field(
        default=64 * MIB, ge=1024, description="largest OTLP body, decompressed, in bytes"
    )
    retention_days: int = Field(default=30, ge=1, le=3650, description="days that otel_traces keeps a span")

    @field_validator("data", "config")
    @classmethod
    def _is_absolute(cls, value: Path | None) -> Path | None:
        """Whoever changes the working folder later must not move the ledger."""
        return None if value is None else value.expanduser().absolute()

    @field_validator("clickhouse_url")
    @classmethod
    def _is_server_address(cls, value: str) -> str:
        if value:
            parts = urlsplit(value)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError("expected http(s)://user:password@host:port/database")
            _ = parts.port  # raises ValueError for a port that is none
        return value

    @field_validator("database")
    @classmethod
    def _is_identifier(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,63}", value):
            raise ValueError("expected letters, digits and underscores, not starting with a digit")
        return value

    @field_validator("cors_origins")
    @classmethod
    def _is_origins(cls, value: str) -> str:
        for origin in _split(value):
            parts = urlsplit(origin)
            if origin != "*" and (f"{parts.scheme}://{parts.netloc}" != origin or not parts.hostname):
                raise ValueError(
                    "expected origins such as https://app.example.org:3000, comma-separated, or *"
                )
        return value

    @property
    def allowed_origins(self) -> tuple[str, ...]:
        """Origins of pages that may send spans."""
        return _split(self.cors_origins)

    @property
    def folder(self) -> DataFolder:
        """The data folder with its paths, absolute."""
        return DataFolder(self.data)

    @property
    def is_embedded(self) -> bool:
        """Whether this ledger lives in the embedded engine rather than on a server."""
        return not self.clickhouse_url

    def config_path(self) -> Path | None:
        """The spanledger.yaml to read: the named one, else the data folder's, else ./spanledger.yaml."""
        if self.config is not None:
            return self.config
        for candidate in (self.folder.config, Path("spanledger.yaml")):
            if candidate.is_file():
                return candidate
        return None


def _split(listed: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in listed.split(",") if part.strip())


def environment_names() -> frozenset[str]:
    """Every SPANLEDGER_* name that means something to one of our processes."""
    own = {PREFIX + name.upper() for name in CollectorSettings.model_fields}
    return frozenset(own) | DASHBOARD_NAMES | HOOK_NAMES


def load_settings(environment: Mapping[str, str], **overrides: Any) -> CollectorSettings:
    """Settings from `environment`; `overrides` (field names, None = not given) win over it.

    Raises SettingsError with one line for every wrong value or unknown SPANLEDGER_* name.
    """
    check_names(environment)
    given = {name: value for name, value in overrides.items() if value is not None}
    for name in CollectorSettings.model_fields:
        value = environment.get(PREFIX + name.upper(), "")
        if value and name not in given:
            given[name] = value
    try:
        return _Given(**given)
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(error))) from None


def check_names(environment: Iterable[str]) -> None:
    """Raises SettingsError naming every unknown SPANLEDGER_* name and the nearest right one."""
    known = environment_names()
    wrong = sorted(name for name in environment if name.startswith(PREFIX) and name not in known)
    if wrong:
        raise SettingsError("\n".join(_unknown(name, known) for name in wrong))


class _Given(CollectorSettings):
    """The same settings from given values alone, whatever this process's own environment says."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def _unknown(name: str, known: frozenset[str]) -> str:
    nearest = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.5)
    advice = f"did you mean {nearest[0]}?" if nearest else "docs/configuration.md lists the settings"
    return f"{name} is not a setting; {advice}"


def _explain(error: ValidationError) -> list[str]:
    lines = []
    for fault in error.errors():
        name = PREFIX + str(fault["loc"][0]).upper()
        shown = "" if name == "SPANLEDGER_TOKEN" else f" is {_without_password(str(fault['input']))!r}"
        lines.append(f"{name}{shown}: {fault['msg'].removeprefix('Value error, ')}")
    return lines


def _without_password(value: str) -> str:
    return re.sub(r"(://[^:/@]*):.*@", r"\1:***@", value)
