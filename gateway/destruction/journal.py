"""The destruction journal: a signed line for each dossier that was destroyed, outside the database.

It lies beside the checkpoints and in the directory of the keyring, so that a backup of the database that is put back is
told what was destroyed since. Only opaque ids stand in it. Source: issue 10, Backup and restore.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from crypto.errors import CryptoError
from crypto.signing import Signature, sign, verify
from gateway.destruction.sets import told_of
from gateway.erasure.tables import Destruction
from gateway.errors import GatewayError
from gateway.ids import new_id
from gateway.log_copies import open_bucket
from gateway.logbook import SIGNING
from gateway.oversight import log_term
from gateway.storage import LockedBucket

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crypto.keyring import Keyring
    from gateway.config import Settings
    from gateway.services import Services

FORMAT = "dossierpoort/destruction-journal/v1"
BEGUN_FORMAT = "dossierpoort/destruction-journal-begun/v1"
BEGUN = "begun.json"
"""The first line: it says that the journal is there, while nothing was destroyed yet."""
PURPOSE = "destruction-journal"
NAME = "destructions"
MOST_IN_BUCKET = 1_000_000


class JournalError(GatewayError):
    """A line of the journal is not one that this installation signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One destroyed dossier: `key` is the period key under which it hung, `at` the instant it was erased.

    With `part` it lives on without these `categories`: the `documents` (opaque ids) and `fields` that went.
    """

    destruction: str
    dossier: str
    tenant: str
    article: str
    profile: str
    kept_until: str
    due_on: str
    announced_at: str
    at: str
    key: str
    counts: dict[str, int]
    part: dict[str, list[str]] | None = None


def directories(settings: Settings) -> list[Path]:
    """Where the journal lies: in the keyring's directory, and beside the checkpoints when they are kept in one."""
    found = [Path(settings.keyring).parent / NAME]
    if settings.checkpoint_dir:
        found.append(Path(settings.checkpoint_dir) / NAME)
    return found


def write(services: Services, row: Destruction) -> None:
    """Write the line of a destruction to every place; that it is there already is no error.

    Raises:
        OSError, StorageError: a place does not answer; the destruction does not go on before it does.
    """
    text = _text(services.vault.keyring, row)
    for directory in directories(services.settings):
        _write_file(directory, f"{row.id}.json", text)
        with contextlib.suppress(OSError):  # a place that only takes more keeps it
            (directory / BEGUN).unlink(missing_ok=True)  # else it would vouch for a journal that lost its lines
    if services.settings.checkpoint_s3_bucket and row.erased_at is not None:
        keep_until = log_term.keep_until(services, row.erased_at)
        bucket = LockedBucket(open_bucket(services.settings))
        bucket.put(f"{NAME}/{row.id}.json", text.encode(), keep_until=keep_until)


def begin(services: Services) -> None:
    """Begin the journal, while nothing was ever destroyed: then an empty journal is no lost one.

    Raises:
        OSError: a place does not answer.
    """
    if any((directory / BEGUN).exists() for directory in directories(services.settings)):
        return
    with services.db.reading() as session:
        if session.scalars(select(Destruction.id).where(Destruction.erased_at.is_not(None)).limit(1)).first():
            return  # its journal is there, or is lost: it does not begin anew
    text = _signed(services.vault.keyring, {"format": BEGUN_FORMAT})
    for directory in directories(services.settings):
        _write_file(directory, BEGUN, text)


def is_begun(services: Services) -> bool:
    """Whether some place has the first line, signed by this installation."""
    for directory in directories(services.settings):
        path = directory / BEGUN
        if path.is_file() and _values(services.vault.keyring, path.read_text(encoding="utf-8")) == {
            "format": BEGUN_FORMAT
        }:
            return True
    return False


def entries(services: Services) -> Iterator[Entry]:
    """Every destroyed dossier that some place knows of, each once.

    Raises:
        JournalError: a line is not signed by a key of this installation's log, old or new.
        OSError, StorageError: a place does not answer.
    """
    seen: set[str] = set()
    for text in _texts(services.settings):
        found = opened(services.vault.keyring, text)
        if found.destruction not in seen:
            seen.add(found.destruction)
            yield found


def opened(keyring: Keyring, text: str) -> Entry:
    """A line of the journal, held against the keys of the log.

    Raises:
        JournalError: it is of another form, or not signed by this installation.
    """
    values = _values(keyring, text)
    if values.pop("format", None) != FORMAT:
        raise JournalError("a line of the destruction journal has another form")
    try:
        return Entry(**values)
    except TypeError as error:
        raise JournalError("a line of the destruction journal has another form") from error


def _values(keyring: Keyring, text: str) -> dict[str, Any]:
    """What a line says, when this installation signed it."""
    try:
        outer: dict[str, Any] = json.loads(text)
        signature = Signature(key_id=outer["key"], value=base64.b64decode(outer["signature"], validate=True))
        body: str = outer["entry"]
        verify(_keys(keyring), PURPOSE, body.encode(), signature)
        return dict(json.loads(body))
    except (ValueError, KeyError, TypeError, CryptoError) as error:
        raise JournalError("a line of the destruction journal is not one that this installation signed") from error


def _text(keyring: Keyring, row: Destruction) -> str:
    if row.erased_at is None:
        raise JournalError("what was not erased does not stand in the journal")
    values: dict[str, Any] = {
        "format": FORMAT,
        "destruction": row.id,
        "dossier": row.dossier_id,
        "tenant": row.tenant_id,
        "article": row.article,
        "profile": row.profile,
        "kept_until": row.kept_until.isoformat(),
        "due_on": row.due_on.isoformat(),
        "announced_at": row.announced_at.isoformat(),
        "at": row.erased_at.isoformat(),
        "key": row.key_id or "",
        "counts": dict(row.counts),
    }
    told = told_of(row)
    if told is not None:
        values["part"] = told
    return _signed(keyring, values)


def _signed(keyring: Keyring, values: dict[str, Any]) -> str:
    body = json.dumps(values, sort_keys=True)
    signature = sign(keyring.signing_key(SIGNING), PURPOSE, body.encode())
    made = {"entry": body, "key": signature.key_id, "signature": base64.b64encode(signature.value).decode()}
    return json.dumps(made, indent=1) + "\n"


def _keys(keyring: Keyring) -> list[Any]:
    return [replace(key, purpose=PURPOSE) for key in keyring.public_keys() if key.purpose == SIGNING]


def _texts(settings: Settings) -> Iterator[str]:
    for directory in directories(settings):
        if directory.is_dir():
            for path in sorted(directory.glob("*.json")):
                if path.name != BEGUN:
                    yield path.read_text(encoding="utf-8")
    if settings.checkpoint_s3_bucket:
        for content in LockedBucket(open_bucket(settings)).first(f"{NAME}/", MOST_IN_BUCKET):
            yield content.decode("utf-8", "replace")


def _write_file(directory: Path, name: str, text: str) -> None:
    """Whole or not at all, and on the disk before this returns. The directory above must be there."""
    directory.mkdir(exist_ok=True, mode=0o700)
    draft = directory / f".{name}.{new_id()}"  # two runs at once write the same line, each its own draft
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        draft.replace(directory / name)
    except OSError:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
