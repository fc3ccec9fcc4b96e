"""The register keeps that something was given, to whom and by which article; what was in it goes with the dossier.

Source: PR9.3 (the register), PR12.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from gateway.context import AMSTERDAM
from gateway.disclosure.tables import Verstrekking, VerstrekkingDocument
from gateway.dossiers.tables import Dossier
from gateway.erasure.tables import VerstrekkingGone
from retention.erasers import Share

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services

COUNTED = ("open",)
"""Only what is, or was, open is a verstrekking."""


def erase(_services: Services, session: Session, _context: Context, dossier_id: str) -> dict[str, int]:
    """Remove the verstrekkingen of this dossier; those that were made stay in the register without their content."""
    rows = session.scalars(select(Verstrekking).where(Verstrekking.dossier_id == dossier_id)).all()
    made = [row for row in rows if row.state in COUNTED]
    dossier = session.get(Dossier, dossier_id)
    for row in made:
        of_row = VerstrekkingDocument.verstrekking_id == row.id
        session.add(
            VerstrekkingGone(
                id=row.id,
                tenant_id=row.tenant_id,
                dossier_id=row.dossier_id,
                school_id=dossier.school_on(row.made_at.astimezone(AMSTERDAM).date()) if dossier else "",
                recipient_id=row.recipient_id,
                purpose=row.purpose,
                basis=row.basis,
                form=row.form,
                article=row.article,
                profile=row.profile,
                made_at=row.made_at,
                documents=session.scalar(select(func.count()).where(of_row)) or 0,
            )
        )
    session.flush()
    ids = [row.id for row in rows]
    session.execute(delete(VerstrekkingDocument).where(VerstrekkingDocument.verstrekking_id.in_(ids)))
    session.execute(delete(Verstrekking).where(Verstrekking.id.in_(ids)))
    return {"verstrekkingen": len(made)}


SHARE = Share(
    slice="disclosure",
    erased=("verstrekking",),
    follows=("verstrekking_document",),
    stays=("coded_export",),
    erase=erase,
)
