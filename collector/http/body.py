"""Compressed HTTP bodies, both ways, never larger in memory than asked.

In: Content-Encoding names and chunks. Out: chunks. A small body never unpacks into a large one unseen.
"""

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import lz4.frame

try:
    from compression import zstd  # type: ignore[import-not-found, unused-ignore]  # Python 3.14 and later
except ImportError:
    from backports import zstd

from collector.errors import CollectorError

PIECE_BYTES = 1024 * 1024
_ZLIB_HEAD_BYTES = 2


class UnknownEncoding(CollectorError):
    """A Content-Encoding that is not understood."""


class BadBody(CollectorError):
    """A body that is not what its Content-Encoding says, or ends too early."""


class BodyTooLarge(CollectorError):
    """A body that is larger than allowed once it is unpacked."""


class _Zlib:
    """zlib with the interface of the other decompressors: what does not fit waits inside."""

    def __init__(self, window_bits: int) -> None:
        self._inflater = zlib.decompressobj(window_bits)

    @property
    def eof(self) -> bool:
        return self._inflater.eof

    @property
    def needs_input(self) -> bool:
        return not self._inflater.unconsumed_tail and not self._inflater.eof

    @property
    def unused_data(self) -> bytes:
        return self._inflater.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        return self._inflater.decompress(self._inflater.unconsumed_tail + data, max(max_length, 0))


class _Deflate(_Zlib):
    """What is sent as deflate: with the header of zlib, as the standard asks, or without, as many send it."""

    def __init__(self) -> None:
        super().__init__(15)
        self._head = b""
        self._is_known = False

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        if not self._is_known:
            self._head += data
            if len(self._head) < _ZLIB_HEAD_BYTES:
                return b""
            data, self._is_known = self._head, True
            is_zlib = data[0] & 15 == zlib.DEFLATED and int.from_bytes(data[:2], "big") % 31 == 0
            self._inflater = zlib.decompressobj(15 if is_zlib else -15)
        return super().decompress(data, max_length)


_INFLATERS: dict[str, Callable[[], Any]] = {
    "gzip": lambda: _Zlib(31),
    "x-gzip": lambda: _Zlib(31),
    "deflate": _Deflate,
    "zlib": lambda: _Zlib(15),
    "zstd": zstd.ZstdDecompressor,
    "lz4": lz4.frame.LZ4FrameDecompressor,
    "bz2": bz2.BZ2Decompressor,
    "xz": lzma.LZMADecompressor,
}

_DEFLATERS: dict[str, Callable[[], Any]] = {
    "gzip": lambda: zlib.compressobj(3, zlib.DEFLATED, 31),
    "deflate": lambda: zlib.compressobj(3, zlib.DEFLATED, 15),
    "zstd": lambda: zstd.ZstdCompressor(level=1),
    "lz4": lambda: _Lz4Deflater(),
}


class _Lz4Deflater:
    """lz4 with the interface of zlib's compressor."""

    def __init__(self) -> None:
        self._compressor = lz4.frame.LZ4FrameCompressor(auto_flush=True)
        self._begun = False

    def compress(self, data: bytes) -> bytes:
        head = b"" if self._begun else bytes(self._compressor.begin())
        self._begun = True
        return head + bytes(self._compressor.compress(data))

    def flush(self) -> bytes:
        return (b"" if self._begun else bytes(self._compressor.begin())) + bytes(self._compressor.flush())


class BodyReader:
    """Unpacks one body that arrives in chunks, in pieces of at most PIECE_BYTES, `limit_bytes` in all."""

    def __init__(self, encoding: str, limit_bytes: int | None = None) -> None:
        """`encoding` is a Content-Encoding, '' or 'identity' for none. Raises UnknownEncoding."""
        self._make = None
        name = encoding.strip().lower()
        if name not in ("", "identity"):
            self._make = _INFLATERS.get(name)
            if self._make is None:
                known = ", ".join(sorted(_INFLATERS))
                raise UnknownEncoding(f"Content-Encoding {encoding!r} is not supported; send one of {known}")
        self._encoding = name
        self._inflater: Any = None
        self._left = limit_bytes
        self._limit = limit_bytes

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """What `chunk` unpacks to. Raises BadBody, BodyTooLarge."""
        if self._make is None:
            self._count(len(chunk))
            if chunk:
                yield chunk
            return
        try:
            yield from self._unpack(chunk)
        except (zlib.error, zstd.ZstdError, RuntimeError, OSError, lzma.LZMAError, EOFError) as error:
            raise BadBody(f"the body is not {self._encoding}: {error}") from None

    def finish(self) -> None:
        """The body ended here. Raises BadBody if more must come."""
        if self._inflater is not None and not self._inflater.eof:
            raise BadBody(f"the {self._encoding} body ends too early")

    def _unpack(self, chunk: bytes) -> Iterator[bytes]:
        assert self._make is not None
        while chunk:
            # Members of gzip, frames of zstd and lz4 may follow one another.
            if self._inflater is None or self._inflater.eof:
                self._inflater = self._make()
            inflater, data = self._inflater, chunk
            while True:
                piece = inflater.decompress(data, PIECE_BYTES)
                data = b""
                if piece:
                    self._count(len(piece))
                    yield piece
                if inflater.eof or (inflater.needs_input and len(piece) < PIECE_BYTES):
                    break
                if not piece and inflater.needs_input:
                    break
            chunk = (inflater.unused_data or b"") if inflater.eof else b""

    def _count(self, size: int) -> None:
        if self._left is not None:
            self._left -= size
            if self._left < 0:
                raise BodyTooLarge(f"the body is larger than {self._limit} bytes unpacked")


class BodyWriter:
    """Packs one answer that leaves in chunks. `encoding` '' leaves it as it is."""

    def __init__(self, encoding: str) -> None:
        self._deflater = _DEFLATERS[encoding]() if encoding else None

    def feed(self, chunk: bytes) -> bytes:
        """What `chunk` packs to so far; may be empty."""
        return chunk if self._deflater is None else bytes(self._deflater.compress(chunk))

    def finish(self) -> bytes:
        """The rest."""
        return b"" if self._deflater is None else bytes(self._deflater.flush())


def unpack(body: bytes, encoding: str, limit_bytes: int) -> bytes:
    """All of a body at once. Raises UnknownEncoding, BadBody, BodyTooLarge."""
    reader = BodyReader(encoding, limit_bytes)
    whole = b"".join(reader.feed(body))
    reader.finish()
    return whole


def choose_encoding(accepted: str) -> str:
    """The best encoding that both sides know, from an Accept-Encoding header; '' for none."""
    wanted = set()
    for part in accepted.lower().split(","):
        name, _, weight = part.partition(";")
        if weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            wanted.add(name.strip())
    return next((name for name in ("zstd", "lz4", "gzip", "deflate") if name in wanted), "")
