"""Who received what: for telling them that it changed (AVG 19), and what a removed document leaves behind.

Source: PR11.7, D-PR 16.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from audit.log import events
from gateway.accounts.tables import Organisation
from gateway.disclosure import closing, outgoing
from gateway.disclosure.choosing import CODED, ORIGINAL
from gateway.disclosure.tables import Verstrekking, VerstrekkingDocument
from gateway.dossiers.tables import DocumentVersion
from gateway.recording import Action, record

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Got:
    """A verstrekking by which someone received data; `places` are those of the documents in it, from 1.

    `nameless`: it left in a form that does not say who it is about, so nothing that is told of it may.
    """

    verstrekking_id: str
    organisation_id: str
    expert_id: str | None
    made_at: datetime
    places: tuple[int, ...]
    nameless: bool


def of_document(session: Session, dossier_id: str, document_id: str) -> list[Got]:
    """The verstrekkingen by which any version of this document left, oldest first."""
    found = []
    for row in _left(session, dossier_id):
        mine = select(DocumentVersion.id).where(DocumentVersion.document_id == document_id)
        held = select(VerstrekkingDocument.version_id).where(
            VerstrekkingDocument.verstrekking_id == row.id, VerstrekkingDocument.version_id.in_(mine)
        )
        versions = list(session.scalars(held))
        if versions and _has_left(session, row, versions):
            places = outgoing.numbers(session, row)
            found.append(_got(row, sorted(places[each] for each in versions)))
    return found


def of_dossier(
    session: Session, dossier_id: str, letters: Collection[str] = (), *, with_name: bool = False
) -> list[Got]:
    """The verstrekkingen of a dossier that left, oldest first.

    Of these categories (none: of any), in any form or only those `with_name`.
    """
    found = []
    for row in _left(session, dossier_id):
        carried = {category[0] for category in row.categories.split()}
        if (with_name and row.form != ORIGINAL) or (letters and not carried & set(letters)):
            continue
        held = select(VerstrekkingDocument.version_id).where(VerstrekkingDocument.verstrekking_id == row.id)
        if _has_left(session, row, list(session.scalars(held))):
            found.append(_got(row, []))
    return found


def close_all(services: Services, session: Session, context: Context, dossier_id: str) -> int:
    """Close every verstrekking of a dossier that is open, or waits for a second person; gives how many.

    Not what the family itself got: its own answer of an inzage stays within its reach.
    """
    query = select(Verstrekking.id).where(
        Verstrekking.dossier_id == dossier_id, Verstrekking.closed_at.is_(None), _to_others()
    )
    ids = session.scalars(query).all()
    for verstrekking_id in ids:
        closing.close(services, session, context, verstrekking_id)
    return len(ids)


def let_go(
    services: Services,
    session: Session,
    context: Context,
    dossier_id: str,
    document_id: str,
    *,
    article: str = "PR11.4",
    logged: bool = True,
) -> None:
    """Take a document that is about to be erased out of the verstrekkingen it is in; that they were stays.

    What the replacements of an anonymised set stand for goes too: it may come from this document. Not `logged`: the
    dossier's own keys open no more (an old backup was put back), and the caller's event says it.
    """
    mine = select(DocumentVersion.id).where(DocumentVersion.document_id == document_id)
    held = select(VerstrekkingDocument.verstrekking_id).where(VerstrekkingDocument.version_id.in_(mine)).distinct()
    for verstrekking_id in list(session.scalars(held)):
        row = session.get_one(Verstrekking, verstrekking_id)
        row.mapping = None
        gone = delete(VerstrekkingDocument).where(
            VerstrekkingDocument.verstrekking_id == row.id, VerstrekkingDocument.version_id.in_(mine)
        )
        session.execute(gone.execution_options(synchronize_session="fetch"))
        if not logged:
            continue
        record(
            session,
            services.vault,
            context,
            Action.CORRECT,
            dossier_id=dossier_id,
            object_type="verstrekking",
            object_id=row.id,
            article=article,
            payload={"removed": 1},
        )


def _left(session: Session, dossier_id: str) -> Iterable[Verstrekking]:
    query = select(Verstrekking).where(
        Verstrekking.dossier_id == dossier_id, Verstrekking.state == "open", Verstrekking.form != CODED, _to_others()
    )
    return session.scalars(query.order_by(Verstrekking.made_at, Verstrekking.id)).all()


def _to_others() -> ColumnElement[bool]:
    """Who is told are recipients (AVG 19); the family that asked is none: it got its own data (AVG 15)."""
    return Verstrekking.recipient_id.not_in(select(Organisation.id).where(Organisation.kind == "family"))


def _has_left(session: Session, row: Verstrekking, versions: list[str]) -> bool:
    """Whether any of it reached the recipient: fetched, packaged, printed, or carried over the line."""
    if row.packaged_at is not None or row.printed_at is not None:
        return True
    fetched = select(VerstrekkingDocument.fetched_at).where(
        VerstrekkingDocument.verstrekking_id == row.id,
        VerstrekkingDocument.version_id.in_(versions),
        VerstrekkingDocument.fetched_at.is_not(None),
    )
    if session.scalars(fetched.limit(1)).first() is not None:
        return True
    carried = events(session.connection(), dossier=row.dossier_id, object_id=row.id, action=Action.DOWNLOAD, limit=1)
    return bool(carried.rows)


def _got(row: Verstrekking, places: list[int]) -> Got:
    return Got(
        verstrekking_id=row.id,
        organisation_id=row.recipient_id,
        expert_id=row.expert_id,
        made_at=row.made_at,
        places=tuple(places),
        nameless=row.form != ORIGINAL,
    )
