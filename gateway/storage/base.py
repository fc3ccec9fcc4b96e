"""The promise both adapters keep, its errors, and what they share."""

import re
import secrets
from collections.abc import Iterator
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self

CHUNK = 1 << 18
_KEY = re.compile(r"[0-9a-f]{32}", re.ASCII)

Bytes = bytes | bytearray | memoryview


class StorageError(Exception):
    """The storage could not do what was asked; the base of every error of this package."""


class ObjectMissing(StorageError):  # noqa: N818 - the base says it is an error, the name says which
    """No object lies under this key."""


class StorageUnavailable(StorageError):  # noqa: N818 - the base says it is an error, the name says which
    """The storage cannot be reached or does not answer in time; trying later may help."""


class StorageFull(StorageError):  # noqa: N818 - the base says it is an error, the name says which
    """There is no room left (disk, quota or file size); somebody must make room."""


class StorageRefused(StorageError):  # noqa: N818 - the base says it is an error, the name says which
    """The storage answers but refuses us: wrong credentials, missing rights, or an object that is locked."""


def new_key() -> str:
    """An unused name for an object: 32 random hex digits that say nothing about a person."""
    return secrets.token_hex(16)


def is_key(name: str) -> bool:
    """Whether this name can be one of ours: 32 lower-case hex digits and nothing else."""
    return _KEY.fullmatch(name) is not None


def require_key(key: str) -> str:
    """The key itself when it is well formed; anything else is refused, so that no path or name slips in."""
    if not is_key(key):
        raise StorageError("An object key must be 32 hex digits, made by new_key().")
    return key


class Writer(Protocol):
    """One object on its way in: nothing is visible before `commit`, nothing remains when it is left without."""

    def __enter__(self) -> Self:
        """Begin; raises StorageError when the key is taken already."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End; without a successful `commit` all that was written is removed."""

    def write(self, data: Bytes) -> None:
        """Add these bytes; raises StorageFull or StorageUnavailable, after which only leaving makes sense."""

    def commit(self) -> None:
        """Make the object visible at once and for good; when this returns it survives a power cut."""


class Storage(Protocol):
    """Sealed objects by opaque key, in constant memory.

    Every method may raise StorageUnavailable or StorageRefused. An object is written once and never changed.
    """

    def writer(self, key: str) -> Writer:
        """A context manager that takes the bytes of a new object."""

    def read(self, key: str, chunk_size: int = CHUNK) -> Iterator[bytes]:
        """The object in chunks of at most `chunk_size` bytes; raises ObjectMissing at the first chunk."""

    def size(self, key: str) -> int:
        """The length in bytes; raises ObjectMissing."""

    def exists(self, key: str) -> bool:
        """Whether a committed object lies under this key."""

    def delete(self, key: str) -> None:
        """Remove the object in all its versions; that it is gone already is no error."""

    def keys(self, older_than: datetime) -> Iterator[str]:
        """Keys of objects last changed before this aware instant, for the reconciler.

        S3 counts from the beginning of an upload: keep the instant further back than the longest upload lasts.
        """

    def abandoned(self, older_than: datetime) -> int:
        """Remove what interrupted uploads left before this aware instant; returns how many remains there were."""

    def check(self) -> None:
        """Write, read and delete a probe; raises a StorageError whose sentence says what to do."""


def probe(storage: Storage) -> None:
    """Write, read back and delete a small object; raises StorageError when what comes back differs."""
    key, content = new_key(), secrets.token_bytes(64)
    with storage.writer(key) as writer:
        writer.write(content)
        writer.commit()
    try:
        if b"".join(storage.read(key)) != content or storage.size(key) != len(content):
            raise StorageError("The storage gave back other bytes than it was given. Replace it before using it.")
    finally:
        storage.delete(key)
    if storage.exists(key):
        raise StorageError("The storage still holds an object that was deleted. Look for a lock or a cache before it.")
