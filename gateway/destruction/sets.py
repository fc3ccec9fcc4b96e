"""A set of categories of which the day has come goes, while the dossier lives on with what must stay.

The documents that lie wholly in it lose keys, rows and objects as a removed document does; the fields of the record
that are of it are emptied. Everything in one transaction with its event, in the steps and states of the whole.
Source: PR12.1, D-PR 7 (Leiden); judgement.md, "destroy"; ADR 17.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select

from crypto.errors import CryptoError
from gateway.destruction import part_recipients
from gateway.disclosure import recipients
from gateway.dossiers import keeping, objects, parts
from gateway.dossiers.erasing import erase_document
from gateway.dossiers.queries import pupil_of
from gateway.dossiers.search_values import search_values
from gateway.dossiers.tables import Document, DocumentVersion, Rendition
from gateway.matters.breach_tables import BreachDocument
from gateway.recording import Action, record
from gateway.vault.tables import SubjectKey

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.dossiers.tables import Dossier
    from gateway.erasure.tables import Destruction
    from gateway.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Going:
    """What of a dossier goes: documents by their ids, fields of its record by their names."""

    documents: Sequence[str]
    fields: Sequence[str]

    def __bool__(self) -> bool:
        """Whether anything goes at all."""
        return bool(self.documents or self.fields)


def letters_of(row: Destruction) -> tuple[str, ...]:
    """The categories of the set; empty: it is of the whole dossier."""
    return tuple(row.categories.split())


def going(services: Services, session: Session, dossier: Dossier, letters: Collection[str], on: date) -> Going:
    """What goes of this dossier when this set is destroyed on this day; nothing of what must stay."""
    kept = keeping.kept_of(session, dossier, on)
    if kept is None:
        return Going(documents=(), fields=())
    found = parts.parts_of(session, dossier.id, letters, besluit_kept=kept.besluit_kept)
    fields = parts.fields_of(pupil_of(session, services.vault, dossier), letters)
    return Going(documents=found.documents, fields=fields)


def erase_in(
    services: Services,
    session: Session,
    context: Context,
    row: Destruction,
    dossier: Dossier,
    what: Going,
    *,
    article: str,
    approved: Sequence[str],
) -> None:
    """Erase this of a dossier in the caller's transaction, which asked whether it may; the dossier is locked."""
    hung = session.get(SubjectKey, dossier.id)
    key_id = hung.period_key_id if hung else None
    logged = _opens(services, session, dossier)
    counts: Counter[str] = Counter()
    part_recipients.note(session, row, dossier, what.documents)
    for document_id in what.documents:
        counts.update(_document(services, session, context, row, dossier, document_id, article=article, logged=logged))
    if what.fields and logged:
        _scrub(services, session, dossier, what.fields)
    if what.fields:
        services.vault.forget(session, dossier.id, row.id, now=context.now)  # old copies of the record, at night
        counts["fields"] = len(what.fields)
    told = {"categories": row.categories.split(), "documents": list(what.documents), "fields": list(what.fields)}
    counted = {kind: count for kind, count in sorted(counts.items()) if count}
    row.event_id = record(
        session,
        services.vault,
        context,
        Action.DESTROY,
        tenant_id=row.tenant_id,
        object_type="dossier_part",
        object_id=dossier.id,
        article=article,
        profile=row.profile,
        payload={
            "destruction": row.id,
            "counts": counted,
            "approved_by": list(approved),
            "key": key_id or "",
            "part": told,
        },
    )
    row.parts = {"documents": told["documents"], "fields": told["fields"]}
    row.state, row.erased_at, row.key_id, row.counts, row.article = "erased", context.now, key_id, counted, article


def told_of(row: Destruction) -> dict[str, Any] | None:
    """The set as event, journal and certificate name it; None: the whole dossier."""
    if not row.categories:
        return None
    return {
        "categories": row.categories.split(),
        "documents": list(row.parts.get("documents", ())),
        "fields": list(row.parts.get("fields", ())),
    }


def _document(
    services: Services,
    session: Session,
    context: Context,
    row: Destruction,
    dossier: Dossier,
    document_id: str,
    *,
    article: str,
    logged: bool,
) -> dict[str, int]:
    document = session.get(Document, document_id)
    if document is None or document.dossier_id != dossier.id:
        return {}
    versions = select(DocumentVersion.id).where(DocumentVersion.document_id == document_id)
    made = Rendition.version_id.in_(versions)
    keys = {
        *session.scalars(select(DocumentVersion.object_key).where(DocumentVersion.document_id == document_id)),
        *session.scalars(select(Rendition.object_key).where(made)),
    }
    counts = {
        "documents": 1,
        "versions": session.scalar(select(func.count()).select_from(versions.subquery())) or 0,
        "renditions": session.scalar(select(func.count()).where(made)) or 0,
    }
    recipients.let_go(services, session, context, dossier.id, document_id, article=article, logged=logged)
    session.execute(delete(BreachDocument).where(BreachDocument.document_id == document_id))
    erase_document(services, session, context, dossier, document)
    counts["objects"] = objects.ask_erasure(session, keys, dossier.id, context.now)
    if logged:
        record(
            session,
            services.vault,
            context,
            Action.DESTROY,
            tenant_id=row.tenant_id,
            dossier_id=dossier.id,
            object_type="document",
            object_id=document_id,
            article=article,
            payload={"erased": True, "destruction": row.id},
        )
    return counts


def _scrub(services: Services, session: Session, dossier: Dossier, fields: Collection[str]) -> None:
    """Empty these fields of the record, and make the search tokens of what is left."""
    pupil = parts.without(pupil_of(session, services.vault, dossier), fields)
    dossier.pupil = services.vault.seal_json(session, dossier.id, "pupil", pupil.to_json())
    dossier.version += 1
    for kind, values in search_values(pupil).items():
        services.vault.add_tokens(session, dossier.id, kind, values)


def _opens(services: Services, session: Session, dossier: Dossier) -> bool:
    """Whether the dossier's own keys open; not where an old database came back after its period key was destroyed."""
    try:
        pupil_of(session, services.vault, dossier)
    except (LookupError, CryptoError):
        return False
    return True
