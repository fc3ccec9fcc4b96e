"""The only place where a file may stand readable: private directories on tmpfs that are removed for certain."""

import contextlib
import fcntl
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gateway.dossiers.files.errors import ScratchError

_IN_MEMORY: Final = frozenset({"tmpfs", "ramfs"})
DEFAULT_LIMIT: Final = 2_000_000_000
_PREFIX: Final = "job-"
_PRIVATE: Final = 0o700
_ADVICE: Final = (
    "Zet DOSSIERPOORT_SCRATCH op een map op tmpfs, bijvoorbeeld /dev/shm/dossierpoort. "
    "(Set DOSSIERPOORT_SCRATCH to a directory on tmpfs, such as /dev/shm/dossierpoort.)"
)


class Scratch:
    """Private directories under `root`, which must be memory-backed; each takes at most `limit` bytes.

    Each directory is mode 0700 and locked by its process for as long as it is used, so that `sweep` can tell a
    leftover of a killed process from one in use, also between workers.

    Source: issue 2 (No plaintext file on a disk).
    """

    def __init__(self, root: Path, *, limit: int = DEFAULT_LIMIT, mounts: Path = Path("/proc/mounts")) -> None:
        self.root = root
        self.limit = limit
        self._mounts = mounts

    def assert_safe(self) -> None:
        """Make `root` when it is missing; raises ScratchError with what to do unless it is private and in memory."""
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            status = self.root.lstat()
        except OSError as error:
            raise ScratchError(f"De werkmap kan niet worden gemaakt. {_ADVICE}") from error
        if not stat.S_ISDIR(status.st_mode):
            raise ScratchError(f"De werkmap is geen gewone map. {_ADVICE}")
        if status.st_uid != os.geteuid():
            raise ScratchError(f"De werkmap is van een andere gebruiker. {_ADVICE}")
        kind = self._file_system()
        if kind not in _IN_MEMORY:
            raise ScratchError(f"De werkmap staat op een schijf ({kind}), niet in het geheugen. {_ADVICE}")
        if shutil.disk_usage(self.root).total < self.limit:
            raise ScratchError(
                "De werkmap is te klein. Vergroot de tmpfs of verlaag DOSSIERPOORT_SCRATCH_LIMIT. "
                "(Scratch is too small: enlarge the tmpfs or lower DOSSIERPOORT_SCRATCH_LIMIT.)"
            )
        if stat.S_IMODE(status.st_mode) != _PRIVATE:
            self.root.chmod(_PRIVATE)

    def used_bytes(self) -> int:
        """Bytes in use under `root` now."""
        return tree_bytes(self.root)

    @contextlib.contextmanager
    def directory(self) -> Iterator[Path]:
        """A new empty directory, 0700, gone when the block ends; raises ScratchError when scratch is unsafe or full."""
        self.assert_safe()
        if shutil.disk_usage(self.root).free < self.limit:
            raise ScratchError("De werkmap is vol; probeer het later opnieuw. (Scratch is full; try again later.)")
        path, lock = self._make_locked()
        try:
            yield path
        finally:
            try:
                remove_tree(path)
            finally:
                os.close(lock)

    def sweep(self) -> int:
        """Remove what killed processes left behind; returns how many directories. For the start and the reconciler."""
        self.assert_safe()
        removed = 0
        for path in self.root.iterdir():
            if path.is_symlink() or not path.is_dir():
                path.unlink(missing_ok=True)
                continue
            lock = _try_lock(path)
            if lock is None:
                continue
            try:
                remove_tree(path)
                removed += 1
            finally:
                os.close(lock)
        return removed

    def _make_locked(self) -> tuple[Path, int]:
        while True:
            path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=self.root))
            lock = _try_lock(path)
            if lock is None:
                continue  # a sweep came between making and locking; it removes this one
            if path.exists():
                return path, lock
            os.close(lock)

    def _file_system(self) -> str:
        best, kind = -1, "onbekend"
        real = self.root.resolve()
        for line in self._mounts.read_text(encoding="utf-8").splitlines():
            _device, point, found, *_rest = line.split(" ")
            mounted = Path(point.replace("\\040", " "))
            # A later mount on the same point covers an earlier one, hence >=.
            if real.is_relative_to(mounted) and len(mounted.parts) >= best:
                best, kind = len(mounted.parts), found
        return kind


def swap_in_use(swaps: Path = Path("/proc/swaps")) -> tuple[str, ...]:
    """Names of the swap areas in use: memory-backed files may be written to them, so they must be encrypted or off."""
    try:
        lines = swaps.read_text(encoding="utf-8").splitlines()[1:]
    except FileNotFoundError:
        return ()
    return tuple(line.split()[0] for line in lines if line.strip())


def tree_bytes(root: Path) -> int:
    """Bytes that the files under `root` take; what vanishes meanwhile is not counted."""
    total = 0
    for folder, _names, files in os.walk(root):
        for name in files:
            with contextlib.suppress(FileNotFoundError):
                total += os.lstat(os.path.join(folder, name)).st_blocks * 512  # noqa: PTH118 - called twice a second
    return total


def remove_tree(path: Path) -> None:
    """Remove `path` and all in it, also what was made unreadable; raises ScratchError when something remains."""
    for attempt in range(5):
        for folder, names, _files in os.walk(path):
            for name in names:
                inner = Path(folder, name)
                if not inner.is_symlink():
                    inner.chmod(0o700)
        shutil.rmtree(path, ignore_errors=True)
        if not path.exists():
            return
        time.sleep(0.05 * (attempt + 1))  # a process that was just killed may still be closing
    raise ScratchError("Een werkmap kon niet worden geleegd. (A scratch directory could not be removed.)")


def _try_lock(path: Path) -> int | None:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle
