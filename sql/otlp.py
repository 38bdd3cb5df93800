"""How raw OTLP bytes of each signal go into the engine: table, format and settings of the insert.

In: nothing. Out: constants. Never: a decoded span, log record or data point.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sql.catalogue import ROOT

TRACES_TABLE = "otlp_requests"
TRACES_FORMAT = "ProtobufSingle"


@dataclass(frozen=True)
class Entry:
    """One signal's way in: `INSERT INTO table FORMAT format` with `settings`."""

    table: str
    format: str
    settings: Mapping[str, str]


def traces_proto() -> str:
    """The trimmed OTLP message tree, without comments."""
    return _proto("otlp.proto")


def _proto(name: str) -> str:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if line and not line.lstrip().startswith("//"))


def _settings(proto: str, message: str) -> dict[str, str]:
    return {
        "format_schema_source": "string",
        "format_schema": _proto(proto),
        "format_schema_message_name": message,
        # A file that is imported may span years; rows are kept by day.
        "max_partitions_per_insert_block": "0",
        # Every view is planned anew for every insert; melting its steps into one is a tenth of that, and saves no work.
        "query_plan_merge_expressions": "0",
    }


TRACES_SETTINGS: dict[str, str] = _settings("otlp.proto", "TracesData")
TRACES = Entry(TRACES_TABLE, TRACES_FORMAT, TRACES_SETTINGS)
LOGS = Entry("otlp_log_requests", TRACES_FORMAT, _settings("otlp_logs.proto", "LogsData"))
METRICS = Entry("otlp_metric_requests", TRACES_FORMAT, _settings("otlp_metrics.proto", "MetricsData"))
