"""Where the proxy forwards to, and the variables that lead an agent's clients to it.

In: the user's environment, variables named by hand. Out: Mounts, and an environment. A base address that is set already
(a company's gateway, a local model) is where that mount forwards to. Raises UsageError naming the variable.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from cli.errors import UsageError

USUAL = {
    "ANTHROPIC_BASE_URL": "https://api.anthropic.com",
    "OPENAI_BASE_URL": "https://api.openai.com/v1",
    "GOOGLE_GEMINI_BASE_URL": "https://generativelanguage.googleapis.com",
}
"""Variables that the providers' own clients read, and where these go without them."""

ALIKE = {"OPENAI_BASE_URL": ("OPENAI_API_BASE",), "GOOGLE_GEMINI_BASE_URL": ("GEMINI_API_BASE",)}
"""Other names of the same variable, for older clients and litellm."""

ALSO = (
    "AZURE_OPENAI_ENDPOINT",
    "OPENROUTER_BASE_URL",
    "GROQ_BASE_URL",
    "MISTRAL_BASE_URL",
    "DEEPSEEK_API_BASE",
)
"""Variables that are led through the proxy where they are set."""

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Mount:
    """One provider: the variable of its base address, scheme and host it is forwarded to, the address's path."""

    variable: str
    origin: str
    host: str
    path: str


def mounts_of(environment: Mapping[str, str], given: Sequence[str]) -> dict[str, Mount]:
    """Mounts by variable; `given` holds VARIABLE=URL for further providers."""
    found = {name: _set(environment, name) or usual for name, usual in USUAL.items()}
    found |= {name: environment[name] for name in ALSO if environment.get(name)}
    for text in given:
        name, equals, url = text.partition("=")
        if not equals or not _VARIABLE.fullmatch(name):
            raise UsageError(
                f"--provider {text!r}: expected VARIABLE=URL, as in MY_BASE_URL=https://llm.example/v1"
            )
        found[name] = url
    return {name: _mount(name, url) for name, url in found.items()}


def led(mounts: Mapping[str, Mount], port: int, key: str, environment: Mapping[str, str]) -> dict[str, str]:
    """What to set so that clients call the proxy at `port`, as the run `key`."""
    changed = {}
    for name, mount in mounts.items():
        for alias in (name, *ALIKE.get(name, ())):
            changed[alias] = f"http://127.0.0.1:{port}/{key}/{name}{mount.path}"
    for name in ("NO_PROXY", "no_proxy"):
        kept = environment.get(name)
        changed[name] = f"{kept},127.0.0.1" if kept else "127.0.0.1"
    return changed


def _set(environment: Mapping[str, str], name: str) -> str:
    return next((environment[alias] for alias in (name, *ALIKE.get(name, ())) if environment.get(alias)), "")


def _mount(name: str, url: str) -> Mount:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"{name}: expected an address such as https://llm.example/v1")
    return Mount(name, f"{parts.scheme}://{parts.netloc}", parts.hostname, parts.path.rstrip("/"))
