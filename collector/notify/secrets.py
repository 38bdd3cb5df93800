"""Reads a secret where spanledger.yaml says it is, at the moment it is used.

In: a SecretSource. Out: the secret. Raises SecretMissing, whose text names the place and never the secret.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from collector.config.receivers import SecretSource
from collector.errors import CollectorError


class SecretMissing(CollectorError):
    """The place that should hold a secret holds none."""


def read_secret(source: SecretSource, environment: Mapping[str, str] = os.environ) -> str:
    """The secret without surrounding white space. Raises SecretMissing."""
    if source.env is not None:
        value = environment.get(source.env, "").strip()
        if not value:
            raise SecretMissing(f"the environment variable {source.env} is not set")
    else:
        path = Path(source.file or "")
        try:
            value = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            raise SecretMissing(f"the secret file {path} cannot be read: {why}") from None
        if not value:
            raise SecretMissing(f"the secret file {path} is empty")
    if any(char in value for char in "\r\n\0"):
        raise SecretMissing(f"the secret in {source.env or source.file} is more than one line")
    return value
