"""A backup that is put back does not bring the dead back: the journal is replayed before the portal opens.

Source: issue 10 (Backup and restore).
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from crypto.errors import KeyDestroyed
from gateway.accounts import people
from gateway.accounts.tables import Tenant
from gateway.context import Role
from gateway.destruction import asked, executing, journal, sets
from gateway.destruction.announcing import BEFORE, standing
from gateway.destruction.journal import JournalError
from gateway.dossiers.tables import Document, Dossier
from gateway.erasure.tables import Destruction
from gateway.recording import Action, record
from gateway.vault import renewal
from gateway.vault.tables import KeyRenewal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from gateway.config import Settings
    from gateway.context import Context
    from gateway.destruction.journal import Entry
    from gateway.services import Services

MARKER = "restored.json"
"""Lies in the data directory from a restore until the journal was replayed."""
RESTORING = "restoring.json"
"""Lies beside it while a backup is being put back: what is there is half of one and half of another."""
HALF_RESTORED = "A restore was broken off. Run the same `dossierpoort restore` again: it goes on, and ends whole."
AT_ONCE = 500
WITNESSES_NEEDED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What a replay did: dossiers erased again, keys whose destruction was asked again, lines in the journal."""

    erased: int
    keys: int
    lines: int


def marker(settings: Settings) -> Path:
    """Where the mark of a restore lies."""
    return Path(settings.data_dir) / MARKER


def restoring(settings: Settings) -> Path:
    """Where the mark of a restore that is not at its end lies."""
    return Path(settings.data_dir) / RESTORING


def mark(settings: Settings, at: str) -> None:
    """Say that a backup was put back at this moment: the portal stays shut until the journal was replayed.

    The mark is on the disk before this returns: what comes after it may be killed.
    """
    descriptor = os.open(marker(settings), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(json.dumps({"restored_at": at}) + "\n")
        file.flush()
        os.fsync(file.fileno())
    directory = os.open(marker(settings).parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def reason_not_to_open(services: Services) -> str:
    """Why the portal stays shut, in a sentence for an administrator; empty: it may open.

    Raises:
        OSError, StorageError: a place of the journal does not answer.
        JournalError: a line is not one that this installation signed.
    """
    if restoring(services.settings).exists():
        return HALF_RESTORED
    if marker(services.settings).exists():
        return "A backup was put back. Run `dossierpoort retention replay` before anything else."
    if waiting(services):
        return (
            "The database holds dossiers, or the keyring keys, that were destroyed: an old copy was put back. Run "
            "`dossierpoort retention replay`."
        )
    return ""


def waiting(services: Services) -> int:
    """How many lines of the journal this database and keyring do not know of."""
    count = 0
    for part in _parts(services):
        with services.db.reading() as session:
            ids = [each.dossier for each in part]
            there = set(session.scalars(select(Dossier.id).where(Dossier.id.in_(ids))))
            there |= asked.living_copies(session, ids)
            again = _asked_keys(session, part)
            back = [each.dossier in there and (each.part is None or _is_there_again(session, each)) for each in part]
        count += sum(is_there or _is_back(services, each, again) for each, is_there in zip(part, back, strict=True))
    return count


def replay(services: Services, context: Context) -> Replayed:
    """Destroy again what the journal says, and ask again that the keys go; then the portal may open.

    Raises:
        JournalError: a backup was put back and no journal is to be found, not even one that begins: two people must say
            that it is lost.
    """
    _refuse_half_restored(services)
    erased = keys = lines = 0
    for part in _parts(services):
        for each in part:
            lines += 1
            own = replace(context, now=services.clock())  # its keys are known by the moment: no two share one
            erased += _again(services, own, each)
            keys += _key_again(services, own, each)
    if not lines and marker(services.settings).exists() and not journal.is_begun(services):
        raise JournalError(
            "There is no destruction journal. Was there one, then put it in its place and run this again. Else two "
            "people say that it is lost: `dossierpoort retention replay --lost EMAIL --lost EMAIL`."
        )
    if marker(services.settings).exists():
        _tell(services, context, lines=lines, erased=erased, keys=keys)
        marker(services.settings).unlink()
    return Replayed(erased=erased, keys=keys, lines=lines)


def _tell(services: Services, context: Context, **counts: int) -> None:
    """A backup was put back and the journal replayed over it: this stands in the log that came back with it."""
    payload = {"act": "backup-put-back", **counts}
    with services.db.writing() as session:
        record(session, services.vault, context, Action.CONFIGURE, object_type="backup", payload=payload)


def declare_lost(services: Services, context: Context, emails: Sequence[str]) -> None:
    """Two people say that the journal is lost: the portal may open, and the log says who said so.

    Raises:
        JournalError: they are not two different people who may say so.
    """
    _refuse_half_restored(services)
    with services.db.writing() as session:
        found = {}
        for email in emails:
            account = people.by_email(session, services.vault, email)
            if account is not None and account.active and account.role in _MAY_SAY:
                found[account.id] = account
        if len(found) < WITNESSES_NEEDED:
            raise JournalError("Name two different people: administrators or privacy officers with an account.")
        for account in found.values():
            record(
                session,
                services.vault,
                context,
                Action.CONFIGURE,
                tenant_id=account.tenant_id,
                object_type="destruction_journal",
                object_id=account.id,
                article="PR12.1",
                payload={"act": "journal-lost", "said_by": sorted(found)},
            )
    marker(services.settings).unlink(missing_ok=True)


_MAY_SAY = (Role.ADMINISTRATOR.value, Role.PRIVACY_OFFICER.value)


def _refuse_half_restored(services: Services) -> None:
    if restoring(services.settings).exists():
        raise JournalError(HALF_RESTORED)


def _parts(services: Services) -> list[list[Entry]]:
    every = list(journal.entries(services))
    return [every[start : start + AT_ONCE] for start in range(0, len(every), AT_ONCE)]


def _again(services: Services, context: Context, entry: Entry) -> int:
    """Erase this dossier when the database has it; its destruction stands there again, and goes on from there."""
    with services.db.writing() as session:
        copy = asked.is_living_copy(session, entry.dossier)
        dossier = session.get(Dossier, entry.dossier, with_for_update=True)
        if dossier is None and not copy:
            return 0
        if entry.part is not None and dossier is not None:
            return _part_again(services, session, context, entry, dossier)
        row = session.get(Destruction, entry.destruction) or standing(session, entry.dossier)
        counted = row is not None and row.state in executing.STATES[1:]  # only its rows came back, not the counts
        if row is None or row.id != entry.destruction:
            if row is not None:
                session.delete(row)
                session.flush()
            row = _row(session, entry)
        row.state = BEFORE
        session.flush()
        if copy:
            asked.erase_in(services, session, context, row)
            return 1
        approved = executing.approvals_of(session, row.id)
        executing.erase_in(services, session, context, row.id, entry.article, approved, counted=counted)
    return 1


def _part_again(services: Services, session: Session, context: Context, entry: Entry, dossier: Dossier) -> int:
    """Erase what the journal says of a dossier that lives on, when the database has it again."""
    if entry.part is None or not _is_there_again(session, entry):
        return 0
    row = session.get(Destruction, entry.destruction) or _row(session, entry, state="erased")
    what = sets.Going(documents=entry.part["documents"], fields=entry.part["fields"])
    approved = executing.approvals_of(session, row.id)
    sets.erase_in(services, session, context, row, dossier, what, article=entry.article, approved=approved)
    return 1


def _is_there_again(session: Session, entry: Entry) -> bool:
    """Whether this database is of before the destruction of a set: it does not know it, or holds a document of it."""
    row = session.get(Destruction, entry.destruction)
    if row is None or row.state not in executing.STATES[1:]:
        return True
    documents = entry.part["documents"] if entry.part else []
    return session.scalars(select(Document.id).where(Document.id.in_(documents)).limit(1)).first() is not None


def _row(session: Session, entry: Entry, state: str = BEFORE) -> Destruction:
    row = Destruction(
        state=state,
        categories=" ".join(entry.part["categories"]) if entry.part else "",
        id=entry.destruction,
        tenant_id=session.get_one(Tenant, entry.tenant).id,
        dossier_id=entry.dossier,
        article=entry.article,
        profile=entry.profile,
        kept_until=date.fromisoformat(entry.kept_until),
        due_on=date.fromisoformat(entry.due_on),
        announced_at=datetime.fromisoformat(entry.announced_at),
    )
    session.add(row)
    return row


def _key_again(services: Services, context: Context, entry: Entry) -> int:
    """Ask again that the period key goes, when an old keyring brought it back and nobody asked yet."""
    with services.db.writing() as session:
        if not _is_back(services, entry, _asked_keys(session, [entry])):
            return 0
        renewal.ask_again(session, services.vault, key_id=entry.key, subject_id=entry.dossier, now=context.now)
        row = session.get(Destruction, entry.destruction, with_for_update=True)
        if row is not None and row.state == "final":
            row.state = "certified"  # the key lives again: it is *voorlopig* until it is gone once more
    return 1


def _asked_keys(session: Session, part: Sequence[Entry]) -> set[str]:
    """The keys of which the destruction is asked and not done yet."""
    keys = {each.key for each in part if each.key}
    query = select(KeyRenewal.period_key_id).where(
        KeyRenewal.period_key_id.in_(keys), KeyRenewal.destroyed_at.is_(None)
    )
    return set(session.scalars(query))


def _is_back(services: Services, entry: Entry, asked: set[str]) -> bool:
    """Whether the keyring holds the key of a destroyed dossier, and no renewal waits to destroy it."""
    if not entry.key or entry.key in asked:
        return False
    try:
        services.vault.keyring.describe(entry.key)
    except KeyDestroyed:
        return False
    return True
