"""Which settings of a request reach the handle that runs it.

In: the settings a client sent. Out: settings for a fresh handle, the user's right among them.
Must never let a reader lift a limit, unlock the handle or name a file.
"""

import re
from collections.abc import Collection, Mapping

from collector.engine_result import EngineError
from collector.engine_session import EngineSession

# Never set from a request: rights, limits that guard the process, and what names files or hosts.
_WITHHELD = re.compile(
    r"readonly|allow_ddl|allow_introspection_functions|implicit_select|profile|log_.*|format_schema.*"
    r"|max_(server_)?memory_usage.*|max_memory_usage_for_user|memory_.*|max_untracked_memory|max_threads_.*"
    r"|max_bytes_before_external.*|max_network_.*|.*_path|.*_proxy|.*proxy_.*|.*_disk|.*storage_file.*"
    r"|(s3|azure|hdfs|url|http|remote|kafka|rabbitmq|backup|restore|filesystem|distributed|insert_distributed)_.*"
    r"|ai_.*|.*credentials.*|async_insert.*|wait_for_async_insert.*|workload|use_concurrency_control"
    r"|default_format|output_format|input_format|framing_output_format"
)
_MAX_THREADS = 8


class SettingsPolicy:
    """`known` are the engine's settings; anything else a client sends is an error."""

    def __init__(self, known: Collection[str]) -> None:
        self._known = frozenset(known)

    @classmethod
    def of(cls, session: EngineSession) -> "SettingsPolicy":
        """The policy for the engine that `session` belongs to."""
        names = session.run("SELECT name FROM system.settings").data.decode()
        return cls(names.split())

    def allowed(self, wanted: Mapping[str, str], is_reader: bool) -> dict[str, str]:
        """The settings to run with. What is withheld is left out in silence, as clients send much by habit.

        Raises EngineError (UNKNOWN_SETTING) for a name that is no setting.
        """
        chosen: dict[str, str] = {}
        for name, value in wanted.items():
            if name not in self._known:
                raise unknown_setting(name)
            if not self.is_withheld(name):
                chosen[name] = value
        threads = chosen.get("max_threads", "")
        if threads.isdigit() and int(threads) > _MAX_THREADS:
            chosen["max_threads"] = str(_MAX_THREADS)
        if is_reader or wanted.get("readonly", "0") not in ("0", ""):
            chosen["readonly"] = "1"
        return chosen

    def is_withheld(self, name: str) -> bool:
        """Whether no request may set `name`."""
        return _WITHHELD.fullmatch(name) is not None


def unknown_setting(name: str) -> EngineError:
    """ClickHouse's error for a setting that does not exist."""
    return EngineError(
        115, "UNKNOWN_SETTING", f"Setting {name} is neither a builtin setting nor a custom one"
    )
