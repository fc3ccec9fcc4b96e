"""Objects as files: sharded, private to one user, written beside and renamed into place."""

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from gateway.storage.base import (
    CHUNK,
    Bytes,
    ObjectMissing,
    StorageError,
    StorageFull,
    StorageRefused,
    StorageUnavailable,
    is_key,
    probe,
    require_key,
)

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NO_RIGHT = {errno.EACCES, errno.EPERM, errno.EROFS}
_INCOMING = "incoming"
_AHEAD = 2 << 20  # so much is written before the disk is asked to begin


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Turn what the operating system says into our own errors, without the path in the text."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise StorageFull("The disk of the storage is full, or its quota is. Make room and try again.") from error
        if error.errno in _NO_RIGHT:
            raise StorageRefused(
                "The storage directory refuses us. Make the user of this service its owner, with mode 700."
            ) from error
        raise StorageUnavailable(
            f"The disk of the storage fails ({errno.errorcode.get(error.errno or 0, 'unknown')})."
            " Check that it is mounted and healthy."
        ) from error


def _sync_directory(path: Path) -> None:
    """Put the names in this directory on the disk; a rename without this may be lost in a power cut."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _made(path: Path) -> bool:
    """Make a private directory; whether it was not there yet."""
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        return False
    return True


class _LocalWriter:
    """A file in the incoming directory until `commit` renames it to its place."""

    def __init__(self, incoming: Path, target: Path, synced: set[str]) -> None:
        self._target = target
        self._synced = synced
        self._part = incoming / f"{target.name}.{secrets.token_hex(4)}"
        self._fd = -1
        self._written = self._on_its_way = 0
        self._renamed = False

    def __enter__(self) -> Self:
        with _told():
            if self._target.exists():
                raise StorageError("An object lies under this key already; objects are never overwritten.")
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            self._fd = os.open(self._part, flags, 0o600)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._fd < 0:
            return
        # A failing clean-up must not hide the first error; `abandoned` takes what stays behind.
        with contextlib.suppress(OSError):
            self._close()
        with contextlib.suppress(OSError):
            (self._target if self._renamed else self._part).unlink(missing_ok=True)

    def write(self, data: Bytes) -> None:
        self._require_open()
        with _told(), memoryview(data).cast("B") as rest:
            done = 0
            while done < len(rest):
                done += os.write(self._fd, rest[done:])
            self._written += done
            if self._written - self._on_its_way >= _AHEAD:
                # Linux begins to write these pages out: `commit` has little left to wait for.
                os.posix_fadvise(self._fd, self._on_its_way, _AHEAD, os.POSIX_FADV_DONTNEED)
                self._on_its_way += _AHEAD

    def commit(self) -> None:
        self._require_open()
        with _told():
            # Made before the content is synced: a journal that takes both at once has less to do afterwards.
            outer, inner = self._target.parent.parent, self._target.parent
            if _made(outer):
                self._synced.discard(outer.name)
            _made(inner)
            os.fsync(self._fd)
            # Even when they existed: the other writer who made them may not have come to this line yet.
            if outer.name not in self._synced:
                _sync_directory(outer.parent)
                self._synced.add(outer.name)
            _sync_directory(outer)
            self._part.rename(self._target)
            self._renamed = True
            _sync_directory(self._target.parent)
            self._close()

    def _require_open(self) -> None:
        if self._fd < 0:
            raise StorageError("This object is not being written: enter the writer first, and commit once.")

    def _close(self) -> None:
        fd, self._fd = self._fd, -1
        os.close(fd)


class LocalStorage:
    """Objects as files of mode 0600 under a directory of mode 0700, at `ab/cd/abcd…`; see Storage for the promise."""

    def __init__(self, root: Path) -> None:
        """Open the directory and make it when it is not there yet; raises StorageError when that cannot be."""
        self._root = root.absolute()
        self._incoming = self._root / _INCOMING
        self._synced: set[str] = set()  # directories right under the root whose names are on the disk for good
        with _told():
            self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
            _made(self._incoming)
            _sync_directory(self._root)

    def __repr__(self) -> str:
        return f"LocalStorage({str(self._root)!r})"

    def writer(self, key: str) -> _LocalWriter:
        """A context manager that takes the bytes of a new object."""
        return _LocalWriter(self._incoming, self._path(key), self._synced)

    def read(self, key: str, chunk_size: int = CHUNK) -> Iterator[bytes]:
        """The object in chunks; raises ObjectMissing at the first chunk."""
        path = self._path(key)
        with _told():
            try:
                fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            except FileNotFoundError as error:
                raise self._missing() from error
            try:
                while chunk := os.read(fd, chunk_size):
                    yield chunk
            finally:
                os.close(fd)

    def size(self, key: str) -> int:
        """The length in bytes; raises ObjectMissing."""
        with _told():
            try:
                return self._path(key).stat(follow_symlinks=False).st_size
            except FileNotFoundError as error:
                raise self._missing() from error

    def exists(self, key: str) -> bool:
        """Whether a committed object lies under this key."""
        try:
            self.size(key)
        except ObjectMissing:
            return False
        return True

    def delete(self, key: str) -> None:
        """Remove the file for good; that it is gone already is no error."""
        path = self._path(key)
        with _told():
            try:
                path.unlink()
            except FileNotFoundError as error:
                self._missing(error)
            else:
                _sync_directory(path.parent)

    def keys(self, older_than: datetime) -> Iterator[str]:
        """Keys of objects last changed before this aware instant."""
        for entry in self._entries(f"{'[0-9a-f]' * 2}/{'[0-9a-f]' * 2}/*", older_than):
            if is_key(entry.name) and entry == self._path(entry.name):
                yield entry.name

    def abandoned(self, older_than: datetime) -> int:
        """Remove temporary files not written to since this aware instant; returns how many."""
        count = 0
        for entry in self._entries(f"{_INCOMING}/*", older_than):
            with _told():
                entry.unlink(missing_ok=True)
            count += 1
        return count

    def check(self) -> None:
        """Write, read and delete a probe and look at the rights of the directory."""
        with _told():
            mode = stat.S_IMODE(self._root.stat().st_mode)
        if mode & 0o077:
            raise StorageRefused(f"The storage directory is open to other users (mode {mode:o}). Run chmod 700 on it.")
        probe(self)

    def _path(self, key: str) -> Path:
        require_key(key)
        return self._root / key[:2] / key[2:4] / key

    def _missing(self, cause: FileNotFoundError | None = None) -> ObjectMissing:
        """The error for an absent file, unless the whole directory is gone: then nothing can be said of the file."""
        if not self._incoming.is_dir():
            raise StorageUnavailable("The storage directory is gone. Check that its disk is mounted.") from cause
        return ObjectMissing("The storage has no object under this key.")

    def _entries(self, pattern: str, older_than: datetime) -> Iterator[Path]:
        """Plain files that match and are older; one that vanishes meanwhile is passed over."""
        with _told():
            if not self._incoming.is_dir():
                self._missing()
            for path in self._root.glob(pattern):
                try:
                    found = path.lstat()
                except FileNotFoundError:
                    continue
                if stat.S_ISREG(found.st_mode) and datetime.fromtimestamp(found.st_mtime, UTC) < older_than:
                    yield path
