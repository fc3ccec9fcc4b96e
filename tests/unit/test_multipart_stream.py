"""A multipart body read as it arrives: however it is cut in pieces the parts are the same, and cut off is broken."""

from __future__ import annotations

import contextlib
import io
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.dossiers.multipart_stream import FIELD_MAX, FilePart, TextField, boundary_of, read_parts
from gateway.dossiers.rules import clean_file_name
from gateway.errors import InvalidInputError, TooLargeError

BOUNDARY = "b0undary"
TYPE = f"multipart/form-data; boundary={BOUNDARY}"

contents = st.one_of(
    st.binary(max_size=3000),
    # What looks like the end of a part and is not.
    st.lists(
        st.sampled_from([b"\r\n", b"--", b"--b0undar", b"b0undary", b"\r", b"\n--b0undary", b"x"]), max_size=30
    ).map(b"".join),
).filter(lambda content: b"\r\n--b0undary" not in b"\r\n" + content)
plain_names = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters='"\\'), min_size=1, max_size=60
)
bodies = st.lists(
    st.one_of(
        st.tuples(st.just("file"), plain_names, contents),
        st.tuples(
            st.just("text"),
            st.none(),
            st.text(st.characters(codec="ascii", exclude_categories=("Cc",)), max_size=100).map(str.encode),
        ),
    ),
    min_size=1,
    max_size=6,
)


class Pieces:
    """A stream that gives what it has in pieces of its own choice, as a socket does."""

    def __init__(self, body: bytes, sizes: list[int]) -> None:
        self._stream = io.BytesIO(body)
        self._sizes = sizes
        self._turn = 0

    def read(self, size: int, /) -> bytes:
        own = self._sizes[self._turn % len(self._sizes)]
        self._turn += 1
        return self._stream.read(min(size, own))


def encode(parts: list[tuple[str, str | None, bytes]]) -> bytes:
    lines = []
    for name, file_name, content in parts:
        named = "" if file_name is None else f'; filename="{file_name}"'
        lines.append(
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'.encode() + content + b"\r\n"
        )
    return b"".join(lines) + f"--{BOUNDARY}--\r\n".encode()


def decode(
    stream: Any,
    *,
    content_type: str = TYPE,
    content_length: int | None = None,
    max_bytes: int = 10_000_000,
    max_parts: int = 20,
) -> list[Any]:
    found = []
    for part in read_parts(
        stream, content_type=content_type, content_length=content_length, max_bytes=max_bytes, max_parts=max_parts
    ):
        if isinstance(part, TextField):
            found.append(("text", None, part.value.encode()))
        else:
            assert isinstance(part, FilePart)
            found.append(("file", part.file_name, b"".join(part.chunks)))
    return found


@settings(max_examples=150, deadline=None)
@given(bodies, st.lists(st.integers(1, 700), min_size=1, max_size=8), st.booleans())
def test_a_body_gives_the_same_parts_however_it_is_cut_in_pieces(parts, sizes, with_length):
    body = encode(parts)
    assert decode(Pieces(body, sizes), content_length=len(body) if with_length else None) == parts


@settings(max_examples=150, deadline=None)
@given(bodies, st.data())
def test_a_body_that_is_cut_off_is_broken_wherever_it_was_cut(parts, data):
    body = encode(parts)
    end = data.draw(st.integers(0, len(body) - 5))  # before the two dashes that close it
    with pytest.raises(InvalidInputError):
        decode(Pieces(body[:end], [100]))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=2000), st.lists(st.integers(1, 300), min_size=1, max_size=4))
def test_noise_is_refused_and_never_anything_else_than_our_own_errors(noise, sizes):
    with pytest.raises((InvalidInputError, TooLargeError)):
        decode(Pieces(f"--{BOUNDARY}\r\n".encode() + noise, sizes))


@settings(max_examples=100, deadline=None)
@given(bodies, st.integers(0, 3))
def test_what_the_caller_leaves_unread_does_not_disturb_what_follows(parts, read):
    body = encode(parts)
    seen = []
    for part in read_parts(io.BytesIO(body), content_type=TYPE, content_length=None, max_bytes=10**7, max_parts=20):
        if isinstance(part, FilePart):
            for _, _chunk in zip(range(read), part.chunks, strict=False):
                pass
            seen.append(part.file_name)
        else:
            seen.append(None)
    assert seen == [file_name for _, file_name, _ in parts]


def test_a_body_longer_than_allowed_is_refused_by_its_length_before_it_is_read():
    class Never:
        def read(self, _size: int, /) -> bytes:
            raise AssertionError("read")

    with pytest.raises(TooLargeError):
        decode(Never(), content_length=2_000_000_000, max_bytes=1_000_000)


def test_a_body_longer_than_allowed_is_refused_while_it_streams():
    class Endless:
        given = 0

        def read(self, size: int, /) -> bytes:
            first = not self.given
            self.given += size
            return encode([("file", "a.txt", b"")])[:-20].ljust(size, b"a") if first else b"a" * size

    endless = Endless()
    with pytest.raises(TooLargeError):
        decode(endless, max_bytes=5_000_000)
    assert endless.given < 6_000_000


def test_more_parts_than_allowed_are_told_as_too_many():
    with pytest.raises(TooLargeError, match="te veel bestanden"):
        decode(io.BytesIO(encode([("file", f"{n}.txt", b"x") for n in range(30)])))


def test_a_field_that_is_no_file_may_not_grow_without_end():
    with pytest.raises(TooLargeError):
        decode(io.BytesIO(encode([("text", None, b"a" * (FIELD_MAX + 1))])))


@pytest.mark.parametrize(
    "kind",
    [
        None,
        "",
        "text/plain",
        "multipart/mixed; boundary=x",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "application/json",
    ],
)
def test_what_is_no_form_with_files_is_refused(kind):
    with pytest.raises(InvalidInputError):
        boundary_of(kind)


@pytest.mark.parametrize("boundary", ["é", "x" * 5000, "a b", '"', "\x00"])
def test_a_strange_boundary_is_refused_or_read_but_never_an_error_of_the_program(boundary):
    with pytest.raises((InvalidInputError, TooLargeError)):
        decode(io.BytesIO(b"nothing"), content_type=f'multipart/form-data; boundary="{boundary}"')


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Disposition: form-data\r\n",
        b"Content-Type: text/plain\r\n",
        b'Content-Disposition: attachment; name="file"\r\n',
        b'Content-Disposition: form-data; name="file"; filename="a\x00.txt"\r\n',
        b'Content-Disposition: form-data; name="file"; filename="' + b"a" * 70_000 + b'"\r\n',
        b": \r\n",
        b"\xff\xfe: x\r\n",
    ],
)
def test_a_strange_head_of_a_part_is_refused_or_read_but_never_an_error_of_the_program(head):
    body = b"--b0undary\r\n" + head + b"\r\nx\r\n--b0undary--\r\n"
    with contextlib.suppress(InvalidInputError, TooLargeError):
        decode(io.BytesIO(body))


def test_a_line_that_breaks_is_told_as_broken():
    class Broken:
        def read(self, _size: int, /) -> bytes:
            raise ConnectionResetError

    with pytest.raises(InvalidInputError, match="afgebroken"):
        decode(Broken())


@settings(max_examples=500, deadline=None)
@given(
    st.one_of(
        st.text(max_size=500), st.text(st.sampled_from(list("./\\ :\x00\n\r\u202e\u200b\ufeffa🎈é")), max_size=400)
    )
)
def test_a_clean_name_is_no_path_has_no_control_character_and_is_never_empty_or_long(text):
    name = clean_file_name(text)
    assert 1 <= len(name) <= 150
    assert not set("/\\") & set(name)
    assert name.strip(". ") == name
    assert not any(unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for c in name)
    assert clean_file_name(name) == name
