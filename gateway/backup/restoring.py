"""Putting a backup back: all of it looked at before anything changes, the portal shut before the first byte.

Killed anywhere it is done again with the same command, and ends whole. Source: issue 10 (Backup and restore).
"""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, inspect, table

from gateway.backup import checking, database, parts, places, rows
from gateway.backup.parts import BackupError
from gateway.destruction import replaying
from gateway.storage import ObjectMissing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gateway.backup.checking import Checked
    from gateway.config import Settings
    from gateway.services import Services

SESSIONS = ("signed_in", "single_use_link")
"""What let somebody in at the moment of the backup and was used or ended since: it must not let them in again."""


def look(services: Services, directory: Path, *, tell: Callable[[str], None]) -> Checked:
    """Try a backup out and change nothing.

    Raises:
        BackupError: it is not whole.
    """
    with places.alone(services.settings), places.work(services.settings) as work:
        return checking.check(services, directory, work, tell=tell)


def restore(
    services: Services,
    directory: Path,
    *,
    over: bool,
    agreed: Callable[[Checked, bool], bool],
    tell: Callable[[str], None],
) -> Checked:
    """Put database and objects back; `agreed` is asked when all was looked at, with whether data will be replaced.

    Raises:
        BackupError: it is not whole, the target holds data, somebody is connected, or nobody agreed.
        gateway.storage.StorageError: storage is away.
    """
    settings = services.settings
    with places.alone(settings):
        going_on = _begun(settings) == str(parts.read_header(directory).id)
        holds = not going_on and holds_data(services)
        if holds and not over:
            raise BackupError(
                "This installation holds data; a restore would replace it. Nothing was changed. Restore into an empty "
                "one, or say --over."
            )
        with places.work(settings) as work:
            checked = checking.check(services, directory, work, tell=tell)
        database.refuse_in_use(services.db)
        if not agreed(checked, holds):
            raise BackupError("Nothing was changed.")
        replaying.mark(settings, services.clock().isoformat())  # the portal is shut from here until the replay
        _begin(settings, checked.manifest.id)
        _objects_back(services, directory, checked, tell)
        tell("database: putting it back")
        pieces = parts.open_part(
            directory, services.vault.keyring, checked.manifest.id, parts.DATABASE, checked.manifest.database
        )
        database.put_back(services.db, pieces)
        _end_sessions(services)
        _all_there(services, directory, checked)
        replaying.restoring(settings).unlink()
    return checked


def holds_data(services: Services) -> bool:
    """Whether database or storage hold anything of anyone."""
    if database.holds_data(services.db):
        return True
    later = services.clock() + timedelta(days=366)
    return next(services.storage.keys(later), None) is not None


def _objects_back(services: Services, directory: Path, checked: Checked, tell: Callable[[str], None]) -> None:
    step = places.telling(tell, "objects put back", checked.manifest.objects, checking.EVERY)
    for each in checking.listed(directory, services.vault.keyring, checked.manifest):
        if "gone" not in each:
            _one_back(services, directory, each)
            step()


def _one_back(services: Services, directory: Path, each: dict[str, Any]) -> None:
    storage, key = services.storage, each["object"]
    try:
        if storage.size(key) == each["size"] and _same(services, key, each["sha256"]):
            return  # it is there: of before, or of a restore that was broken off
        storage.delete(key)
    except ObjectMissing:
        pass
    found = hashlib.sha256()
    with parts.told(directory), storage.writer(key) as writer, parts.object_path(directory, key).open("rb") as file:
        while piece := file.read(parts.CHUNK):
            found.update(piece)
            writer.write(piece)
        if found.hexdigest() != each["sha256"]:
            raise BackupError(f"Object {key} was changed while the backup was being put back. Look at that disk.")
        writer.commit()


def _same(services: Services, key: str, digest: str) -> bool:
    return checking.digest_of_pieces(services.storage.read(key))[1] == digest


def _all_there(services: Services, directory: Path, checked: Checked) -> None:
    """The database that is in its place now wants what is in storage now."""
    with services.db.reading() as session:
        if rows.count(session.connection()) != checked.manifest.objects + checked.manifest.gone:
            raise BackupError("The database is not what was put back: is somebody at work in it? Run this again.")
    for each in checking.listed(directory, services.vault.keyring, checked.manifest):
        if "gone" not in each and services.storage.size(each["object"]) != each["size"]:
            raise BackupError(f"Object {each['object']} is not what was put back. Run this again.")


def _end_sessions(services: Services) -> None:
    with services.db.writing() as session:
        there = set(inspect(session.connection()).get_table_names())
        for name in SESSIONS:
            if name in there:
                session.execute(delete(table(name)))


def _begun(settings: Settings) -> str:
    try:
        return str(json.loads(replaying.restoring(settings).read_text(encoding="utf-8"))["backup"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _begin(settings: Settings, backup_id: str) -> None:
    places.write_durably(replaying.restoring(settings), json.dumps({"backup": backup_id}) + "\n")
