"""Whether what a row says was done is what the log says: a row alone never destroys anything.

Whoever can write in the database has no keys of the log; so the state of a row counts only beside a sealed event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from audit import log as audit_log
from audit.errors import AuditError
from gateway.destruction import asked
from gateway.destruction.sets import told_of
from gateway.dossiers.tables import Dossier
from gateway.erasure.tables import Destruction
from gateway.recording import Action, LogSealer

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.services import Services

log = structlog.get_logger("destruction")


def locked(services: Services, session: Session, destruction_id: str, state: str) -> Destruction | None:
    """The row, locked, when it is in this state and may go on from it; else None, and the log of the system says why.

    The event that it names is the destruction by this row of that dossier (or partner's copy), which is gone, or of
    this set in it.
    """
    row = session.get(Destruction, destruction_id, with_for_update=True, populate_existing=True)
    if row is None or row.state != state:
        return None
    if not row.categories and _lives(session, row.dossier_id):
        log.error("destruction_of_a_living_dossier", destruction=row.id)
        return None
    if row.erased_at is None or not _is_logged(services, session, row):
        log.error("destruction_without_event", destruction=row.id)
        return None
    return row


def _lives(session: Session, subject_id: str) -> bool:
    dossier = session.get(Dossier, subject_id, populate_existing=True)
    return dossier is not None or asked.is_living_copy(session, subject_id)


def _is_logged(services: Services, session: Session, row: Destruction) -> bool:
    entry = audit_log.find(session.connection(), row.event_id or "")
    if entry is None or entry.action is not Action.DESTROY or entry.object_id != row.dossier_id:
        return False
    sealer = LogSealer(session, services.vault, organisation_id=row.tenant_id, year=entry.at.year)
    try:
        payload = audit_log.open_payload(entry, sealer)
    except AuditError:
        return False
    return payload.get("destruction") == row.id and payload.get("part") == told_of(row)
