"""A body that is one file: however the line cuts it, all of it comes in order, or an error comes instead."""

from __future__ import annotations

import io
import socket
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from gunicorn.http.body import Body, LengthReader
from gunicorn.http.unreader import SocketUnreader
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.dossiers.raw_body import KEPT, PIECE, drain, pieces, source_of
from gateway.errors import InvalidInputError, TooLargeError

if TYPE_CHECKING:
    from collections.abc import Iterator

MUCH = 10 * PIECE


class Line:
    """A body that comes in the given cuts, as a socket gives it."""

    def __init__(self, content: bytes, cuts: list[int]) -> None:
        self._content = io.BytesIO(content)
        self._cuts = iter(cuts)

    def readinto(self, buffer: memoryview) -> int:
        return self._content.readinto(buffer[: next(self._cuts, len(buffer))])


@given(st.integers(0, 3 * PIECE), st.lists(st.integers(1, PIECE), max_size=20))
@settings(max_examples=30, deadline=None)
def test_however_the_line_cuts_a_body_it_comes_whole_and_in_full_pieces(size: int, cuts: list[int]) -> None:
    content = bytes(range(256)) * (size // 256 + 1)
    got = [bytes(piece) for piece in pieces(Line(content[:size], cuts), content_length=size, max_bytes=MUCH)]
    assert b"".join(got) == content[:size]
    assert all(len(piece) == PIECE for piece in got[:-1])


def test_a_piece_stays_as_it_is_until_that_many_later_ones_were_asked_for() -> None:
    content = b"".join(bytes([number]) * PIECE for number in range(2 * KEPT))
    coming = pieces(Line(content, []), content_length=None, max_bytes=MUCH)
    first = next(coming)
    for _ in range(KEPT - 1):
        next(coming)
    assert bytes(first) == bytes(PIECE)


@pytest.mark.parametrize("announced", [11, PIECE + 1, 3 * PIECE])
def test_a_body_that_ends_before_its_length_is_an_error_and_no_file(announced: int) -> None:
    coming = pieces(Line(bytes(announced - 1), []), content_length=announced, max_bytes=MUCH)
    with pytest.raises(InvalidInputError):
        list(coming)


def test_a_body_above_the_limit_is_refused_by_its_length_before_a_byte_and_without_one_while_it_comes() -> None:
    line = Line(bytes(PIECE), [])
    with pytest.raises(TooLargeError):
        next(pieces(line, content_length=101, max_bytes=100))
    assert line.readinto(memoryview(bytearray(1))) == 1
    with pytest.raises(TooLargeError):
        list(pieces(Line(bytes(3 * PIECE), []), content_length=None, max_bytes=2 * PIECE))


def test_what_is_left_of_a_refused_body_is_read_away_up_to_the_limit_and_a_cut_line_ends_that() -> None:
    line = Line(bytes(5 * PIECE), [])
    drain(line, max_bytes=2 * PIECE)
    assert line.readinto(memoryview(bytearray(1))) == 1

    class Cut:
        def readinto(self, _: memoryview) -> int:
            raise ConnectionResetError

    drain(Cut(), max_bytes=100)


@pytest.fixture
def line() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(5)
        yield ours, theirs


def under_gunicorn(ours: socket.socket, length: int, ahead: bytes = b"") -> tuple[dict[str, Any], Any]:
    """The environment and the unreader that gunicorn makes for a body of this length."""
    unreader = SocketUnreader(ours)
    unreader.unread(ahead)
    body = Body(LengthReader(unreader, length))
    return {"gunicorn.socket": ours, "wsgi.input": body}, unreader


def test_under_gunicorn_the_body_comes_from_the_socket_and_the_next_request_stays_whole(
    line: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = line
    environ, unreader = under_gunicorn(ours, 10, b"0123")
    theirs.sendall(b"456789GET /next")
    got = b"".join(bytes(piece) for piece in pieces(source_of(environ, None), content_length=10, max_bytes=100))
    assert got == b"0123456789"
    assert environ["wsgi.input"].read() == b""
    assert unreader.read() == b"GET /next"


def test_a_next_request_that_came_together_with_the_body_is_given_back(
    line: tuple[socket.socket, socket.socket],
) -> None:
    environ, unreader = under_gunicorn(line[0], 4, b"bodyGET /next")
    got = [bytes(piece) for piece in pieces(source_of(environ, None), content_length=4, max_bytes=100)]
    assert (got, unreader.read()) == ([b"body"], b"GET /next")


@pytest.mark.parametrize("what", ["another server", "a chunked body", "a body that was begun"])
def test_whatever_does_not_look_like_gunicorn_is_read_through_its_stream(
    line: tuple[socket.socket, socket.socket], what: str
) -> None:
    environ, _ = under_gunicorn(line[0], 4, b"body")
    if what == "another server":
        environ.pop("gunicorn.socket")
    elif what == "a chunked body":
        environ["wsgi.input"] = SimpleNamespace(reader=SimpleNamespace(unreader=None))
    else:
        environ["wsgi.input"].buf.write(b"x")
    got = b"".join(
        bytes(piece) for piece in pieces(source_of(environ, io.BytesIO(b"given")), content_length=5, max_bytes=100)
    )
    assert got == b"given"
