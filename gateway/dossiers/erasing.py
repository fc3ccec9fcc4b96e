"""A wrong upload is taken back; a draft is thrown away, with everything in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.consent import usecases as consents
from gateway.dossiers import labels
from gateway.dossiers.queries import school_dossier
from gateway.dossiers.rules import TEXT_MAX
from gateway.dossiers.tables import Document, DocumentVersion, Dossier, Erasure, Rendition
from gateway.dossiers.telling import tell_swv
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.jobs import queue as jobs
from gateway.notices import outbox
from gateway.recording import Action, record

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services


def withdraw(services: Services, context: Context, dossier_id: str, document_id: str, reason: str) -> None:
    """Take back a wrong upload: before submission it is erased; after it is shielded at once and the SWV is told.

    Source: PR11.4, issue "daily life".
    """
    reason = reason.strip()
    if not reason or len(reason) > TEXT_MAX:
        raise InvalidInputError("Schrijf kort waarom u dit stuk intrekt.", field="reason")
    with services.db.writing() as session:
        dossier = school_dossier(session, context, dossier_id, lock=True)
        document = session.get(Document, document_id)
        if document is None or document.dossier_id != dossier.id:
            raise NotFoundError
        if document.withdrawn_at is not None:
            raise ConflictError("Dit stuk is al ingetrokken.")
        erased = dossier.state == "draft"
        if erased:
            erase_document(services, session, context, dossier, document)
        else:
            document.withdrawn_at = context.now
            document.withdrawn_reason = labels.seal_reason(services.vault, session, document, reason)
            tell_swv(services, session, context, dossier, "withdrawn")
        dossier.changed_at = context.now
        record(
            session,
            services.vault,
            context,
            Action.WITHDRAW if not erased else Action.DESTROY,
            dossier_id=dossier.id,
            object_type="document",
            object_id=document_id,
            article="PR11.4",
            payload={"reason": reason, "erased": erased},
        )


def erase_draft(services: Services, context: Context, dossier_id: str) -> None:
    """Throw a draft away, with everything in it: it was never notified to the SWV (PR3)."""
    with services.db.writing() as session:
        dossier = school_dossier(session, context, dossier_id, lock=True)
        if dossier.state != "draft":
            raise ConflictError("Dit dossier is ingediend en kan niet meer worden weggegooid.")
        for document in session.scalars(select(Document).where(Document.dossier_id == dossier.id)).all():
            erase_document(services, session, context, dossier, document)
        record(
            session,
            services.vault,
            context,
            Action.DESTROY,
            object_type="dossier",
            object_id=dossier.id,
            article="PR3",
        )
        outbox.forget_dossier(session, dossier.id)
        consents.forget_dossier(session, dossier.id)
        session.delete(dossier)
        session.flush()
        services.vault.forget_subject(session, dossier_id, now=context.now)


def erase_document(
    services: Services, session: Session, context: Context, dossier: Dossier, document: Document
) -> None:
    """Remove a document with its versions, renditions and keys; the objects follow in the background."""
    versions = session.scalars(select(DocumentVersion).where(DocumentVersion.document_id == document.id)).all()
    for version in versions:
        erase_objects(session, context, version)
        dossier.stored_bytes -= version.plain_size
    services.vault.forget(session, dossier.id, document.id, *(version.id for version in versions), now=context.now)
    session.delete(document)
    session.flush()
    jobs.enqueue(session, kind="erase", ref=dossier.id, now=context.now)


def erase_objects(session: Session, context: Context, version: DocumentVersion) -> None:
    """Ask that the objects of a version and of its renditions be removed from storage."""
    keys = [version.object_key]
    keys += session.scalars(select(Rendition.object_key).where(Rendition.version_id == version.id)).all()
    for key in keys:
        session.merge(Erasure(object_key=key, asked_at=context.now))
