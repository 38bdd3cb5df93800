"""How raw OTLP trace bytes go into the engine: table, format and settings of the insert.

In: nothing. Out: constants. Never: a decoded span.
"""

from sql.catalogue import ROOT

TRACES_TABLE = "otlp_requests"
TRACES_FORMAT = "ProtobufSingle"


def traces_proto() -> str:
    """The trimmed OTLP message tree, without comments."""
    lines = (ROOT / "otlp.proto").read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if line and not line.lstrip().startswith("//"))


TRACES_SETTINGS: dict[str, str] = {
    "format_schema_source": "string",
    "format_schema": traces_proto(),
    "format_schema_message_name": "TracesData",
}
