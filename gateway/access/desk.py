"""The privacy officer's entry for one request: who treats an inzage must read what is asked for.

No entry, no access (PR8.2) counts for the officer too: the entry stands on the list, for one dossier, from when the
request is taken up until it ends. It opens the desk of rights only; no page of the dossier itself.
Source: PR8.1, PR8.2, PR11.1, AVG 12(3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.access import history, rules
from gateway.access.tables import AccessEntry
from gateway.access.usecases import accepted_now, end
from gateway.errors import ConflictError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services


def open_desk(services: Services, session: Session, context: Context, *, dossier_id: str, reason: str) -> AccessEntry:
    """Put the officer who acts on the list for this dossier, in the caller's transaction; once.

    Raises:
        NotFoundError: someone else than the privacy officer acts.
        ConflictError: confidentiality was not promised yet (PR10.3).
    """
    officer = context.officer
    if not accepted_now(session, officer.account_id):
        raise ConflictError("Beloof eerst geheimhouding. Daarna kunt u de stukken van dit verzoek openen.")
    found = next((row for row in _open(session, dossier_id) if row.account_id == officer.account_id), None)
    if found is not None:
        return found
    row = AccessEntry(
        tenant_id=officer.tenant_id,
        account_id=officer.account_id,
        kind=rules.DESK,
        state=rules.APPROVED,
        version=1,
        valid_from=context.today,
        valid_until=None,
        categories="".join(sorted(rules.LETTERS)),
        scope="dossier",
        scope_ids=[dossier_id],
        motivation=services.vault.seal_json(session, officer.account_id, "motivation", reason),
        made_by=officer.account_id,
        made_at=context.now,
    )
    session.add(row)
    session.flush()
    history.note(services, session, context, row, "desk", reason=reason, dossier_id=dossier_id)
    return row


def close_desk(services: Services, session: Session, context: Context, dossier_id: str) -> None:
    """The request is over: whoever treated it reads no more."""
    for row in _open(session, dossier_id):
        end(services, session, context, row)


def _open(session: Session, dossier_id: str) -> Sequence[AccessEntry]:
    query = select(AccessEntry).where(AccessEntry.kind == rules.DESK, AccessEntry.state == rules.APPROVED)
    return [row for row in session.scalars(query) if dossier_id in row.scope_ids]
