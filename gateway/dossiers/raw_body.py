"""The body of a request that is one file and nothing else, read into memory that is used again.

Works on what a WSGI server hands over; knows nothing of Flask. Source: issue "Sealed", raw PUT from the page's script.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Protocol

from crypto.alongside import WAITING
from gateway.dossiers.multipart_stream import BROKEN, too_large
from gateway.errors import InvalidInputError, TooLargeError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PIECE = 256 * 1024
KEPT = WAITING + 2
"""A piece is left as it is until this many later ones were asked for."""


class Source(Protocol):
    """Anything that fills a buffer: the number of bytes it put there, 0 at the end."""

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill the beginning of this buffer."""


def source_of(environ: Mapping[str, Any], stream: Any) -> Source:
    """The quickest safe way to the body: gunicorn's socket where its length is known, else through `stream`."""
    return _Socket.under(environ) or _Stream(stream)


def pieces(source: Source, *, content_length: int | None, max_bytes: int) -> Iterator[memoryview]:
    """The body in pieces of `PIECE` bytes, the last one shorter.

    Raises:
        TooLargeError: the body is longer than `max_bytes`, by its length or while it streams.
        InvalidInputError: the line was cut, or fewer bytes came than were announced.
    """
    if content_length is not None and content_length > max_bytes:
        raise TooLargeError(too_large(max_bytes))
    rooms = [memoryview(bytearray(PIECE)) for _ in range(KEPT)]
    seen = turn = 0
    while filled := _fill(source, rooms[turn]):
        seen += filled
        if seen > max_bytes:
            raise TooLargeError(too_large(max_bytes))
        yield rooms[turn][:filled]
        if filled < PIECE:
            break
        turn = (turn + 1) % KEPT
    if content_length is not None and seen != content_length:
        raise InvalidInputError(BROKEN)


def drain(source: Source, *, max_bytes: int) -> None:
    """Read what is left, and forget it: who is refused half-way must be able to read why."""
    room, left = memoryview(bytearray(PIECE)), max_bytes
    with contextlib.suppress(InvalidInputError):
        while left > 0 and (count := _fill(source, room)):
            left -= count


def _fill(source: Source, room: memoryview) -> int:
    done = 0
    try:
        while done < len(room) and (count := source.readinto(room[done:])):
            done += count
    except OSError as error:
        raise InvalidInputError(BROKEN) from error
    return done


class _Stream:
    """A body behind `read(size)`, with the copies that costs."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def readinto(self, buffer: memoryview, /) -> int:
        read = self._stream.read(len(buffer))
        buffer[: len(read)] = read
        return len(read)


class _Socket:
    """The rest of a body of known length, straight from gunicorn's socket.

    Gunicorn's own `read` copies each byte five times; at 20 MB that is a third of what an upload costs. It keeps count
    of what is left in `LengthReader.length`, and so does this, so that it knows where the next request begins.
    """

    def __init__(self, line: Any, reader: Any) -> None:
        self._line = line
        self._reader = reader
        self._ahead = memoryview(self._read_ahead())

    @classmethod
    def under(cls, environ: Mapping[str, Any]) -> _Socket | None:
        """This, when a gunicorn that looks as expected serves a body of known length that nobody began to read."""
        line, body = environ.get("gunicorn.socket"), environ.get("wsgi.input")
        reader = getattr(body, "reader", None)
        unreader = getattr(reader, "unreader", None)
        if line is None or type(reader).__name__ != "LengthReader" or getattr(unreader, "sock", None) is not line:
            return None
        if not hasattr(unreader, "take_buffered") or body is None or body.buf.tell():
            return None
        return cls(line, reader)

    def readinto(self, buffer: memoryview, /) -> int:
        room = buffer[: self._reader.length]
        if not room:
            return 0
        if self._ahead:
            count = min(len(room), len(self._ahead))
            room[:count], self._ahead = self._ahead[:count], self._ahead[count:]
        else:
            count = self._line.recv_into(room)
        self._reader.length -= count
        return count

    def _read_ahead(self) -> bytes:
        """What gunicorn read together with the head; what belongs to the next request goes back."""
        held: bytes = self._reader.unreader.take_buffered()
        ours = held[: self._reader.length]
        if len(ours) < len(held):
            self._reader.unreader.unread(held[len(ours) :])
        return ours
