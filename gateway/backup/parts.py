"""What a backup consists of and how each part is sealed: docs/FORMAT-backup.md. No database, no storage.

Source: issue 10 (Backup and restore).
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from crypto.context import SealContext
from crypto.errors import CryptoError, DecryptError
from crypto.stream import SealingSink, open_bytes, open_stream
from gateway.errors import GatewayError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from crypto.keyring import Keyring

FORMAT = "dossierpoort/backup/v1"
PURPOSE = "backup"
HEADER, MANIFEST = "backup.json", "manifest.sealed"
DATABASE, LISTED, OBJECTS = "database", "objects-list", "objects"
CHUNK = 1 << 20
_LARGEST_MANIFEST = 64 << 20
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class BackupError(GatewayError):
    """A backup could not be made, is not whole, or may not be put back: the sentence says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One sealed part: `size` of what is in it, size and SHA-256 (hexadecimal) of the file as it lies there."""

    size: int
    sealed_size: int
    sealed_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What stands in clear: enough to name the backup and to find its keys, nothing about anyone."""

    id: str
    installation: str
    made_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup holds. Instants are ISO 8601 in UTC; `began_at` is the moment that the database shows.

    `rows` counts the rows of each table, `periods` the keys of dossiers and accounts by the period key that opens
    them, `gone` the objects that were erased while the backup was made, `objects_size` the bytes of the objects.
    """

    id: str
    installation: str
    software: str
    kind: str
    revision: str
    began_at: str
    made_at: str
    database: Part
    listed: Part
    objects: int
    objects_size: int
    gone: int
    rows: dict[str, int] = field(default_factory=dict)
    periods: dict[str, int] = field(default_factory=dict)


def installation_of(keyring: Keyring) -> str:
    """A name for this installation that tells nothing about it: 16 hexadecimal digits."""
    return keyring.installation_token(PURPOSE, b"installation").hex()[:16]


def context_of(backup_id: str, part: str) -> SealContext:
    """Where a part may be opened: in this backup, as this part."""
    return SealContext(purpose=PURPOSE, document=part, version=backup_id)


def seal_part(directory: Path, keyring: Keyring, backup_id: str, part: str, content: Iterable[bytes]) -> Part:
    """Seal a part into the directory, on the disk before this returns.

    Raises:
        BackupError: there is no room.
    """
    with told(directory), create(directory / f"{part}.sealed") as descriptor:

        def write(piece: memoryview) -> None:
            done = 0
            while done < len(piece):
                done += os.write(descriptor, piece[done:])

        sink = SealingSink(keyring.installation_key(PURPOSE), context_of(backup_id, part), write)
        for piece in content:
            sink.update(piece)
        sealed = sink.finish()
        os.fsync(descriptor)
    return Part(size=sealed.plain_size, sealed_size=sealed.sealed_size, sealed_sha256=sealed.sealed_sha256.hex())


def open_part(directory: Path, keyring: Keyring, backup_id: str, part: str, expected: Part) -> Iterator[bytes]:
    """What is in a part, piece by piece; it is whole when the last piece came.

    Raises:
        BackupError: it is not there, was changed, cut off, or belongs to another backup.
    """
    digest, size, given = hashlib.sha256(), 0, 0

    def read() -> Iterator[bytes]:
        nonlocal size
        with (directory / f"{part}.sealed").open("rb") as file:
            while piece := file.read(CHUNK):
                digest.update(piece)
                size += len(piece)
                yield piece

    try:
        for piece in open_stream(keyring.installation_key(PURPOSE), context_of(backup_id, part), read()):
            given += len(piece)
            yield piece
    except (DecryptError, OSError) as error:
        raise BackupError(_not_whole(directory, f"{part}.sealed")) from error
    if (size, digest.hexdigest(), given) != (expected.sealed_size, expected.sealed_sha256, expected.size):
        raise BackupError(_not_whole(directory, f"{part}.sealed"))


def write_manifest(directory: Path, keyring: Keyring, manifest: Manifest) -> None:
    """The last part, and the header: with these a backup is whole."""
    seal_part(directory, keyring, manifest.id, "manifest", [_json(asdict(manifest))])
    header = Header(id=manifest.id, installation=manifest.installation, made_at=manifest.made_at)
    with told(directory), create(directory / HEADER) as descriptor:
        os.write(descriptor, _json({"format": FORMAT, **asdict(header)}) + b"\n")
        os.fsync(descriptor)


def read_header(directory: Path) -> Header:
    """What a directory says of itself.

    Raises:
        BackupError: it is no backup of a form that this version knows.
    """
    try:
        found: dict[str, Any] = json.loads((directory / HEADER).read_bytes())
        if found.pop("format") != FORMAT:
            raise BackupError(f"{directory} is a backup of a form that this version does not know.")
        return Header(**{name: str(value) for name, value in found.items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupError(f"{directory} is not a whole backup: {HEADER} is not there or not right.") from error


def read_manifest(directory: Path, keyring: Keyring) -> Manifest:
    """What a backup holds, opened with the key of this installation.

    Raises:
        BackupError: it is of another installation, was changed, or is not whole.
    """
    header = read_header(directory)
    if header.installation != installation_of(keyring):
        raise BackupError(
            f"{directory} was made by another installation: this keyring does not open it. Put the keyring back first, "
            "with `dossierpoort restore --keyring`."
        )
    try:
        if (directory / MANIFEST).stat().st_size > _LARGEST_MANIFEST:
            raise BackupError(_not_whole(directory, MANIFEST))
        sealed = (directory / MANIFEST).read_bytes()
        key = keyring.installation_key(PURPOSE)
        found = json.loads(open_bytes(key, context_of(header.id, "manifest"), sealed))
        manifest = Manifest(**{**found, "database": Part(**found["database"]), "listed": Part(**found["listed"])})
    except (OSError, CryptoError, ValueError, TypeError, KeyError) as error:
        raise BackupError(_not_whole(directory, MANIFEST)) from error
    if any(getattr(manifest, each.name) != getattr(header, each.name) for each in fields(Header)):
        raise BackupError(_not_whole(directory, HEADER))
    return manifest


def lines(pieces: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """JSON lines out of pieces of any size."""
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        yield from (json.loads(line) for line in whole)


def line(values: dict[str, Any]) -> bytes:
    """One JSON line."""
    return _json(values) + b"\n"


def object_path(directory: Path, key: str) -> Path:
    """Where a sealed object lies in a backup: as in local storage, so that the rescue program finds it."""
    return directory / OBJECTS / key[:2] / key[2:4] / key


@contextmanager
def create(path: Path) -> Iterator[int]:
    """A new private file that only this process writes."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def told(where: Path) -> Iterator[None]:
    """Turn what the operating system says into a sentence."""
    try:
        yield
    except OSError as error:
        where = where.parent if where.name.startswith(".") else where  # nobody knows the draft's name
        if error.errno in _NO_ROOM:
            raise BackupError(f"There is no room left at {where}. Make room, or take another disk.") from error
        raise BackupError(f"{where} cannot be used: {error.strerror}.") from error


def _json(values: dict[str, Any]) -> bytes:
    return json.dumps(values, sort_keys=True, separators=(",", ":")).encode("ascii")


def _not_whole(directory: Path, part: str) -> str:
    return f"{directory / part} is not there, not whole, or was changed since the backup was made. Take another backup."
