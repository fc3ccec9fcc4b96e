"""Who received documents that go with a set of categories: written down in the transaction that erases them.

Asked, reminded and answered as those of a whole dossier. Source: issue 10 (Partners too), D-PR 7, CV4.8, PR9.3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, select

from gateway.accounts.tables import Organisation
from gateway.context import AMSTERDAM
from gateway.destruction.rules import FAMILY, NAMELESS
from gateway.disclosure import recipients
from gateway.disclosure.tables import Verstrekking
from gateway.erasure.tables import VerstrekkingGone
from gateway.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from gateway.dossiers.tables import Dossier
    from gateway.erasure.tables import Destruction


def asked_for(row: Destruction) -> ColumnElement[bool]:
    """What makes a `VerstrekkingGone` in a query one of this destruction: of the set, or of the whole dossier."""
    if row.categories:
        return VerstrekkingGone.destruction_id == row.id
    return and_(VerstrekkingGone.dossier_id == row.dossier_id, VerstrekkingGone.part_of.is_(None))


def note(session: Session, row: Destruction, dossier: Dossier, documents: Sequence[str]) -> None:
    """Write down whom to ask about these documents, before they go; what stands there for this set already stays."""
    if session.scalars(select(VerstrekkingGone.id).where(VerstrekkingGone.destruction_id == row.id).limit(1)).first():
        return
    places: dict[str, set[int]] = {}
    for document_id in documents:
        for got in recipients.of_document(session, dossier.id, document_id):
            places.setdefault(got.verstrekking_id, set()).update(got.places)
    for verstrekking_id, at in sorted(places.items()):
        made = session.get_one(Verstrekking, verstrekking_id)
        if made.form in NAMELESS or session.get_one(Organisation, made.recipient_id).kind == FAMILY:
            continue
        gone = VerstrekkingGone(
            id=new_id(),
            tenant_id=row.tenant_id,
            dossier_id=dossier.id,
            school_id=dossier.school_on(made.made_at.astimezone(AMSTERDAM).date()),
            recipient_id=made.recipient_id,
            purpose=made.purpose,
            basis=made.basis,
            form=made.form,
            article=made.article,
            profile=made.profile,
            made_at=made.made_at,
            documents=len(at),
            part_of=made.id,
            destruction_id=row.id,
            places=" ".join(str(place) for place in sorted(at)),
        )
        session.add(gone)
