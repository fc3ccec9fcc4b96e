"""The family's own words beside a document (*zienswijze*), or added to it: read beside it and sent along with it.

About a field of the pupil's data they stand beside those on the dossier's page, and go nowhere.

Source: PR11.4, PR11.5, issue 9 ("a linked statement of the parent when not granted").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.dossiers import labels
from gateway.dossiers.tables import Statement
from gateway.errors import ConflictError
from gateway.ids import new_id
from gateway.recording import Action, record
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services
    from gateway.vault.keys import Vault

ZIENSWIJZE, ADDITION = "zienswijze", "addition"
TITLES = {
    ZIENSWIJZE: sentence("Zienswijze van ouder of leerling"),
    ADDITION: sentence("Aanvulling van ouder of leerling"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """A statement, opened."""

    id: str
    document_id: str | None
    item_id: str
    kind: str
    text: str
    made_at: datetime

    @property
    def title(self) -> str:
        """How it is called."""
        return TITLES.get(self.kind, TITLES[ZIENSWIJZE])


def add(
    services: Services,
    session: Session,
    context: Context,
    *,
    dossier_id: str,
    document_id: str | None,
    kind: str,
    item_id: str,
    text: str,
) -> str:
    """Put the family's own words beside a document, once for each item that they asked about; gives its id.

    Raises:
        ConflictError: it stands there already.
    """
    if session.scalars(select(Statement.id).where(Statement.item_id == item_id)).first() is not None:
        raise ConflictError("Deze tekst staat al bij het stuk.")
    statement_id = new_id()
    if document_id is not None:
        labels.own_part(services.vault, session, dossier_id, document_id)
    session.add(
        Statement(
            id=statement_id,
            dossier_id=dossier_id,
            document_id=document_id,
            kind=kind,
            item_id=item_id,
            text=services.vault.seal_json(
                session, dossier_id, f"statement:{statement_id}", text, part=document_id or ""
            ),
            made_by=context.person.account_id,
            made_at=context.now,
        )
    )
    session.flush()
    record(
        session,
        services.vault,
        context,
        Action.RECORD,
        dossier_id=dossier_id,
        object_type="statement",
        object_id=statement_id,
        article="PR11.4",
        payload={"statement": kind, "document": document_id},
    )
    return statement_id


def about_pupil(session: Session, vault: Vault, dossier_id: str) -> list[StatementLine]:
    """Those that stand beside no document but beside the pupil's data, oldest first."""
    query = select(Statement).where(Statement.dossier_id == dossier_id, Statement.document_id.is_(None))
    return [_opened(session, vault, row) for row in session.scalars(query.order_by(Statement.made_at, Statement.id))]


def any_in(session: Session, dossier_id: str) -> bool:
    """Whether a dossier has one beside a document: most have none, and then nothing needs asking."""
    query = select(Statement.id).where(Statement.dossier_id == dossier_id, Statement.document_id.is_not(None))
    return session.scalars(query.limit(1)).first() is not None


def of_dossier(session: Session, vault: Vault, dossier_id: str) -> list[StatementLine]:
    """Every statement of a dossier, oldest first."""
    query = select(Statement).where(Statement.dossier_id == dossier_id)
    return [_opened(session, vault, row) for row in session.scalars(query.order_by(Statement.made_at, Statement.id))]


def beside(
    session: Session, vault: Vault, dossier_id: str, document_ids: Collection[str]
) -> dict[str, Sequence[StatementLine]]:
    """The statements beside each of these documents; a document without one is not in it."""
    query = select(Statement).where(Statement.dossier_id == dossier_id, Statement.document_id.in_(document_ids))
    found: dict[str, list[StatementLine]] = {}
    for row in session.scalars(query.order_by(Statement.made_at, Statement.id)):
        found.setdefault(str(row.document_id), []).append(_opened(session, vault, row))
    return dict(found)


def _opened(session: Session, vault: Vault, row: Statement) -> StatementLine:
    text = vault.open_json(session, row.dossier_id, f"statement:{row.id}", row.text, part=row.document_id or "")
    return StatementLine(
        id=row.id,
        document_id=row.document_id,
        item_id=row.item_id,
        kind=row.kind,
        text=str(text),
        made_at=row.made_at,
    )
