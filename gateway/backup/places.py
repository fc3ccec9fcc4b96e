"""Where backups lie: one directory each, whole or not there; which places are known; one at a time."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.backup.parts import BackupError, create, read_header, read_manifest, told
from gateway.context import AMSTERDAM
from gateway.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from crypto.keyring import Keyring
    from gateway.backup.parts import Manifest
    from gateway.config import Settings

PREFIX, UNFINISHED = "backup-", ".unfinished-"
KEYRING_FILE = "keyring"
KNOWN = "backup-places.json"
WORK = "backup-work"
OLD = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One backup in a directory: `trouble` says why its manifest does not open, else empty."""

    path: Path
    made_at: str
    manifest: Manifest | None
    trouble: str = ""


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Nothing else makes or puts back a backup of this installation meanwhile.

    Raises:
        BackupError: something does.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with told(settings.data_dir):
        descriptor = os.open(settings.data_dir / "backup.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise BackupError("Another backup or restore of this installation is running. Wait for it.") from error
        yield
    finally:
        os.close(descriptor)


@contextmanager
def work(settings: Settings) -> Iterator[Path]:
    """A private directory for copies, emptied before and after: beside the database, so as well guarded as that."""
    place = settings.data_dir / WORK
    shutil.rmtree(place, ignore_errors=True)
    with told(place):
        place.mkdir(parents=True, mode=0o700)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


@contextmanager
def unfinished(place: Path, installation: str, name: str) -> Iterator[Path]:
    """A directory that becomes `name` when the block ends well, and goes when it does not."""
    with told(place):
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        for left in place.glob(f"{UNFINISHED}{installation}-*"):  # of a run that was killed: we are alone now
            shutil.rmtree(left, ignore_errors=True)
        draft = place / f"{UNFINISHED}{installation}-{new_id()}"
        draft.mkdir(mode=0o700)
    try:
        yield draft
        with told(place):
            os.sync()  # every object that was copied, at once
            draft.rename(place / name)
            _sync(place)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def listed(place: Path, keyring: Keyring) -> list[Listed]:
    """Every finished backup in this directory, the oldest first."""
    found = []
    for path in sorted(place.glob(f"{PREFIX}*")):
        try:
            made_at = read_header(path).made_at
        except BackupError as error:
            found.append(Listed(path=path, made_at="", manifest=None, trouble=str(error)))
            continue
        try:
            found.append(Listed(path=path, made_at=made_at, manifest=read_manifest(path, keyring)))
        except BackupError as error:
            found.append(Listed(path=path, made_at=made_at, manifest=None, trouble=str(error)))
    return found


def expires_on(manifest: Manifest, days: int) -> date:
    """The last day on which this backup may exist."""
    return datetime.fromisoformat(manifest.began_at).astimezone(AMSTERDAM).date() + timedelta(days=days)


def prune(place: Path, keyring: Keyring, *, days: int, today: date) -> list[Path]:
    """Remove this installation's backups that are past their last day; the newest always stays.

    What does not open is left alone: nobody knows whose it is.
    """
    own = [each for each in listed(place, keyring) if each.manifest is not None]
    gone = []
    for each in own[:-1]:
        if each.manifest is not None and expires_on(each.manifest, days) < today:
            hidden = each.path.with_name(f"{UNFINISHED}{each.manifest.installation}-{new_id()}")
            with told(place):
                each.path.rename(hidden)  # from now on it is not whole, also when removing is broken off
                shutil.rmtree(hidden)
            gone.append(each.path)
    return gone


def refuse_as_backup_place(settings: Settings, place: Path) -> None:
    """A backup of the database goes nowhere near a key, nor into what it is a backup of.

    Raises:
        BackupError: it would.
    """
    keyrings = [settings.keyring.parent, *(Path(each) for each in known(settings)["keyring"])]
    for near in keyrings:
        if _overlap(place, near):
            raise BackupError(
                f"{place} is where the keyring or a copy of it lies ({near}). Who finds both can read everything: keep "
                "them apart."
            )
    if (place / KEYRING_FILE).exists() or (place.parent / KEYRING_FILE).exists():
        raise BackupError(f"A keyring lies at {place}. Who finds both can read everything: keep them apart.")
    if _within(place, settings.data_dir) or (settings.storage == "local" and _within(place, settings.object_dir)):
        raise BackupError(f"{place} is inside the data that it would be a backup of. Take another disk.")


def refuse_as_keyring_place(settings: Settings, place: Path, *, same_disk: bool) -> None:
    """A copy of the keyring goes nowhere near the database, its objects or their backups.

    Raises:
        BackupError: it would, or it would lie on their disk and nobody said that this is meant.
    """
    if _overlap(place, settings.keyring.parent):
        raise BackupError(f"{place} is where the keyring itself lies. A copy belongs elsewhere.")
    backups = [Path(each) for each in known(settings)["database"]]
    others = [settings.data_dir, *backups, *(Path(each) for each in [settings.checkpoint_dir] if each)]
    for near in others:
        if _overlap(place, near):
            raise BackupError(f"{place} is in or around {near}. Who finds both can read everything: keep them apart.")
    if any(place.glob(f"{PREFIX}*/backup.json")) or any(place.parent.glob(f"{PREFIX}*/backup.json")):
        raise BackupError(f"Backups of a database lie at {place}. Who finds both can read everything: keep them apart.")
    if not same_disk and any(_device(place) == _device(near) for near in backups if near.exists()):
        raise BackupError(
            f"{place} is on the same disk as the backups of the database. Take another disk, or say --same-disk when "
            "you bring it elsewhere at once."
        )


def known(settings: Settings) -> dict[str, list[str]]:
    """The directories that were used for backups of the database, and for copies of the keyring."""
    empty: dict[str, list[str]] = {"database": [], "keyring": []}
    try:
        return {**empty, **json.loads((settings.data_dir / KNOWN).read_text(encoding="utf-8"))}
    except (OSError, ValueError):
        return empty


def standing(settings: Settings, now: datetime) -> tuple[str, str]:
    """How old the newest backup is, for the doctor: `good` or `warn`, and a sentence."""
    places = [Path(each) for each in known(settings)["database"]]
    if not places:
        return "warn", "none was made by `dossierpoort backup`: what is lost stays lost"
    made: list[str] = []
    for path in (path for place in places for path in place.glob(f"{PREFIX}*")):
        with contextlib.suppress(BackupError):
            made.append(read_header(path).made_at)
    if not made:
        return "warn", "none is to be found where they were made: mount that disk, or run `dossierpoort backup`"
    newest = datetime.fromisoformat(max(made))
    said = f"the newest is of {newest:%Y-%m-%d %H:%M} UTC"
    if now - newest > OLD:
        return "warn", f"{said}: run `dossierpoort backup`; older ones open nothing of keys that were renewed since"
    return "good", said


def remember(settings: Settings, kind: str, place: Path) -> None:
    """Know this place from now on."""
    every = known(settings)
    every[kind] = sorted({*every[kind], str(place.resolve())})
    write_durably(settings.data_dir / KNOWN, json.dumps(every, indent=1) + "\n")


def write_durably(path: Path, content: str) -> None:
    """A small file, whole and on the disk before this returns."""
    draft = path.with_name(f".{path.name}.{new_id()}")
    with told(path.parent):
        try:
            with create(draft) as descriptor:
                os.write(descriptor, content.encode())
                os.fsync(descriptor)
            draft.replace(path)
            _sync(path.parent)
        finally:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)


def telling(tell: Callable[[str], None], what: str, total: int, every: int) -> Callable[[], None]:
    """Count on, and say now and then how far it is."""
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        if done % every == 0:
            tell(f"{what}: {done} of {total}")

    return step


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _within(inner: Path, outer: Path) -> bool:
    return inner.resolve().is_relative_to(outer.resolve())


def _overlap(one: Path, other: Path) -> bool:
    return _within(one, other) or _within(other, one)


def _device(path: Path) -> int:
    there = path.resolve()
    while not there.exists():
        there = there.parent
    return there.stat().st_dev
