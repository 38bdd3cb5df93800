"""What a statement that arrives over HTTP may not do, whoever sends it; readers may do less.

In: the tokens of a statement, or column definitions of a client. Out: nothing, or EngineError.
The engine's own readonly=1 comes on top: tried on chDB, it lets scalar file() and DESCRIBE of a URL through.
"""

from collections.abc import Mapping, Sequence

from collector.clickhouse.tokens import DOUBT, QUOTED, TEXT, WORD, Token
from collector.engine.result import EngineError
from collector.engine.session import StatementClass

_READONLY = 164
_ACCESS_DENIED = 497
_SYNTAX_ERROR = 62

# Table functions and scalar functions that reach files, hosts, processes or this interpreter's objects.
_REACHING_WORDS = """
    eval
    file filecluster url urlcluster s3 s3cluster
    executable python odbc jdbc mysql postgresql mongodb redis sqlite hive ytsaurus bigquery kafka nats
    arrowflight arrowstream filesystem input_file catboostevaluate prometheusquery prometheusqueryrange
    gcs oss cosn
"""
_REACHING = frozenset(_REACHING_WORDS.split())
_REACHING_PREFIXES = (
    "hdfs", "azure", "iceberg", "deltalake", "hudi", "paimon", "remote", "cluster",
)  # fmt: skip
# Names that may be called without brackets too, as APPLY file or arrayMap(file, ...).
_REACHING_BARE = frozenset({"file"})
_MODEL_FUNCTIONS_WORDS = """
    aigenerate aiembed aiclassify aiextract aifilter airedact aisimilarity aitranslate
"""
_MODEL_FUNCTIONS = frozenset(_MODEL_FUNCTIONS_WORDS.split())
# Scalar functions whose names begin like a reaching one.
_HARMLESS = frozenset({"filesystemavailable", "filesystemcapacity", "filesystemunreserved"})

_ENGINES_WORDS = """
    null memory view materializedview dictionary log tinylog stripelog set join buffer merge atomic
    generaterandom alias
"""
_ENGINES = frozenset(_ENGINES_WORDS.split())
_TEMPORARY_ENGINES = frozenset({"memory", "null", "log", "tinylog", "stripelog"})
_DICTIONARY_SOURCES = frozenset({"clickhouse", "null"})
_FOREIGN_SOURCE_KEYS = ("HOST", "PORT", "QUERY", "USER", "PASSWORD")

_REFUSED_COMMANDS = frozenset({"BACKUP", "RESTORE", "GRANT", "REVOKE", "EXECUTE", "SET", "USE", "ATTACH"})
_REFUSED_SYSTEM = ("SHUTDOWN", "KILL", "SUSPEND", "LISTEN", "CONFIG", "USERS", "FAILPOINT")
_REFUSED_OBJECTS = ("USER", "ROLE", "QUOTA", "POLICY", "PROFILE", "COLLECTION", "WORKLOAD", "RESOURCE")


def check_statement(found: Sequence[Token], kind: StatementClass, count: int, is_reader: bool) -> None:
    """Raises EngineError if this statement must not run: READONLY, ACCESS_DENIED or SYNTAX_ERROR."""
    if count > 1:
        raise EngineError(_SYNTAX_ERROR, "SYNTAX_ERROR", "Syntax error: Multi-statements are not allowed")
    check_names(found)
    _check_outfile(found)
    if is_reader:
        if kind is StatementClass.MUTATING or (kind is StatementClass.OTHER and count):
            raise EngineError(_READONLY, "READONLY", "Cannot execute query in readonly mode")
        return
    _check_command(found)
    _check_engines(found)


def check_insert(found: Sequence[Token], is_reader: bool) -> None:
    """As check_statement, for the head of an INSERT whose data follow."""
    if any(token.is_sign(";") for token in found):
        raise EngineError(_SYNTAX_ERROR, "SYNTAX_ERROR", "Syntax error: Multi-statements are not allowed")
    check_statement(found, StatementClass.MUTATING, 1, is_reader)


def check_temporary(found: Sequence[Token], is_reader: bool) -> None:
    """As check_statement, for a statement on temporary tables of a session, which readers may have too."""
    if any(token.is_sign(";") for token in found):
        raise EngineError(_SYNTAX_ERROR, "SYNTAX_ERROR", "Syntax error: Multi-statements are not allowed")
    check_names(found)
    _check_outfile(found)
    for index, token in enumerate(found):
        if token.is_word("TEMPORARY") and not (index + 1 < len(found) and found[index + 1].is_word("TABLE")):
            raise _denied("TEMPORARY", "is for tables only, else it")
        if token.is_word("ENGINE") and not token.depth:
            named = next((later for later in found[index + 1 :] if later.kind in (WORD, QUOTED)), token)
            check_temporary_engine(named.value)
        sets = token.is_word("SETTINGS") and any(later.is_sign("=") for later in found[index + 2 : index + 3])
        if is_reader and sets:
            raise EngineError(_READONLY, "READONLY", "SETTINGS are not taken here in readonly mode")


def check_temporary_engine(name: str) -> None:
    """Raises EngineError (ACCESS_DENIED) unless a table of this engine keeps its rows to itself."""
    low = name.lower()
    if low not in _TEMPORARY_ENGINES and (
        not low.endswith("mergetree") or low.startswith(("replicated", "shared"))
    ):
        raise _denied(f"ENGINE = {name}", "reaches beyond its own table")


def check_format(name: str) -> str:
    """`name`, if it can be the name of a format. Raises EngineError (UNKNOWN_FORMAT)."""
    if not name.isascii() or not name.replace("_", "").isalnum():
        raise EngineError(73, "UNKNOWN_FORMAT", f"Unknown format {name[:60]!r}")
    return name


def check_names(found: Sequence[Token]) -> None:
    """Raises EngineError (ACCESS_DENIED) if a function among `found` reaches outside the ledger."""
    for token in found:
        if token.kind == DOUBT:
            raise EngineError(
                _SYNTAX_ERROR, "SYNTAX_ERROR", f"Syntax error: {token.value!r} is not taken here"
            )
    for index, token in enumerate(found):
        before = found[index - 1] if index else None
        after = found[index + 1] if index + 1 < len(found) else None
        if token.kind in (QUOTED, TEXT) and before is not None:
            _check_path(before, token)
        if token.kind not in (WORD, QUOTED):
            continue
        called = after is not None and after.is_sign("(")
        applied = before is not None and (before.is_word("APPLY") or _is_applied(found, index))
        bare = not (before is not None and (before.is_sign(".") or before.is_word("AS")))
        if reaches_outside(token.value, called or applied, bare):
            raise _denied(f"{token.value}()", "reaches outside the ledger")


def reaches_outside(name: str, is_called: bool, is_bare: bool = False) -> bool:
    """Whether `name` is a function that reaches files, hosts or processes.

    `is_called`: brackets follow; `is_bare`: it may be a function's name handed to another function.
    """
    low = name.lower()
    if is_bare and (low in _REACHING_BARE or low in _MODEL_FUNCTIONS):
        return True
    if not is_called or low in _HARMLESS:
        return False
    return low in _REACHING or low in _MODEL_FUNCTIONS or low.startswith(_REACHING_PREFIXES)


def _is_applied(found: Sequence[Token], index: int) -> bool:
    return index > 1 and found[index - 1].is_sign("(") and found[index - 2].is_word("APPLY")


def check_identifiers(found: Sequence[Token], params: Mapping[str, str]) -> None:
    """Raises EngineError (ACCESS_DENIED) if a parameter would put a refused name or a path into the statement."""
    for index, token in enumerate(found):
        if index < 2 or not token.is_word("IDENTIFIER") or not found[index - 1].is_sign(":"):
            continue
        value = params.get(found[index - 2].value, "")
        if "/" in value or "\\" in value or reaches_outside(value, is_called=True, is_bare=True):
            raise _denied(f"{value!r} as a name", "reaches outside the ledger")


def _check_path(before: Token, token: Token) -> None:
    """A table name with a slash is a file to the embedded engine; a text in its place always is."""
    if before.is_word("FROM", "JOIN", "TABLE", "INTO", "DESCRIBE", "DESC"):
        is_path = token.kind == TEXT or "/" in token.value
    else:
        is_path = before.is_sign(".") and "/" in token.value
    if is_path:
        raise _denied(f"'{token.value}' as a table", "reaches outside the ledger")


def _check_outfile(found: Sequence[Token]) -> None:
    for index, token in enumerate(found[1:], start=1):
        if token.is_word("OUTFILE") and found[index - 1].is_word("INTO"):
            raise _denied("INTO OUTFILE", "writes files")
        if token.is_word("INFILE") and found[index - 1].is_word("FROM"):
            raise _denied("FROM INFILE", "reads files")


def _check_command(found: Sequence[Token]) -> None:
    words = [token.value.upper() for token in found[:12] if token.kind == WORD]
    if not words:
        return
    first, rest = words[0], words[1:]
    if first in _REFUSED_COMMANDS:
        raise _denied(first, "is not served here")
    if first == "SYSTEM" and any(word in _REFUSED_SYSTEM for word in rest[:3]):
        raise _denied(f"SYSTEM {' '.join(rest[:2])}", "stops or changes the engine")
    if first in ("CREATE", "ALTER", "DROP") and any(word in _REFUSED_OBJECTS for word in rest[:5]):
        raise _denied(f"{first} {' '.join(rest[:2])}", "changes who may do what")


def _check_engines(found: Sequence[Token]) -> None:
    """Tables and dictionaries keep their rows in the ledger: their engines and sources are a short list."""
    for index, token in enumerate(found[:-1]):
        if token.is_word("ENGINE"):
            named = (
                found[index + 2]
                if found[index + 1].is_sign("=") and index + 2 < len(found)
                else found[index + 1]
            )
            low = named.value.lower()
            is_own = low in _ENGINES or low.endswith("mergetree") or named.kind not in (WORD, QUOTED)
            if not is_own and found[0].is_word("CREATE", "ALTER", "REPLACE"):
                raise _denied(f"ENGINE = {named.value}", "reaches outside the ledger")
        elif token.is_word("SOURCE") and found[index + 1].is_sign("(") and index + 2 < len(found):
            source = found[index + 2]
            foreign = any(later.is_word(*_FOREIGN_SOURCE_KEYS) for later in found[index:])
            if source.value.lower() not in _DICTIONARY_SOURCES or foreign:
                raise _denied(f"SOURCE({source.value})", "reaches outside the ledger")


def _denied(what: str, why: str) -> EngineError:
    return EngineError(_ACCESS_DENIED, "ACCESS_DENIED", f"Not enough privileges: {what} {why} and is refused")
