"""The alert rules in force: those of spanledger.yaml, or of the file it names.

In: the configuration and where it stands. Out: frozen Alerts. Raises ConfigError with file and line.
"""

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from collector.config.alerts import Alerts
from collector.config.cross import unknown_receivers
from collector.config.errors import explain
from collector.config.model import Config
from collector.config.yaml import read_yaml
from collector.errors import ConfigError


@dataclass(frozen=True)
class AlertSource:
    """The rules and the file they stand in; None = built in."""

    alerts: Alerts
    path: Path | None


def alerts_of(config: Config, config_path: Path | None) -> AlertSource:
    """The alerts of `config`; a file it names is looked for beside spanledger.yaml."""
    if config.alerts.file is None:
        return AlertSource(config.alerts, config_path)
    beside = config_path.parent if config_path else Path()
    path = beside / config.alerts.file
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError((f"{path}: cannot be read: {error.strerror}",)) from error
    return AlertSource(parse_alerts(content, str(path), config), path)


def parse_alerts(content: bytes, name: str, config: Config) -> Alerts:
    """Alerts from the bytes of a file of their own; `name` stands before the line in messages."""
    document = read_yaml(content)
    faults = list(document.faults)
    alerts = Alerts()
    try:
        alerts = Alerts.model_validate({} if document.value is None else document.value)
    except ValidationError as error:
        unreadable = {line for line, _ in faults}
        faults += [fault for fault in explain(error, document, Alerts) if fault[0] not in unreadable]
    else:
        receivers = {receiver.name for receiver in config.receivers}
        faults += unknown_receivers(alerts, receivers, document, ())
        if alerts.file is not None:
            faults.append((document.line_of(("file",)), "file: this is the file of the alerts already"))
    if faults:
        raise ConfigError(tuple(f"{name}:{line}: {what}" for line, what in sorted(faults)))
    return alerts
