"""What a verstrekking rests on: its events in the log, and the proof that they stand there. Source: PR9.3, issue 5."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from audit import checkpoint
from audit.log import MOST_ROWS, events
from gateway.disclosure.tables import Verstrekking, VerstrekkingDocument
from gateway.errors import NotFoundError
from gateway.logbook import LOG_ID
from gateway.oversight.queries import LogLine, lines_of
from gateway.recording import Action

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from audit.log import Entry
    from gateway.context import Context
    from gateway.services import Services

_OF_A_VERSTREKKING = (
    Action.DISCLOSE,
    Action.CONSULT,
    Action.DOWNLOAD,
    Action.REFUSE,
    Action.CONFIRM_RECEIPT,
    Action.WITHDRAW,
)
_FROM_WITHIN = (Action.DOWNLOAD, Action.REFUSE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The events of a verstrekking, oldest first, and whether its own event stands under a signed checkpoint."""

    lines: Sequence[LogLine]
    place: int | None
    proven: bool


def of_verstrekking(services: Services, context: Context, verstrekking_id: str) -> Evidence:
    """The events of a verstrekking of the officer's tenant."""
    _ = context.officer
    with services.db.reading() as session:
        row = _row(session, context, verstrekking_id)
        found = _entries(session, row)
        lines = lines_of(services, session, context, found)
        kept = [
            line
            for line, entry in zip(lines, found, strict=True)
            if entry.object_id == row.id or line.details.get("verstrekking") == row.id
        ]
        made = _own_event(row, found)
        newest = checkpoint.latest(session.connection(), LOG_ID)
    place = made.leaf_index if made else None
    return Evidence(lines=kept, place=place, proven=place is not None and newest is not None and newest.size > place)


def _row(session: Session, context: Context, verstrekking_id: str) -> Verstrekking:
    row = session.get(Verstrekking, verstrekking_id)
    if row is None or row.tenant_id != context.person.tenant_id:
        raise NotFoundError
    return row


def _own_event(row: Verstrekking, found: Sequence[Entry]) -> Entry | None:
    return next((entry for entry in found if entry.action is Action.DISCLOSE and entry.object_id == row.id), None)


def _entries(session: Session, row: Verstrekking) -> list[Entry]:
    query = select(VerstrekkingDocument.version_id).where(VerstrekkingDocument.verstrekking_id == row.id)
    versions = set(session.scalars(query))
    found: list[Entry] = []
    before: str | None = None
    while True:
        shown = events(
            session.connection(),
            dossier=row.dossier_id,
            action=_OF_A_VERSTREKKING,
            since=row.made_at,
            before=before,
            limit=MOST_ROWS,
        )
        found += [
            entry
            for entry in shown.rows
            if entry.object_id == row.id or (entry.action in _FROM_WITHIN and entry.object_id in versions)
        ]
        before = shown.next_cursor
        if before is None:
            return found[::-1]
