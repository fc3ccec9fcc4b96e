"""Checkpoints in a separate place, where whoever rewrites the database cannot rewrite them along. Source: issue 5."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from audit import checkpoint, copies
from audit.errors import NoteError
from audit.note import open_checkpoint
from gateway.errors import GatewayError
from gateway.jobs import queue
from gateway.logbook import LOG_ID, former_keys, own_keys
from gateway.storage import LockedBucket, S3Storage, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from audit.checkpoint import StoredCheckpoint
    from audit.note import Checkpoint, VerifierKey
    from gateway.config import Settings
    from gateway.services import Services

COPIES = "copies"
"""The heartbeat of the separate place: when it last held every checkpoint."""
NEWEST = 20
AT_ONCE = 500
_HIGHEST = 10**18 - 1


class ContradictedError(GatewayError):
    """The separate place holds a checkpoint that this log signed and that the database contradicts: never sign on."""


class Place(Protocol):
    """Somewhere else. Every method may raise OSError or StorageError."""

    @property
    def name(self) -> str:
        """The place in words for an administrator."""

    def newest(self, count: int) -> Iterator[str]:
        """The notes of the newest copies, the largest first; other things that lie there may be among them."""

    def write(self, stored: StoredCheckpoint, *, keep_until: datetime) -> None:
        """Keep a copy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryPlace:
    """A directory on another mount."""

    path: Path
    within: Path

    @property
    def name(self) -> str:
        """The place in words for an administrator."""
        return f"directory {self.path}"

    def newest(self, count: int) -> Iterator[str]:
        """The notes of the newest copies, the largest first."""
        if self.path != self.within and self.within.is_dir() and not self.path.exists():
            return  # nothing was copied yet of a log that follows another
        yield from copies.read_copies(self.path, newest=count)

    def write(self, stored: StoredCheckpoint, *, keep_until: datetime) -> None:  # noqa: ARG002 - only a bucket locks
        """Keep a copy."""
        if self.path != self.within and self.within.is_dir():
            self.path.mkdir(exist_ok=True, mode=0o700)
        copies.write_copy(self.path, stored)


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketPlace:
    """A bucket of its own with Object Lock."""

    bucket: LockedBucket
    title: str
    log: str

    @property
    def name(self) -> str:
        """The place in words for an administrator."""
        return f"bucket {self.title}"

    def newest(self, count: int) -> Iterator[str]:
        """The notes of the newest copies, the largest first: a list by name begins with them."""
        for content in self.bucket.first(f"{self.log}/", count):
            yield content.decode("utf-8", "replace")

    def write(self, stored: StoredCheckpoint, *, keep_until: datetime) -> None:
        """Keep a copy under Object Lock."""
        name = f"{self.log}/{_HIGHEST - stored.size:018d}-{stored.size}.checkpoint"
        self.bucket.put(name, stored.note.encode(), keep_until=keep_until)


def places(settings: Settings, log: str, *, first: bool = True) -> list[Place]:
    """The separate places that the settings name; `log` is the log's origin, so that two logs can share a bucket.

    In a directory the copies of the installation's first log lie on top; each log that follows has a directory in it.
    """
    found: list[Place] = []
    if settings.checkpoint_dir:
        path = Path(settings.checkpoint_dir)
        found.append(DirectoryPlace(path=path if first else path / log.replace("/", "-"), within=path))
    if settings.checkpoint_s3_bucket:
        bucket = LockedBucket(open_bucket(settings))
        found.append(BucketPlace(bucket=bucket, title=settings.checkpoint_s3_bucket, log=log))
    return found


def open_bucket(settings: Settings) -> S3Storage:
    """The connection to the bucket of checkpoints."""
    return S3Storage(
        bucket=settings.checkpoint_s3_bucket,
        endpoint_url=settings.checkpoint_s3_endpoint or None,
        region=settings.checkpoint_s3_region,
        access_key=settings.checkpoint_s3_access_key,
        secret_key=settings.checkpoint_s3_secret_key,
        ca_bundle=Path(settings.checkpoint_s3_ca_bundle) if settings.checkpoint_s3_ca_bundle else None,
    )


def refuse_contradiction(services: Services) -> None:
    """Return when no separate place holds more than this database, or something else; then it may be signed.

    A place that cannot be read now is passed over: the log goes on.

    Raises:
        ContradictedError: the database was set back, or another history was put in its place.
    """
    key = own_keys(services.vault.keyring)[0]
    for place in _of(services, key.name):
        with contextlib.suppress(OSError, StorageError):
            _held_by(services, place, key)


def agree(services: Services) -> None:
    """The same, for who wants to know whether every place can be read.

    Raises:
        ContradictedError, OSError, StorageError.
    """
    key = own_keys(services.vault.keyring)[0]
    for place in _of(services, key.name):
        _held_by(services, place, key)


def copy(services: Services, now: datetime, *, keep_until: datetime) -> int:
    """Bring every separate place up to the newest checkpoint; returns how many copies were made.

    Raises:
        OSError, StorageError: a place does not answer; what is missing there comes with the next call.
        ContradictedError: see `refuse_contradiction`.
    """
    key = own_keys(services.vault.keyring)[0]
    made = 0
    found = _of(services, key.name)
    for place in found:
        held = _held_by(services, place, key)
        while batch := _after(services, held):
            for stored in batch:
                place.write(stored, keep_until=keep_until)
                held, made = stored.size, made + 1
    if found:
        with services.db.writing() as session:
            queue.beat(session, COPIES, now)
    return made


def _of(services: Services, origin: str) -> list[Place]:
    first = next(iter(former_keys(services.vault.keyring)), origin)
    return places(services.settings, origin, first=origin == first)


def trusted(services: Services, *, newest: int = NEWEST, key: VerifierKey | None = None) -> dict[str, str]:
    """The newest copies of this log's checkpoints, by a name that says where they lie: for `verify_log(copies=…)`.

    Of the log of another `key` when that is given: one that this one goes on from.

    Raises:
        OSError, StorageError: a place does not answer.
    """
    key = key or own_keys(services.vault.keyring)[0]
    found: dict[str, str] = {}
    for place in _of(services, key.name):
        for number, note in enumerate(place.newest(newest)):
            opened = _opened(note, key)
            if opened is not None:
                found.setdefault(f"copy of checkpoint {opened.size} in the {place.name}", note)
                continue
            found[f"copy number {number + 1} in the {place.name}"] = note
    return found


def _held_by(services: Services, place: Place, key: VerifierKey) -> int:
    """How far the copies in a place go, each of the newest held against the stored tree."""
    newest = 0
    for note in place.newest(1):
        opened = _opened(note, key)
        if opened is None:
            continue  # not of this log, or not right: `audit verify` names it
        newest = max(newest, opened.size)
        with services.db.reading() as session:
            stored = checkpoint.at_size(session.connection(), LOG_ID, opened.size)
        if stored is None or _opened(stored.note, key) != opened:
            raise ContradictedError(
                f"The {place.name} holds checkpoint {opened.size} of this log, and the database does not. Nothing is "
                "signed before somebody has looked: run `dossierpoort audit verify`."
            )
    return newest


def _after(services: Services, size: int) -> list[StoredCheckpoint]:
    with services.db.reading() as session:
        return checkpoint.after(session.connection(), LOG_ID, size, limit=AT_ONCE)


def _opened(note: str, key: VerifierKey) -> Checkpoint | None:
    try:
        return open_checkpoint(note, key=key)[0]
    except NoteError:
        return None
