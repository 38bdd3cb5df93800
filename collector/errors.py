"""Errors of the collector process: one tree, its outline first.

CollectorError
  SettingsError      an environment setting or the data folder; nothing was started
  ConfigError        spanledger.yaml; its text names file, line, value and the nearest right name
A message says what, which value, and what to do.
"""


class CollectorError(Exception):
    """Anything the collector refuses or cannot do, said in one line for a user."""


class SettingsError(CollectorError):
    """A SPANLEDGER_* setting, or the data folder it names, cannot be used."""


class ConfigError(CollectorError):
    """spanledger.yaml cannot be used. `problems` holds one line for every fault found."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
