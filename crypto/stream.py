"""Sealed streams for document content: Cobblestone-256 (C2SP chunked-encryption) from `cryptography`.

Each finished chunk of 16 KiB is verified before it is given out, but only the end of the stream shows that nothing was
cut off: until `open_stream` is exhausted without an error the content is a verified *beginning*, no more.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from cryptography.exceptions import InvalidTag

from crypto.alongside import WAITING, Digest
from crypto.context import SealContext
from crypto.errors import CryptoError, DecryptError

KEY_SIZE = 32
CHUNK_SIZE = 16 * 1024
TAG_SIZE = 16
HEADER_SIZE = 24 + 32  # salt and key commitment
_SLICE = 256 * 1024  # what is sealed at once: bounds the memory whatever the caller hands in, and stays in the cache
_ROOMS = WAITING + 2  # a digest that runs alongside may still read the last ones


def generate_key() -> bytes:
    """Make a fresh random key of 32 bytes."""
    return Cobblestone256Encryptor.generate_key()


def require_key(key: bytes) -> bytes:
    """Give the key back when it has the right length; raise `CryptoError` otherwise."""
    if len(key) != KEY_SIZE:
        raise CryptoError("a key must be 32 bytes")
    return key


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """What was written: sizes in bytes, and the SHA-256 of the sealed bytes for checking the storage."""

    sealed_size: int
    sealed_sha256: bytes
    plain_size: int


class SealingSink:
    """Seals what is fed to it and hands the sealed bytes to `write`, at constant memory.

    `write` must take all bytes it is given before it returns: they are a view on memory that is used again, and a view
    that was kept raises `ValueError` or `BufferError` later on. When `write` raises, the sink is broken: what was
    written so far never opens, and every later call raises `CryptoError`. Nothing opens before `finish` was called.

    `digest` may be a SHA-256 that runs `Alongside`.

    Source: issue 3, Streams.
    """

    def __init__(
        self,
        key: bytes,
        context: SealContext,
        write: Callable[[memoryview], object],
        *,
        digest: Digest | None = None,
    ) -> None:
        self._encryptor: Cobblestone256Encryptor | None = Cobblestone256Encryptor(require_key(key), context.encode())
        self._write = write
        self._sha256: Digest = hashlib.sha256() if digest is None else digest
        self._rooms = [bytearray() for _ in range(_ROOMS)]
        self._given = [memoryview(b"") for _ in range(_ROOMS)]
        self._turn = 0
        self._sealed_size = 0
        self._plain_size = 0

    def update(self, chunk: bytes | bytearray | memoryview) -> None:
        """Seal the next bytes of the content."""
        encryptor = self._take()
        with memoryview(chunk) as view, view.cast("B") as octets:
            for start in range(0, len(octets), _SLICE):
                with octets[start : start + _SLICE] as part:
                    room = self._next_room(sealed_size(len(part) + CHUNK_SIZE))
                    self._emit(memoryview(room)[: encryptor.update_into(part, room)])
                    self._plain_size += len(part)
        self._encryptor = encryptor

    def finish(self) -> Sealed:
        """Write the end of the stream and tell what was written; the sink is closed after it."""
        self._emit(memoryview(self._take().finalize()))
        return Sealed(sealed_size=self._sealed_size, sealed_sha256=self._sha256.digest(), plain_size=self._plain_size)

    def _take(self) -> Cobblestone256Encryptor:
        # Taken out while at work and put back on success only: a stream with a hole in it can never be finished.
        encryptor, self._encryptor = self._encryptor, None
        if encryptor is None:
            raise CryptoError("this sealing sink is finished or broken")
        return encryptor

    def _next_room(self, size: int) -> bytearray:
        self._turn = (self._turn + 1) % _ROOMS
        # Who kept the view finds it closed, not silently filled with other bytes.
        self._given[self._turn].release()
        if len(self._rooms[self._turn]) < size:
            self._rooms[self._turn] = bytearray(size)
        return self._rooms[self._turn]

    def _emit(self, sealed: memoryview) -> None:
        self._given[self._turn] = sealed
        if sealed:
            self._write(sealed)
            self._sha256.update(sealed)
            self._sealed_size += len(sealed)


def open_stream(key: bytes, context: SealContext, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Give the verified content of a sealed stream piece by piece.

    Raises `DecryptError` at the first wrong byte, and at the end when bytes are missing or left over: a caller that has
    sent pieces on must then abort its own output, not end it. Errors of `chunks` itself pass through unchanged.

    Source: issue 3, Streams.
    """
    decryptor = Cobblestone256Decryptor(require_key(key), context.encode())
    return _opened(decryptor, chunks)


def open_verified(key: bytes, context: SealContext, chunks: Iterable[bytes], *, buffer: int) -> Iterator[bytes]:
    """Like `open_stream`, but a content of at most `buffer` bytes is verified to its end before any of it is given out.

    So an error at the first `next` means that nothing has left yet; at a later one the output must be aborted.

    Source: issue 3, Streams (a download is verified before its first byte leaves when it fits).
    """
    return _held_back(open_stream(key, context, chunks), buffer)


def _held_back(pieces: Iterator[bytes], buffer: int) -> Iterator[bytes]:
    held, size = [], 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size > buffer:
            break
    yield from held
    yield from pieces


def _opened(decryptor: Cobblestone256Decryptor, chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        try:
            plain = decryptor.update(chunk)
        except InvalidTag as cause:
            raise DecryptError from cause
        if plain:
            yield plain
    try:
        plain = decryptor.finalize()
    except InvalidTag as cause:
        raise DecryptError from cause
    if plain:
        yield plain


def seal_stream(key: bytes, context: SealContext, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Give the sealed form of a stream piece by piece, without the digest that `SealingSink` makes along the way.

    It is complete only when it has been exhausted without an error; errors of `chunks` pass through unchanged.
    """
    encryptor = Cobblestone256Encryptor(require_key(key), context.encode())
    return _sealed(encryptor, chunks)


def _sealed(encryptor: Cobblestone256Encryptor, chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        sealed = encryptor.update(chunk)
        if sealed:
            yield sealed
    yield encryptor.finalize()


def seal_bytes(key: bytes, context: SealContext, plain: bytes) -> bytes:
    """Seal content that is in memory anyway, in the same form as a stream."""
    return b"".join(seal_stream(key, context, [plain]))


def open_bytes(key: bytes, context: SealContext, sealed: bytes) -> bytes:
    """Open a whole sealed stream; all of it is verified, or `DecryptError` is raised."""
    return b"".join(open_stream(key, context, [sealed]))


def sealed_size(plain_size: int) -> int:
    """Tell how many bytes a content of `plain_size` bytes takes when sealed."""
    return HEADER_SIZE + plain_size + (plain_size // CHUNK_SIZE + 1) * TAG_SIZE


def plain_size(sealed_size: int) -> int:
    """Tell the size of the content from the size of the sealed stream; `DecryptError` for a size no stream can have."""
    whole, rest = divmod(sealed_size - HEADER_SIZE, CHUNK_SIZE + TAG_SIZE)
    if whole < 0 or rest < TAG_SIZE:
        raise DecryptError
    return whole * CHUNK_SIZE + rest - TAG_SIZE
