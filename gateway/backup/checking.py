"""Trying a backup out: everything in it is opened, counted and held against everything else; nothing is changed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from gateway import log_check
from gateway.backup import database, parts, places, rows
from gateway.backup.parts import CHUNK, BackupError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from crypto.keyring import Keyring
    from gateway.backup.parts import Manifest
    from gateway.db import Database
    from gateway.services import Services

EVERY = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a trial showed. `put_back`: the database came back in a trial; else its archive was read to the end.

    `destroyed` and `unknown` count the dossiers and accounts in it that this keyring does not open: their key was
    destroyed since, or made after the keyring that is here. `leaves` is the size of the log in it.
    """

    manifest: Manifest
    put_back: bool
    destroyed: int
    unknown: int
    leaves: int

    @property
    def subjects(self) -> int:
        """How many dossiers and accounts are in it."""
        return sum(self.manifest.periods.values())


def check(services: Services, directory: Path, work: Path, *, tell: Callable[[str], None]) -> Checked:
    """Open all of a backup: every part and object by its checksum, the database by putting it back in a trial.

    `work` is a private directory that this may fill.

    Raises:
        BackupError: something is missing, changed, cut off, of another backup, or does not fit the rest.
    """
    keyring = services.vault.keyring
    manifest = parts.read_manifest(directory, keyring)
    if manifest.kind != database.kind_of(services.db):
        raise BackupError(
            f"This is a backup of {manifest.kind}; the database of this installation is "
            f"{database.kind_of(services.db)}. Set DOSSIERPOORT_DATABASE_URL to one of its own kind."
        )
    database.require_known(manifest.revision)
    pieces = parts.open_part(directory, keyring, manifest.id, parts.DATABASE, manifest.database)
    leaves = 0
    with database.tried(services.db, pieces, work, tell) as trial:
        if trial is not None:
            leaves = _rows_fit(services, directory, manifest, trial)
        put_back = trial is not None
    _objects_fit(directory, keyring, manifest, tell)
    destroyed, unknown = rows.closed(keyring, manifest.periods)
    return Checked(manifest=manifest, put_back=put_back, destroyed=destroyed, unknown=unknown, leaves=leaves)


def listed(directory: Path, keyring: Keyring, manifest: Manifest) -> Iterator[dict[str, Any]]:
    """The list of objects: each with size and SHA-256, or with why it was gone."""
    return parts.lines(parts.open_part(directory, keyring, manifest.id, parts.LISTED, manifest.listed))


def digest_of(path: Path) -> tuple[int, str]:
    """Size and SHA-256 of a file.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return digest_of_pieces(iter(lambda: file.read(CHUNK), b""))


def digest_of_pieces(pieces: Iterable[bytes]) -> tuple[int, str]:
    """Size and SHA-256 of all of them together."""
    found, size = hashlib.sha256(), 0
    for piece in pieces:
        found.update(piece)
        size += len(piece)
    return size, found.hexdigest()


def _rows_fit(services: Services, directory: Path, manifest: Manifest, trial: Database) -> int:
    """The database that came back is the one of the manifest, wants the objects of the list, and its log holds."""
    with trial.reading() as session:
        connection = session.connection()
        if database.revision_of(connection) != manifest.revision or rows.counts(connection) != manifest.rows:
            raise BackupError("The database came back with other rows than it had. Take another backup.")
        if rows.count(connection) != manifest.objects + manifest.gone:
            raise BackupError("The list of objects does not fit the rows of the database. Take another backup.")
        lines = listed(directory, services.vault.keyring, manifest)
        while part := {each["object"]: each.get("sha256") for each in islice(lines, rows.AT_ONCE)}:
            known = rows.known(connection, part.keys())
            wrong = [key for key, digest in part.items() if not _is_right(known, key, digest)]
            if wrong:
                raise BackupError(f"Object {wrong[0]} does not fit the rows of the database. Take another backup.")
    report = log_check.check(replace(services, db=trial), by_itself=True).report
    if report.findings:
        raise BackupError(
            f"The log in the database is not whole ({report.findings[0].code}). `dossierpoort audit verify` says more."
        )
    return report.size


def _is_right(known: dict[str, bytes | None], key: str, digest: str | None) -> bool:
    kept = known.get(key)
    return key in known and (digest is None or kept is None or kept.hex() == digest)


def _objects_fit(directory: Path, keyring: Keyring, manifest: Manifest, tell: Callable[[str], None]) -> None:
    step = places.telling(tell, "objects looked at", manifest.objects, EVERY)
    objects = size = gone = 0
    for each in listed(directory, keyring, manifest):
        if "gone" in each:
            gone += 1
            continue
        try:
            found = digest_of(parts.object_path(directory, each["object"]))
        except OSError as error:
            raise BackupError(f"Object {each['object']} is not in the backup. Take another backup.") from error
        if found != (each["size"], each["sha256"]):
            raise BackupError(f"Object {each['object']} was changed since the backup was made. Take another backup.")
        objects, size = objects + 1, size + each["size"]
        step()
    if (objects, size, gone) != (manifest.objects, manifest.objects_size, manifest.gone):
        raise BackupError("The list of objects does not fit the manifest. Take another backup.")
