"""Making a backup: the database at one moment, every object that it wants, a manifest; tried out before it counts.

The keyring and the destruction journal are never in it. Source: issue 10 (Backup and restore).
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway import __version__
from gateway.backup import checking, database, parts, places, rows
from gateway.backup.parts import BackupError, Manifest
from gateway.context import Context
from gateway.destruction import journal, replaying
from gateway.ids import new_id
from gateway.recording import Action, record
from gateway.storage import ObjectMissing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from gateway.backup.checking import Checked
    from gateway.backup.database import Copy
    from gateway.services import Services

EVERY = 500


def make(services: Services, place: Path, *, tell: Callable[[str], None]) -> tuple[Path, Checked]:
    """Make a backup in a directory of its own under `place`; returns it, and what its trial showed.

    It is there whole, tried out, or not at all. `tell` takes a line of progress.

    Raises:
        BackupError: it could not be made, or did not come back in its trial.
        gateway.storage.StorageError: storage itself is away.
    """
    settings, keyring = services.settings, services.vault.keyring
    places.refuse_as_backup_place(settings, place)
    with places.alone(settings):
        refusal = replaying.reason_not_to_open(services)
        if refusal:
            raise BackupError(refusal)
        journal.begin(services)
        began, backup_id = services.clock().astimezone(UTC), new_id()
        installation = parts.installation_of(keyring)
        name = f"{places.PREFIX}{began:%Y%m%dT%H%M%S}Z"
        if (place / name).exists():
            raise BackupError(f"{place / name} is there already. Wait a second.")
        with places.unfinished(place, installation, name) as draft, places.work(settings) as work:
            (draft / parts.OBJECTS).mkdir(mode=0o700)
            _record(services, backup_id)
            _fill(services, draft, work, backup_id, began, tell)
            tell("trial: putting it back apart from everything")
            checked = checking.check(services, draft, work, tell=tell)
        places.remember(settings, "database", place)
    return place / name, checked


def _record(services: Services, backup_id: str) -> None:
    """It stands in the log before anything leaves, so in the backup itself too."""
    context = Context(actor=None, now=services.clock(), request_id=new_id())
    with services.db.writing() as session:
        record(session, services.vault, context, Action.EXPORT, object_type="backup", object_id=backup_id)


def _fill(
    services: Services, draft: Path, work: Path, backup_id: str, began: datetime, tell: Callable[[str], None]
) -> None:
    keyring = services.vault.keyring
    tell("database: copying")
    with database.copied(services.db, work) as copy:
        content = parts.seal_part(draft, keyring, backup_id, parts.DATABASE, copy.content())
        wanted = _note(copy, work)
        revision = database.revision_of(copy.connection)
        counts, periods = rows.counts(copy.connection), rows.periods(copy.connection)
    if not revision:
        raise BackupError("The database is empty: there is nothing to make a backup of. Run `dossierpoort migrate`.")
    _clear(work, wanted)
    taken = _Taken(services, draft, tell, rows_wanted=_lines_in(wanted))
    listed = parts.seal_part(draft, keyring, backup_id, parts.LISTED, taken.copied(wanted))
    manifest = Manifest(
        id=backup_id,
        installation=parts.installation_of(keyring),
        software=f"dossierpoort {__version__}",
        kind=database.kind_of(services.db),
        revision=revision,
        began_at=began.isoformat(),
        made_at=services.clock().astimezone(UTC).isoformat(),
        database=content,
        listed=listed,
        objects=taken.objects,
        objects_size=taken.size,
        gone=taken.gone,
        rows=counts,
        periods=periods,
    )
    parts.write_manifest(draft, keyring, manifest)


def _note(copy: Copy, work: Path) -> Path:
    """What the rows want, in a file: so that the copy need not stay open while the objects are copied."""
    target = work / "wanted"
    with parts.told(work), target.open("wb") as file:
        for key, size, digest, dossier in rows.objects(copy.connection):
            values = {"key": key, "size": size, "digest": digest.hex() if digest else None, "dossier": dossier}
            file.write(parts.line(values))
    return target


def _lines_in(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)


def _clear(work: Path, kept: Path) -> None:
    for path in work.iterdir():
        if path != kept:
            path.unlink()


class _Taken:
    """Copies objects as they lie in storage, and counts them. They are sealed already; sealing twice adds nothing."""

    def __init__(self, services: Services, draft: Path, tell: Callable[[str], None], *, rows_wanted: int) -> None:
        self._services = services
        self._draft = draft
        self._step = places.telling(tell, "objects", rows_wanted, EVERY)
        self._destroyed: set[str] | None = None
        self.objects = self.size = self.gone = 0

    def copied(self, wanted: Path) -> Iterator[bytes]:
        """Each object copied into the backup, as a line of its list."""
        with wanted.open("rb") as file:
            for each in file:
                row = json.loads(each)
                yield parts.line(self._one(row["key"], row["size"], row["digest"], row["dossier"]))
                self._step()

    def _one(self, key: str, size: int | None, digest: str | None, dossier: str | None) -> dict[str, object]:
        target = parts.object_path(self._draft, key)
        found = hashlib.sha256()
        taken = 0
        with parts.told(self._draft):
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with parts.told(self._draft), target.open("xb") as file:
                for piece in self._services.storage.read(key):
                    file.write(piece)
                    found.update(piece)
                    taken += len(piece)
        except ObjectMissing:
            target.unlink()
            return self._missing(key, dossier)
        if (size is not None and taken != size) or (digest is not None and found.hexdigest() != digest):
            raise BackupError(
                f"Object {key} in storage is not what was sealed. `dossierpoort storage check` names all of them; "
                "nothing was kept of this backup, the ones before it stay."
            )
        self.objects += 1
        self.size += taken
        return {"object": key, "size": taken, "sha256": found.hexdigest()}

    def _missing(self, key: str, dossier: str | None) -> dict[str, object]:
        """It was there when the rows were copied: it may be erased since, and nothing else."""
        if self._destroyed is None:
            self._destroyed = {each.dossier for each in journal.entries(self._services)}
        with self._services.db.reading() as session:
            why = rows.why_gone(session.connection(), key, self._destroyed, dossier)
        if not why:
            raise BackupError(
                f"Object {key} is not in storage, and nothing says that it was erased. `dossierpoort storage check` "
                "names all of them; nothing was kept of this backup, the ones before it stay."
            )
        self.gone += 1
        return {"object": key, "gone": why}
