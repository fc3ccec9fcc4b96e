"""What a document is: said by the school, judged once the dossier is with the SWV. Source: PR6.1, PR6.3, PR7."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.dossiers import labels
from gateway.dossiers.informing import recorded
from gateway.dossiers.judging import judge_record, record_refusal, refusal
from gateway.dossiers.queries import document_for, school_dossier
from gateway.dossiers.rules import DOCUMENT_KINDS, ORIGINS, PURPOSES, TEXT_MAX, needs_necessity
from gateway.dossiers.telling import tell_swv
from gateway.errors import ConflictError, InvalidInputError
from gateway.recording import Action, record
from gateway.sentences import sentence

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.dossiers.tables import DocumentVersion
    from gateway.reglement.rules import Decision
    from gateway.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What the school says of a document: PR6.1 (origin), PR6.3 (necessity), PR7 (categories), PR4.1 (purpose)."""

    kind: str
    categories: tuple[str, ...]
    origin: str
    purpose: str
    necessity: str = ""


def describe(services: Services, context: Context, dossier_id: str, document_id: str, description: Description) -> None:
    """Say what a document is. On a submitted dossier the judge decides whether it may be recorded.

    Raises:
        InvalidInputError: something is missing; the field is named.
        RefusedError: the reglement does not allow this to be recorded.
    Source: PR6.1, PR6.3, PR7.
    """
    _check_description(description)
    refused: Decision | None = None
    with services.db.writing() as session:
        dossier = school_dossier(session, context, dossier_id, lock=True)
        line = document_for(services, session, context, dossier, document_id)
        if line.document.withdrawn_at is not None or line.version.state in {"rejected", "superseded"}:
            raise ConflictError("Dit stuk kan niet meer worden beschreven.")
        if dossier.state != "draft":
            decision = judge_record(services, session, context, dossier, description)
            if not decision.allowed:
                refused = decision
                record_refusal(services, session, context, dossier, line.version, decision)
        if refused is None:
            was_new = line.version.kind is None
            write_description(services, session, line.version, description)
            dossier.changed_at = context.now
            record(
                session,
                services.vault,
                context,
                Action.RECORD,
                dossier_id=dossier.id,
                object_type="document_version",
                object_id=line.version.id,
                purpose=description.purpose,
                article="PR7",
                payload={
                    "document": document_id,
                    "kind": description.kind,
                    "categories": list(description.categories),
                    "origin": description.origin,
                },
            )
            if dossier.state != "draft":
                tell_swv(services, session, context, dossier, "document_added")
            if was_new:  # described anew is not recorded anew
                recorded(services, session, context, dossier, [line.version])
    if refused is not None:
        raise refusal(refused)


def _check_description(description: Description) -> None:
    if description.kind not in DOCUMENT_KINDS:
        raise InvalidInputError("Kies wat voor stuk dit is.", field="kind")
    if not description.categories:
        raise InvalidInputError("Kies ten minste één soort gegevens die in dit stuk staat.", field="categories")
    if description.origin not in ORIGINS:
        raise InvalidInputError("Kies van wie dit stuk komt.", field="origin")
    if description.purpose not in PURPOSES:
        raise InvalidInputError("Kies waarvoor dit stuk nodig is.", field="purpose")
    if len(description.necessity) > TEXT_MAX:
        raise InvalidInputError(
            sentence("Deze uitleg is langer dan %(count)d tekens.", count=TEXT_MAX), field="necessity"
        )
    if needs_necessity(list(description.categories)) and not description.necessity.strip():
        raise InvalidInputError(
            "Schrijf waarom deze gezondheidsgegevens of gegevens over godsdienst nodig zijn.", field="necessity"
        )


def write_description(services: Services, session: Session, version: DocumentVersion, description: Description) -> None:
    """Keep with a version what was said of it."""
    version.kind = description.kind
    version.categories = " ".join(description.categories)
    version.origin = description.origin
    version.purpose = description.purpose
    version.necessity = labels.seal_necessity(services.vault, session, version, description.necessity.strip())


def description_of(services: Services, session: Session, version: DocumentVersion) -> Description:
    """What was said of a version before."""
    return Description(
        kind=version.kind or "",
        categories=tuple(version.category_list),
        origin=version.origin or "",
        purpose=version.purpose or "",
        necessity=labels.necessity_of(services.vault, session, version),
    )
