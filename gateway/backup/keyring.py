"""A copy of the keyring apart from every backup of the database, registered; and putting one back.

Source: issue 10 (Backup and restore); issue 3 (copies are registered and replaced).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crypto.errors import CryptoError
from crypto.keyring import FileKeyring
from gateway.backup import places
from gateway.backup.parts import BackupError, told
from gateway.destruction import replaying

if TYPE_CHECKING:
    from datetime import date, datetime
    from pathlib import Path

    from gateway.config import Settings


def write(settings: Settings, keyring: FileKeyring, directory: Path, *, place: str, on: date) -> bool:
    """Write the keyring as it is now to the directory and register that copy; returns whether it took another's place.

    It is opened again before this returns.

    Raises:
        BackupError: it does not open again.
        crypto.errors.KeyringError: it could not be written; its place is registered, so that nothing goes unseen.
    """
    known = {copy.place: copy for copy in keyring.copies()}
    target = directory / places.KEYRING_FILE
    ends = known[place].expires_on if place in known else None
    alone = place in known and known[place].opens_alone and settings.keyring_kind != "file"
    keyring.write_copy(target, place=place, on=on, expires_on=ends, opens_alone=alone)
    try:
        FileKeyring.check_copy(target, settings.root_secret.encode())
    except CryptoError as error:
        raise BackupError(f"The copy at {target} does not open. Take another disk.") from error
    places.remember(settings, "keyring", directory)
    return place in known


def prepare(settings: Settings, directory: Path, *, same_disk: bool) -> None:
    """Make the directory, when it may hold a copy of the keyring.

    Raises:
        BackupError: it may not, or cannot be made.
    """
    places.refuse_as_keyring_place(settings, directory, same_disk=same_disk)
    with told(directory):
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)


def put_back(settings: Settings, directory: Path, now: datetime, *, over: bool) -> None:
    """Put a copy in the place of the keyring; the portal is shut before that, until the replay.

    Raises:
        BackupError: there is no copy, it does not open with the root secret, or a keyring is there.
    """
    source = directory / places.KEYRING_FILE if directory.is_dir() else directory
    with places.alone(settings):
        try:
            FileKeyring.check_copy(source, settings.root_secret.encode())  # before anything is marked or changed
        except CryptoError as error:
            raise BackupError(f"{source} cannot be put back: {error}.") from error
        if settings.keyring.exists() and not over:
            raise BackupError(
                f"There is a keyring at {settings.keyring}. Nothing was changed. Is it the good one, then leave it: an "
                "older copy brings back keys that were destroyed. To replace it, say --over."
            )
        replaying.mark(settings, now.isoformat())
        try:
            FileKeyring.put_back(settings.keyring, source, settings.root_secret.encode(), over=over)
        except CryptoError as error:
            raise BackupError(f"The keyring was not put back: {error}.") from error
