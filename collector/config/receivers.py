"""Who is told of alerts and reviews: the `receivers` part of spanledger.yaml.

In: parsed YAML. Out: frozen Receiver models. Never: a secret in the file; it names where the secret is.
"""

from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

Text = Annotated[str, Field(min_length=1)]
Kind = Literal["alertmanager", "slack", "pagerduty", "email", "webhook"]

_TAKES: dict[str, tuple[str, ...]] = {
    "alertmanager": ("url", "url_from", "headers_from"),
    "webhook": ("url", "url_from", "headers_from"),
    "slack": ("url_from", "headers_from"),
    "pagerduty": ("url", "key_from"),
    "email": ("smtp", "security", "user", "password_from", "sender", "to"),
}
_NEEDS: dict[str, tuple[str, ...]] = {
    "slack": ("url_from",),
    "pagerduty": ("key_from",),
    "email": ("smtp", "sender", "to"),
}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=False)


class SecretSource(_Part):
    """Where a secret is read from, each time it is used: an environment variable or a file."""

    env: Text | None = Field(default=None, description="name of an environment variable of the collector")
    file: Text | None = Field(default=None, description="path of a file that holds it alone")

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.env is None) == (self.file is None):
            raise ValueError("give exactly one of env and file; the secret itself never stands here")
        return self

    @field_validator("env")
    @classmethod
    def _not_a_setting(cls, value: str | None) -> str | None:
        if value is not None and value.startswith("SPANLEDGER_"):
            raise ValueError("SPANLEDGER_* names are settings; choose another name for the secret")
        return value


class Receiver(_Part):
    """Somebody who is told. A secret (an address with a token, a key, a password) is named, never written.

    `alertmanager` posts the webhook shape of Prometheus Alertmanager, version 4; `webhook` posts our own JSON.
    """

    name: Text = Field(description="how rules and schedules call it")
    kind: Kind = Field(description="alertmanager, slack, pagerduty, email or webhook")
    url: Text | None = Field(default=None, description="address, where it is no secret")
    url_from: SecretSource | None = Field(default=None, description="where the address is, as it is a secret")
    headers_from: dict[str, SecretSource] = Field(
        default_factory=dict, description="request headers by name, and where their values are"
    )
    key_from: SecretSource | None = Field(default=None, description="where PagerDuty's routing key is")
    smtp: Text | None = Field(default=None, description="host:port of the mail server")
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="how mail is protected"
    )
    user: Text | None = Field(default=None, description="user at the mail server")
    password_from: SecretSource | None = Field(default=None, description="where that user's password is")
    sender: Text | None = Field(default=None, description="From of the mail")
    to: tuple[Text, ...] = Field(default=(), description="who gets the mail")

    @field_validator(
        "url", "url_from", "headers_from", "key_from", "smtp", "user", "password_from", "sender", "to"
    )
    @classmethod
    def _belongs_to_kind(cls, value: Any, info: ValidationInfo) -> Any:
        kind = info.data.get("kind")
        if value and kind in _TAKES and info.field_name not in _TAKES[kind]:
            raise ValueError(f"is not for kind {kind}, which takes {', '.join(_TAKES[kind])}")
        return value

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        if value is not None:
            parts = urlsplit(value)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError("expected http:// or https://, a host, and a path")
            if parts.username or parts.password:
                raise ValueError("an address with a password in it is a secret; use url_from")
        return value

    @field_validator("smtp")
    @classmethod
    def _is_host_and_port(cls, value: str | None) -> str | None:
        host, _, port = (value or ":").rpartition(":")
        if value is not None and not (host and port.isdigit() and 0 < int(port) < 65536):
            raise ValueError("expected host:port, such as mail.example.com:587")
        return value

    @field_validator("sender", "to")
    @classmethod
    def _one_line(cls, value: Any) -> Any:
        for text in (value,) if isinstance(value, str) else value or ():
            if any(char in text for char in "\r\n") or "@" not in text:
                raise ValueError(f"{text!r} is not a mail address")
        return value

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        missing = [name for name in _NEEDS.get(self.kind, ()) if not getattr(self, name)]
        if missing:
            raise ValueError(f"kind {self.kind} needs {', '.join(missing)}")
        if self.kind in ("alertmanager", "webhook") and (self.url is None) == (self.url_from is None):
            raise ValueError(f"kind {self.kind} needs exactly one of url and url_from")
        if (self.user is None) != (self.password_from is None):
            raise ValueError("give user and password_from together")
        return self
