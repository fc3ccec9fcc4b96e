"""Copies of checkpoints in a directory elsewhere: what a rewritten database cannot change along."""

import contextlib
import heapq
import os
import re
from pathlib import Path
from typing import Final

from audit.checkpoint import StoredCheckpoint
from audit.errors import SequenceError

_NAME: Final = re.compile(r"[0-9]{18}\.checkpoint\Z")


def write_copy(directory: Path, stored: StoredCheckpoint) -> Path:
    """Write the checkpoint to its own file, whole or not at all, and return its path.

    The directory must be there (another mount that is away must not turn into a new directory on this one); the
    system's error passes. A copy that says something else about the same size raises ``SequenceError``: the log has
    forked. Source: issue 5 (checkpoints kept in a separate place).
    """
    path = directory / f"{stored.size:018d}.checkpoint"
    with contextlib.suppress(FileNotFoundError):
        if _statement(path.read_text(encoding="utf-8")) != _statement(stored.note):
            raise SequenceError(f"the copy of checkpoint {stored.size} says something else: the log has forked")
        return path
    draft = directory / f".{path.name}.{os.getpid()}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(stored.note.encode())
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    _sync_directory(directory)
    return path


def read_copies(directory: Path, *, newest: int = 100) -> tuple[str, ...]:
    """The newest copies, largest first, for ``verify_log(trusted=...)``; other files are left alone."""
    paths = heapq.nlargest(newest, (path for path in directory.iterdir() if _NAME.match(path.name)))
    return tuple(path.read_text(encoding="utf-8", errors="replace") for path in paths)


def _statement(note: str) -> str:
    """What the note says, without the signatures: a cosignature's time may differ."""
    return note.rpartition("\n\n")[0]


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
