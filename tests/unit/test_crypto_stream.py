"""Sealed streams: what was sealed comes back whole, or an error comes instead."""

import hashlib
import threading

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto import stream
from crypto.alongside import Alongside
from crypto.context import SealContext
from crypto.errors import CryptoError, DecryptError
from tests.vectors.crypto.specification import decode_stream, encode_stream

KEY = bytes(range(32))
CONTEXT = SealContext(purpose="document", organisation="o1", dossier="d1", document="s1", version="1")
CHUNK = stream.CHUNK_SIZE
AROUND_BORDERS = sorted({max(0, n * CHUNK + d) for n in range(4) for d in (-1, 0, 1)} | {1, 17, 100_000, 2**20 + 1})
sizes = st.one_of(st.sampled_from(AROUND_BORDERS), st.integers(0, 3 * CHUNK))


def content(size: int) -> bytes:
    return hashlib.shake_128(b"content").digest(size)


@pytest.mark.parametrize("size", AROUND_BORDERS)
def test_what_is_sealed_opens_by_the_public_specification(size: int) -> None:
    plain = content(size)
    sealed = stream.seal_bytes(KEY, CONTEXT, plain)
    assert decode_stream(KEY, CONTEXT.encode(), sealed) == plain
    assert len(sealed) == stream.sealed_size(size)
    assert stream.plain_size(len(sealed)) == size


@pytest.mark.parametrize("size", AROUND_BORDERS)
def test_what_another_implementation_sealed_opens_here(size: int) -> None:
    sealed = encode_stream(KEY, CONTEXT.encode(), content(size), bytes(24))
    assert stream.open_bytes(KEY, CONTEXT, sealed) == content(size)


@given(size=sizes, data=st.data())
@settings(max_examples=60, deadline=None)
def test_any_cutting_of_input_and_of_sealed_bytes_gives_the_content_back(size: int, data: st.DataObject) -> None:
    plain = content(size)
    parts = bytearray()
    sink = stream.SealingSink(KEY, CONTEXT, parts.extend)
    step = data.draw(st.integers(1, 2 * CHUNK), label="fed in steps of")
    for start in range(0, size, step):
        sink.update(memoryview(plain)[start : start + step])
    told = sink.finish()
    sealed = bytes(parts)
    assert (told.plain_size, told.sealed_size) == (size, len(sealed))
    assert told.sealed_sha256 == hashlib.sha256(sealed).digest()
    read = data.draw(st.integers(1, 2 * CHUNK), label="opened in steps of")
    pieces = (sealed[start : start + read] for start in range(0, len(sealed), read))
    assert b"".join(stream.open_stream(KEY, CONTEXT, pieces)) == plain


@given(size=sizes, data=st.data())
@settings(max_examples=120, deadline=None)
def test_one_flipped_bit_anywhere_is_refused(size: int, data: st.DataObject) -> None:
    sealed = bytearray(stream.seal_bytes(KEY, CONTEXT, content(size)))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(DecryptError):
        stream.open_bytes(KEY, CONTEXT, bytes(sealed))


@given(size=sizes, data=st.data())
@settings(max_examples=80, deadline=None)
def test_a_stream_cut_off_anywhere_is_refused(size: int, data: st.DataObject) -> None:
    sealed = stream.seal_bytes(KEY, CONTEXT, content(size))
    keep = data.draw(
        st.one_of(st.integers(0, len(sealed) - 1), st.integers(0, size // CHUNK).map(lambda n: 56 + n * 16400))
    )
    with pytest.raises(DecryptError):
        stream.open_bytes(KEY, CONTEXT, sealed[: min(keep, len(sealed) - 1)])


@given(size=sizes, tail=st.binary(min_size=1, max_size=2 * CHUNK))
@settings(max_examples=60, deadline=None)
def test_bytes_after_the_end_are_refused(size: int, tail: bytes) -> None:
    with pytest.raises(DecryptError):
        stream.open_bytes(KEY, CONTEXT, stream.seal_bytes(KEY, CONTEXT, content(size)) + tail)


def test_two_streams_behind_each_other_are_refused() -> None:
    sealed = stream.seal_bytes(KEY, CONTEXT, content(10))
    with pytest.raises(DecryptError):
        stream.open_bytes(KEY, CONTEXT, sealed + sealed)


def test_chunks_in_another_order_are_refused() -> None:
    sealed = stream.seal_bytes(KEY, CONTEXT, content(3 * CHUNK))
    one, two = sealed[56 : 56 + 16400], sealed[56 + 16400 : 56 + 32800]
    with pytest.raises(DecryptError):
        stream.open_bytes(KEY, CONTEXT, sealed[:56] + two + one + sealed[56 + 32800 :])


@pytest.mark.parametrize("field", ["purpose", "organisation", "dossier", "document", "version"])
def test_each_field_of_the_context_is_bound(field: str) -> None:
    sealed = stream.seal_bytes(KEY, CONTEXT, b"content")
    fields = {name: getattr(CONTEXT, name) for name in ("purpose", "organisation", "dossier", "document", "version")}
    fields[field] += "x"
    with pytest.raises(DecryptError):
        stream.open_bytes(KEY, SealContext(**fields), sealed)


def test_an_object_swapped_with_that_of_another_document_is_refused() -> None:
    other = SealContext(purpose="document", organisation="o1", dossier="d1", document="s2", version="1")
    with pytest.raises(DecryptError):
        stream.open_bytes(KEY, CONTEXT, stream.seal_bytes(KEY, other, b"content"))


def test_another_key_is_refused() -> None:
    with pytest.raises(DecryptError):
        stream.open_bytes(bytes(32), CONTEXT, stream.seal_bytes(KEY, CONTEXT, b"content"))


def test_nothing_at_all_is_refused() -> None:
    with pytest.raises(DecryptError):
        list(stream.open_stream(KEY, CONTEXT, []))


def test_whole_chunks_before_a_wrong_byte_come_out_and_then_the_error() -> None:
    sealed = stream.seal_bytes(KEY, CONTEXT, content(2 * CHUNK))
    changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    pieces = stream.open_stream(KEY, CONTEXT, (changed[i : i + CHUNK] for i in range(0, len(changed), CHUNK)))
    received = next(pieces) + next(pieces)
    assert received == content(2 * CHUNK)
    with pytest.raises(DecryptError):
        next(pieces)


def test_a_sealed_stream_and_a_sink_make_the_same_form() -> None:
    pieces = list(stream.seal_stream(KEY, CONTEXT, [content(10), b"", content(CHUNK)]))
    assert stream.open_bytes(KEY, CONTEXT, b"".join(pieces)) == content(10) + content(CHUNK)
    assert all(pieces)


@pytest.mark.parametrize("buffer", [0, 10, 2 * CHUNK - 1, 2 * CHUNK, 10 * CHUNK])
def test_what_fits_the_buffer_is_verified_before_its_first_byte(buffer: int) -> None:
    sealed = stream.seal_bytes(KEY, CONTEXT, content(2 * CHUNK))
    pieces = [sealed[i : i + 1000] for i in range(0, len(sealed), 1000)]
    assert b"".join(stream.open_verified(KEY, CONTEXT, pieces, buffer=buffer)) == content(2 * CHUNK)
    got = stream.open_verified(KEY, CONTEXT, [*pieces[:-1], pieces[-1][:-1]], buffer=buffer)
    if buffer >= 2 * CHUNK:
        with pytest.raises(DecryptError):
            next(got)
    else:
        assert next(got) == content(CHUNK)


def test_an_error_of_the_storage_passes_through_as_it_is() -> None:
    def storage():
        yield stream.seal_bytes(KEY, CONTEXT, b"content")[:20]
        raise OSError("storage")

    with pytest.raises(OSError, match="storage"):
        list(stream.open_stream(KEY, CONTEXT, storage()))


def test_the_error_keeps_its_cause_and_tells_nothing() -> None:
    with pytest.raises(DecryptError) as caught:
        stream.open_bytes(bytes(32), CONTEXT, stream.seal_bytes(KEY, CONTEXT, b"Marieke"))
    assert isinstance(caught.value.__cause__, InvalidTag)
    assert str(caught.value) == "sealed data could not be opened"


@pytest.mark.parametrize("key", [b"", bytes(16), bytes(31), bytes(33)])
def test_a_key_of_another_length_is_refused(key: bytes) -> None:
    with pytest.raises(CryptoError):
        stream.SealingSink(key, CONTEXT, lambda _: None)
    with pytest.raises(CryptoError):
        stream.open_stream(key, CONTEXT, [])


def test_a_finished_sink_takes_nothing_more() -> None:
    sink = stream.SealingSink(KEY, CONTEXT, lambda _: None)
    sink.finish()
    with pytest.raises(CryptoError):
        sink.update(b"more")
    with pytest.raises(CryptoError):
        sink.finish()


def test_a_sink_whose_write_failed_can_never_be_finished() -> None:
    def full(_: bytes) -> None:
        raise OSError("disk full")

    sink = stream.SealingSink(KEY, CONTEXT, full)
    with pytest.raises(OSError, match="disk full"):
        sink.update(content(CHUNK))
    with pytest.raises(CryptoError):
        sink.finish()


def test_a_digest_that_runs_alongside_is_that_of_the_sealed_bytes() -> None:
    plain, parts = content(3_000_000), bytearray()
    with Alongside(hashlib.sha256()) as digest:
        sink = stream.SealingSink(KEY, CONTEXT, parts.extend, digest=digest)
        sink.update(plain)
        told = sink.finish()
    assert told.sealed_sha256 == hashlib.sha256(parts).digest()
    assert stream.open_bytes(KEY, CONTEXT, bytes(parts)) == plain


def test_who_keeps_the_bytes_he_was_to_write_finds_them_closed_and_never_changed() -> None:
    kept: list[memoryview] = []
    sink = stream.SealingSink(KEY, CONTEXT, kept.append)
    sink.update(content(3_000_000))
    with pytest.raises(ValueError, match="released"):
        bytes(kept[0])


def test_what_fails_in_the_thread_of_a_digest_is_raised_where_the_digest_is_asked_for() -> None:
    class Broken:
        def update(self, _: bytes | memoryview) -> None:
            raise MemoryError

        def digest(self) -> bytes:
            return b""

    with Alongside(Broken()) as digest:
        for _ in range(10):  # and it does not stop who hands in
            digest.update(b"piece")
        with pytest.raises(MemoryError):
            digest.digest()


def test_the_thread_of_a_digest_ends_with_its_block_also_when_nobody_asks_for_the_digest() -> None:
    before = threading.active_count()
    with Alongside(hashlib.sha256()) as digest:
        digest.update(b"piece")
    assert threading.active_count() == before


def test_sealing_the_same_content_twice_gives_different_bytes() -> None:
    assert stream.seal_bytes(KEY, CONTEXT, b"content") != stream.seal_bytes(KEY, CONTEXT, b"content")


def test_generated_keys_differ() -> None:
    assert len({stream.generate_key() for _ in range(50)}) == 50
    assert len(stream.generate_key()) == 32


@pytest.mark.parametrize("size", [0, 55, 56, 71, 56 + 16400, 56 + 16400 + 15])
def test_a_size_no_stream_can_have_is_refused(size: int) -> None:
    with pytest.raises(DecryptError):
        stream.plain_size(size)


def test_a_sink_shows_no_key_in_its_repr() -> None:
    assert KEY.hex() not in repr(stream.SealingSink(KEY, CONTEXT, print))
