"""Who may look, and at what: SPANLEDGER_DASHBOARD_TOKEN, or a viewers file with tokens and OIDC logins.

In: settings. Out: frozen Viewers. Raises ViewersError with a line that says what, which value, what to do.
Secrets are named in the file, never written; without any of it everybody on loopback sees everything.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from dashboard.serving.settings import DashboardSettings

Text = Annotated[str, Field(min_length=1)]
EVERYTHING = "everything"


class ViewersError(Exception):
    """The viewers file cannot be taken over."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SecretFrom(_Part):
    """Where a secret is read from."""

    env: Text | None = None
    file: Text | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.env is None) == (self.file is None):
            raise ValueError("give exactly one of env and file; the secret itself never stands here")
        return self

    def read(self, environment: Mapping[str, str]) -> str:
        """The secret; raises ViewersError naming where it was looked for."""
        if self.env is not None:
            value = environment.get(self.env, "")
            where = f"the environment variable {self.env}"
        else:
            where = f"the file {self.file}"
            try:
                value = Path(str(self.file)).read_text(encoding="utf-8")
            except OSError as error:
                raise ViewersError(f"{where} cannot be read: {error.strerror}") from None
        if not value.strip():
            raise ViewersError(f"{where} is empty; it should hold a secret of a viewer")
        return value.strip()


class Viewer(_Part):
    """One viewer, by a token or by the e-mail address of a login; `workloads` and `tenants` narrow every page for
    good."""

    name: Text
    token_from: SecretFrom | None = None
    email: Text | None = None
    workloads: tuple[Text, ...] = ()
    tenants: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if (self.token_from is None) == (self.email is None):
            raise ValueError("give exactly one of token_from and email")
        return self


class Oidc(_Part):
    """One OpenID Connect provider, as Streamlit's own login takes it."""

    redirect_uri: Text
    client_id: Text
    client_secret_from: SecretFrom
    cookie_secret_from: SecretFrom
    server_metadata_url: Text


class _File(_Part):
    oidc: Oidc | None = None
    viewers: tuple[Viewer, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        names = [viewer.name for viewer in self.viewers]
        if len(set(names)) < len(names):
            raise ValueError("two viewers have the same name")
        if self.oidc is None and any(viewer.email for viewer in self.viewers):
            raise ValueError("a viewer is known by e-mail, but there is no oidc part to log in with")
        return self


@dataclass(frozen=True)
class Access:
    """One viewer in force: a name, and the workloads and tenants to which every page is narrowed; empty = all."""

    name: str
    workloads: tuple[str, ...] = ()
    tenants: tuple[str, ...] = ()

    @property
    def is_narrow(self) -> bool:
        return bool(self.workloads or self.tenants)

    @property
    def words(self) -> str:
        """What the viewer sees, such as `support-triage` or `tenant acme`."""
        return ", ".join([*self.workloads, *(f"tenant {name}" for name in self.tenants)])

    def may_see(self, workload: str, tenant: str) -> bool:
        """Whether something of a workload and a tenant is the viewer's."""
        return (not self.workloads or workload in self.workloads) and (
            not self.tenants or tenant in self.tenants
        )


@dataclass(frozen=True)
class Viewers:
    """Everybody who may look. `tokens` maps a secret to its access; `emails` are patterns in order."""

    tokens: Mapping[str, Access]
    emails: tuple[tuple[str, Access], ...] = ()
    oidc: Mapping[str, str] | None = None

    @property
    def is_open(self) -> bool:
        """Whether nobody is asked who they are."""
        return not self.tokens and not self.emails

    def by_token(self, given: str) -> Access | None:
        """The viewer of a token; every token is compared, so that time tells nothing."""
        found = None
        for token, access in self.tokens.items():
            if hmac.compare_digest(token.encode(), given.encode()):
                found = access
        return found

    def by_name(self, name: str) -> Access | None:
        """The viewer of that name among those with a token."""
        return next((access for access in self.tokens.values() if access.name == name), None)

    def by_email(self, email: str) -> Access | None:
        """The first viewer whose pattern the address matches."""
        lower = email.lower()
        return next((access for pattern, access in self.emails if fnmatchcase(lower, pattern.lower())), None)


def load_viewers(settings: DashboardSettings, environment: Mapping[str, str] = os.environ) -> Viewers:
    """Viewers of these settings. Raises ViewersError."""
    tokens: dict[str, Access] = {}
    if settings.dashboard_token:
        tokens[settings.dashboard_token] = Access(EVERYTHING)
    if settings.dashboard_viewers is None:
        return Viewers(tokens)
    found = _read(settings.dashboard_viewers)
    emails = []
    for viewer in found.viewers:
        if viewer.name == EVERYTHING:
            raise ViewersError(
                f"{settings.dashboard_viewers}: the name “{EVERYTHING}” means the dashboard's own token; choose another"
            )
        access = Access(viewer.name, viewer.workloads, viewer.tenants)
        if viewer.token_from is not None:
            tokens[viewer.token_from.read(environment)] = access
        else:
            emails.append((str(viewer.email), access))
    return Viewers(tokens, tuple(emails), _oidc(found.oidc, environment))


def _read(path: Path) -> _File:
    try:
        return _File.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ViewersError(f"SPANLEDGER_DASHBOARD_VIEWERS: {path} cannot be read: {error.strerror}") from None
    except yaml.YAMLError as error:
        raise ViewersError(f"{path} is no YAML: {' '.join(str(error).split())[:200]}") from None
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(part) for part in fault["loc"]) or "the file"
        raise ViewersError(f"{path}: {where}: {fault['msg'].removeprefix('Value error, ')}") from None


def _oidc(part: Oidc | None, environment: Mapping[str, str]) -> Mapping[str, str] | None:
    if part is None:
        return None
    return {
        "redirect_uri": part.redirect_uri,
        "client_id": part.client_id,
        "client_secret": part.client_secret_from.read(environment),
        "cookie_secret": part.cookie_secret_from.read(environment),
        "server_metadata_url": part.server_metadata_url,
    }
