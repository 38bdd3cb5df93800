"""Errors of the command line: one tree, its outline first. Each knows the exit code it leads to.

CommandError
  UsageError          a wrong argument
  StartError          a port or folder is taken, or a process did not come up
  UnavailableError    there is no ledger, or it does not answer
  QueryError          ClickHouse refused a statement
"""

from cli.exit_codes import ExitCode


class CommandError(Exception):
    """A command cannot go on; the text is shown to the user as it stands."""

    code = ExitCode.FAILED


class UsageError(CommandError):
    """An argument that cannot be used; names it and the nearest right one."""

    code = ExitCode.USAGE


class StartError(CommandError):
    """Something needed for the start is taken or wrong; names it and who holds it."""

    code = ExitCode.USAGE


class UnavailableError(CommandError):
    """No ledger answers; says where it was looked for and how to start one."""

    code = ExitCode.UNAVAILABLE


class QueryError(CommandError):
    """ClickHouse refused a statement; `clickhouse_code` is its error number, 0 if unknown."""

    def __init__(self, message: str, clickhouse_code: int = 0) -> None:
        super().__init__(message)
        self.clickhouse_code = clickhouse_code
