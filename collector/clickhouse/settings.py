"""Which settings of a request reach the handle that runs it.

In: the settings a client sent. Out: settings for a fresh handle, the user's right among them.
Must never let a reader lift a limit, unlock the handle, name a file or have a text run as SQL.
"""

import re
from collections.abc import Collection, Mapping

from collector.engine.result import EngineError
from collector.engine.session import EngineSession

# Readers may set what changes how a query runs or prints. All else is left out: among the many settings are
# ones whose text the engine runs as SQL (additional_table_filters) or that change the language (dialect).
_FOR_READERS = re.compile(
    r"max_(threads|block_size|execution_time.*|estimated_execution_time.*|result_rows|result_bytes)"
    r"|max_(rows|bytes)_(to|in|before_remerge)_.*|max_(columns_to_read|subquery_depth|query_size|streams_.*)"
    r"|max_(ast|expanded_ast|parser|temporary)_.*|(min|preferred)_.*block_size.*|[a-z_]+_overflow_mode.*"
    r"|(output_format|input_format|format_csv|format_tsv|format_custom|format_json|date_time|interval|bool)_.*"
    r"|session_timezone|(cast|join|any_join|partial_merge|optimize|group_by|distinct|totals|decimal)_.*"
    r"|(low_cardinality|asterisk|describe|short_circuit|compile|query_plan|merge_tree|read_in_order)_.*"
    r"|(query_cache|use_query_cache|use_skip_indexes|use_index|enable_optimize|prefer|aggregate_functions)_?.*"
    r"|do_not_merge_across_partitions_select_final|final|limit|offset|extremes|transform_null_in|priority"
    r"|(empty_result|count_distinct|exact_rows|apply|convert|function|least_greatest|regexp|formatdatetime)_.*"
    r"|enable_(analyzer|unaligned.*|positional.*|order_by.*|software.*|lazy.*|filesystem_cache)|log_comment"
)
# Nobody sets these from a request: rights, limits that guard the process, language, files and hosts.
_WITHHELD = re.compile(
    r"readonly|allow_ddl|allow_introspection_functions|implicit_select|profile|log_.*|format_schema.*"
    r"|max_(server_)?memory_usage.*|max_memory_usage_for_user|memory_.*|max_untracked_memory|max_threads_.*"
    r"|max_bytes_before_external.*|max_temporary_data_.*"
    r"|max_network_.*|.*storage_file.*"
    r"|(s3|azure|hdfs|url|http|remote|kafka|rabbitmq|backup|restore|filesystem|distributed|insert_distributed)_.*"
    r"|ai_.*|.*credentials.*|async_insert.*|wait_for_async_insert.*|workload|use_concurrency_control"
    r"|default_format|output_format|input_format|framing_output_format|dialect|.*dialect.*|compatibility"
    r"|additional_.*_filters?|.*custom_key.*|.*parallel_replica.*|.*(eval_table|kusto|prql|polyglot).*"
    r"|schema_inference_hints|default_table_engine|default_temporary_table_engine"
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
            if not self.is_withheld(name, is_reader):
                chosen[name] = value
        threads = chosen.get("max_threads", "")
        if threads.isdecimal() and (len(threads) > 3 or int(threads) > _MAX_THREADS):
            chosen["max_threads"] = str(_MAX_THREADS)
        if is_reader or wanted.get("readonly", "0") not in ("0", ""):
            chosen["readonly"] = "1"
        return chosen

    def is_withheld(self, name: str, is_reader: bool) -> bool:
        """Whether no request of this kind of user may set `name`."""
        if _WITHHELD.fullmatch(name) is not None and name != "log_comment":
            return True
        return is_reader and _FOR_READERS.fullmatch(name) is None


def unknown_setting(name: str) -> EngineError:
    """ClickHouse's error for a setting that does not exist."""
    return EngineError(
        115, "UNKNOWN_SETTING", f"Setting {name} is neither a builtin setting nor a custom one"
    )
