"""Multipart read as it arrives, so that a file goes from the socket into the seal without ever lying in a file.

Works on any readable stream; knows nothing of Flask. Source: issue "Sealed", upload never touches a plaintext file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from multipart import MultipartError, MultipartSegment, ParserLimitReached, PushMultipartParser, parse_options_header

from gateway.errors import InvalidInputError, TooLargeError
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

Piece = bytes | memoryview

READ_SIZE = 1024 * 1024
"""The server keeps what it has read too much, and copies it at each call: small reads cost a multiple."""
FIELD_MAX = 64 * 1024
BROKEN = "De verzending is onderweg afgebroken of beschadigd. Er is niets opgeslagen. Probeer het opnieuw."
TOO_MANY = sentence("Dit zijn te veel bestanden in één keer, of te lange namen. Stuur ze in kleinere groepen.")


class Readable(Protocol):
    """Anything with `read(size)`, such as the request's input."""

    def read(self, size: int, /) -> bytes:
        """The next bytes, empty at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextField:
    """A form field that is no file."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePart:
    """A file on its way in: `chunks` must be read to its end before the next part is asked for.

    A chunk may be a view on memory that is filled again later: see `raw_body.KEPT`.
    """

    name: str
    file_name: str
    chunks: Iterator[Piece]


def boundary_of(content_type: str | None) -> str:
    """The multipart boundary named by the Content-Type header.

    Raises:
        InvalidInputError: the request is no multipart form.
    """
    kind, options = parse_options_header(content_type or "")
    if kind != "multipart/form-data" or not options.get("boundary"):
        raise InvalidInputError("Dit verzoek bevat geen bestanden.")
    return str(options["boundary"])


def read_parts(
    stream: Readable, *, content_type: str | None, content_length: int | None, max_bytes: int, max_parts: int
) -> Iterator[TextField | FilePart]:
    """Yield the parts of a multipart body one by one, at constant memory.

    Raises:
        TooLargeError: the body is longer than `max_bytes`, by its length or while it streams.
        InvalidInputError: it is broken, cut off, or has more than `max_parts` parts.
    """
    if content_length is not None and content_length > max_bytes:
        raise TooLargeError(too_large(max_bytes))
    parser = _parser(boundary_of(content_type), content_length, max_parts)
    events = _events(stream, parser, max_bytes)
    for event in events:
        if isinstance(event, MultipartSegment):
            if event.filename is None:
                yield TextField(name=event.name, value=_text(events))
            else:
                chunks = _chunks(events)
                yield FilePart(name=event.name, file_name=event.filename, chunks=chunks)
                for _ in chunks:  # what the caller did not want to read
                    pass


def _parser(boundary: str, content_length: int | None, max_parts: int) -> PushMultipartParser:
    length = -1 if content_length is None else content_length
    try:
        return PushMultipartParser(boundary, content_length=length, max_segment_count=max_parts, strict=True)
    except MultipartError as error:  # an endless or impossible boundary
        raise InvalidInputError(BROKEN) from error


def _events(
    stream: Readable, parser: PushMultipartParser, max_bytes: int
) -> Generator[MultipartSegment | bytes | None, None, None]:
    seen, held = 0, b""
    try:
        while not parser.closed:
            read = stream.read(READ_SIZE)
            seen += len(read)
            if seen > max_bytes:
                raise TooLargeError(too_large(max_bytes))
            data, held = _without_end(held + read) if read else (held, b"")
            if data:
                yield from parser.parse(data)
            if not read:
                yield from parser.parse(b"")
                if not parser.closed:
                    raise InvalidInputError(BROKEN)
    except ParserLimitReached as error:
        raise TooLargeError(TOO_MANY) from error
    except MultipartError as error:
        raise InvalidInputError(BROKEN) from error
    except OSError as error:
        raise InvalidInputError(BROKEN) from error
    finally:
        parser.close(check_complete=False)


def _without_end(data: bytes) -> tuple[bytes, bytes]:
    """The bytes to parse now, and one or two to parse with what follows.

    The parser takes the line end after the last boundary only together with that boundary, and a socket may part them.
    """
    held = 1 if data.endswith(b"-") else 2 if data.endswith(b"-\r") else 0
    return (data[:-held], data[-held:]) if held else (data, b"")


def _chunks(events: Iterator[MultipartSegment | bytes | None]) -> Iterator[bytes]:
    for event in events:
        if event is None:
            return
        if isinstance(event, MultipartSegment):
            raise InvalidInputError(BROKEN)
        yield event


def _text(events: Iterator[MultipartSegment | bytes | None]) -> str:
    value = bytearray()
    for chunk in _chunks(events):
        value += chunk
        if len(value) > FIELD_MAX:
            raise TooLargeError("Een veld van het formulier is te lang.")
    return bytes(value).decode("utf-8", "replace")


def too_large(max_bytes: int) -> str:
    """The sentence for a body above the limit."""
    megabytes = max_bytes // 1_000_000
    return sentence(
        "Dit is meer dan %(megabytes)d MB in één keer. Er is niets opgeslagen. Stuur de bestanden in kleinere groepen.",
        megabytes=megabytes,
    )
