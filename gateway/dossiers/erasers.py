"""The dossier itself: its objects are asked for, the accounts of its family end, and its row takes the rest along."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, exists, func, select

from gateway.accounts.erasers import erase_account
from gateway.dossiers import objects
from gateway.dossiers.tables import Document, DocumentVersion, Dossier, DossierPerson, Rendition
from gateway.jobs import queue
from retention.erasers import Share

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services


def erase(services: Services, session: Session, context: Context, dossier_id: str) -> dict[str, int]:
    """Erase the dossier's row with all that hangs under it; its keys are the vault's, and its objects follow."""
    counts = _counts(session, dossier_id)
    of_version = select(DocumentVersion.id).where(DocumentVersion.dossier_id == dossier_id)
    keys = {
        *session.scalars(select(DocumentVersion.object_key).where(DocumentVersion.dossier_id == dossier_id)),
        *session.scalars(select(Rendition.object_key).where(Rendition.version_id.in_(of_version))),
    }
    counts["objects"] = objects.ask_erasure(session, keys, dossier_id, context.now)
    queue.enqueue(session, kind="erase", ref=dossier_id, now=context.now)
    family = _only_here(session, dossier_id)
    counts["accounts"] = sum(erase_account(services, session, context, each) for each in family)
    session.flush()
    session.expunge_all()  # what follows by foreign key must not be written back from memory
    session.execute(delete(Dossier).where(Dossier.id == dossier_id))
    return counts


def _counts(session: Session, dossier_id: str) -> dict[str, int]:
    of_version = select(DocumentVersion.id).where(DocumentVersion.dossier_id == dossier_id)
    found = {
        "dossiers": select(func.count()).where(Dossier.id == dossier_id),
        "documents": select(func.count()).where(Document.dossier_id == dossier_id),
        "versions": select(func.count()).where(DocumentVersion.dossier_id == dossier_id),
        "renditions": select(func.count()).where(Rendition.version_id.in_(of_version)),
    }
    return {kind: session.scalar(query) or 0 for kind, query in found.items()}


def _only_here(session: Session, dossier_id: str) -> list[str]:
    """The accounts that are linked to this dossier and to no other."""
    other = DossierPerson.__table__.alias()
    query = select(DossierPerson.account_id).where(
        DossierPerson.dossier_id == dossier_id,
        ~exists().where(other.c.account_id == DossierPerson.account_id, other.c.dossier_id != dossier_id),
    )
    return sorted(session.scalars(query))


SHARE = Share(
    slice="dossiers",
    erased=("dossier",),
    follows=(
        *("document", "document_version", "dossier_person", "enrolment", "informed", "informing", "reading"),
        *("rendition", "statement"),
    ),
    stays=("erasure",),
    objects=("document_version.object_key", "rendition.object_key", "erasure.object_key"),
    erase=erase,
)
