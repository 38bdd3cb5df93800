"""Asks the ledger, wherever it is: a server, the running collector, or the folder itself when nobody runs.

In: settings, a statement. Out: the answer's bytes in the format asked for.
Must never write, and never open a folder that another process owns.
"""

import http.client
import json
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlencode, urlsplit

from cli.errors import QueryError, UnavailableError, UsageError
from cli.preflight import folder_holder
from collector.paths import DataFolder
from collector.runfile import reachable_host, read_run_info
from collector.settings import CollectorSettings
from sql.catalogue import statement
from sql.reading import EMBEDDED
from sql.then import BOOKS_OFFERED, IN_FORCE, ONE_BOOK, Prices, book_of, priced_database

if TYPE_CHECKING:
    from collector.engine.session import EngineSession

READER = "default"
CHUNK_BYTES = 1 << 16
CONNECT_S = 600.0


class Ledger(Protocol):
    """Something that answers statements."""

    where: str
    prices: Prices

    def query(self, sql: str, fmt: str, parameters: Mapping[str, str] | None = None) -> Iterator[bytes]:
        """The answer piece by piece. Raises QueryError with ClickHouse's code, or UnavailableError."""
        ...


def query_text(name: str) -> str:
    """A statement of sql/queries by its name."""
    return statement(f"queries/{name}").text


@contextmanager
def open_ledger(settings: CollectorSettings, prices: Prices = IN_FORCE) -> Iterator[Ledger]:
    """The ledger of `settings`, its amounts by `prices`; of a book a part of its version will do.

    Raises UnavailableError saying where it was looked for, UsageError for a book it does not have.
    """
    if book_of(prices):
        with _opened(settings, IN_FORCE) as ledger:
            prices = _one_book(ledger, book_of(prices))
    with _opened(settings, prices) as ledger:
        yield ledger


def _one_book(ledger: Ledger, wanted: str) -> Prices:
    """The prices of the one book whose version is `wanted` or has it as a part."""
    answer = b"".join(ledger.query(query_text("price_books"), "JSONEachRow"))
    known = [str(json.loads(line)["version"]) for line in answer.splitlines()][:BOOKS_OFFERED]
    found = [one for one in known if one == wanted] or [one for one in known if wanted in one]
    if len(found) != 1:
        said = "names more than one price book" if found else "names none of the newest price books"
        raise UsageError(f"--prices {ONE_BOOK}{wanted} {said}; there are: {'; '.join(known) or 'none'}")
    # The only book priced everything, so there are no views of it.
    return IN_FORCE if len(known) == 1 else f"{ONE_BOOK}{found[0]}"


@contextmanager
def _opened(settings: CollectorSettings, prices: Prices) -> Iterator[Ledger]:
    if not settings.is_embedded:
        yield _server(settings, prices)
        return
    folder = settings.folder
    info = read_run_info(folder.run_file)
    if info is not None and info.clickhouse_port:
        yield HttpLedger(
            Endpoint("http", reachable_host(info.host), info.clickhouse_port),
            READER,
            folder.reader_password(),
            priced_database(info.database, prices),
            prices,
            EMBEDDED,  # a server's reader may not be allowed to set anything
        )
        return
    if not folder.engine.is_dir():
        raise UnavailableError(f"there is no ledger in {folder.root}; `spanledger up` starts one")
    holder = folder_holder(folder)
    if holder is not None:
        raise UnavailableError(f"{folder.root} is in use by {holder}, which does not answer yet; try again")
    with _folder_ledger(folder, settings.database, prices) as ledger:
        yield ledger


@dataclass(frozen=True)
class Endpoint:
    """Where a ClickHouse HTTP interface listens."""

    scheme: str
    host: str
    port: int

    def connect(self) -> http.client.HTTPConnection:
        """A new connection; nothing is sent yet."""
        host = self.host.strip("[]")
        if self.scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(host, self.port, timeout=CONNECT_S, context=context)
        return http.client.HTTPConnection(host, self.port, timeout=CONNECT_S)

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"


class HttpLedger:
    """A ledger behind the ClickHouse HTTP interface: a collector's or a server's."""

    def __init__(
        self,
        endpoint: Endpoint,
        user: str,
        password: str,
        database: str,
        prices: Prices = IN_FORCE,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """settings: of the engine, sent with every statement."""
        self._settings = dict(settings or {})
        self._endpoint = endpoint
        self._headers = {"X-ClickHouse-User": user, "X-ClickHouse-Key": password}
        self._database = database
        self.where = str(endpoint)
        self.prices = prices

    def query(self, sql: str, fmt: str, parameters: Mapping[str, str] | None = None) -> Iterator[bytes]:
        """As Ledger.query."""
        words = {"database": self._database, "default_format": fmt, **self._settings}
        words |= {f"param_{name}": value for name, value in (parameters or {}).items()}
        connection = self._endpoint.connect()
        try:
            connection.request("POST", f"/?{urlencode(words)}", sql.encode(), self._headers)
            answer = connection.getresponse()
            if answer.status != 200:
                raise _refusal(answer)
            yield from _pieces(answer)
        except (OSError, http.client.HTTPException) as error:
            raise UnavailableError(f"the ledger at {self.where} does not answer: {error}") from error
        finally:
            connection.close()


@dataclass(frozen=True)
class ServerAddress:
    """SPANLEDGER_CLICKHOUSE_URL taken apart."""

    endpoint: Endpoint
    user: str
    password: str
    database: str


def server_address(settings: CollectorSettings) -> ServerAddress:
    """Where the server of `settings` is, and who we are there."""
    parts = urlsplit(settings.clickhouse_url)
    port = parts.port or (8443 if parts.scheme == "https" else 8123)
    return ServerAddress(
        Endpoint(parts.scheme, parts.hostname or "", port),
        unquote(parts.username or READER),
        unquote(parts.password or ""),
        parts.path.strip("/") or settings.database,
    )


def _server(settings: CollectorSettings, prices: Prices) -> HttpLedger:
    address = server_address(settings)
    database = priced_database(address.database, prices)
    return HttpLedger(address.endpoint, address.user, address.password, database, prices)


class FolderLedger:
    """A data folder that no collector has open, opened by this process for as long as it asks."""

    def __init__(self, session: "EngineSession", where: str, prices: Prices) -> None:
        self._session = session
        self.where = where
        self.prices = prices

    def query(self, sql: str, fmt: str, parameters: Mapping[str, str] | None = None) -> Iterator[bytes]:
        """As Ledger.query; the whole answer in one piece."""
        from collector.engine.result import EngineError

        try:
            yield self._session.run(sql, parameters, fmt).data
        except EngineError as error:
            raise refusal(error.message, error.code) from error


@contextmanager
def _folder_ledger(folder: DataFolder, database: str, prices: Prices) -> Iterator[FolderLedger]:
    from collector.engine.embedded import EmbeddedEngine

    engine = EmbeddedEngine(str(folder.engine), database, readers=1, writers=1)
    try:
        session = engine.session({**EMBEDDED, "readonly": "1"}, priced_database(database, prices))
        try:
            yield FolderLedger(session, str(folder.root), prices)
        finally:
            session.close()
    finally:
        engine.close()


def _pieces(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    """The result piece by piece. Raises QueryError for an error after its beginning, told behind a tag."""
    tag = answer.getheader("X-ClickHouse-Exception-Tag", "")
    mark = b"\r\n__exception__\r\n%s\r\n" % tag.encode() if tag else b""
    held = b""
    while piece := answer.read(CHUNK_BYTES):
        held += piece
        if mark and (at := held.find(mark)) >= 0:
            yield held[:at]
            said = held[at + len(mark) :] + answer.read(CHUNK_BYTES)
            raise _told(said.decode(errors="replace"))
        whole = len(held) - len(mark)
        if whole > 0:
            yield held[:whole]
            held = held[whole:]
    yield held


def _told(text: str) -> QueryError:
    """The error in what ClickHouse writes into a result that has begun."""
    text = " ".join(text.split())
    code = text.removeprefix("Code: ").partition(".")[0]
    return refusal(text, int(code) if code.isdigit() else 0)


def _refusal(answer: http.client.HTTPResponse) -> QueryError:
    text = " ".join(answer.read(4000).decode(errors="replace").split())
    code = answer.getheader("X-ClickHouse-Exception-Code") or ""
    return refusal(text, int(code) if code.isdigit() else 0)


def refusal(text: str, code: int) -> QueryError:
    """One line out of what ClickHouse said; its version is noise there."""
    said = text.partition(" (version ")[0].removeprefix(f"Code: {code}. ").removeprefix("DB::Exception: ")
    return QueryError(f"ClickHouse refused (code {code}): {said}", code)
