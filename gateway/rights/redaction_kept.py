"""What is kept of a redaction, opened and sealed, and where its files stand; the events of its steps.

All of it is sealed under the document's own key, so that it dies with the document.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from gateway.anonymisation import renditions
from gateway.anonymisation.choices import Choices
from gateway.anonymisation.sealed import Group
from gateway.disclosure.outgoing import REDACTED_PDF
from gateway.dossiers import derived, labels
from gateway.recording import Action, Outcome, record
from gateway.rights.inzage_tables import InzageDocument

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.dossiers.tables import DocumentVersion, Rendition
    from gateway.services import Services

RUNS: Final = 1000


def first_number(row: InzageDocument, run: int) -> int:
    """The number of the file of a run among the renditions of its version; its pages follow."""
    return (row.place * RUNS + run) * renditions.PER_RUN


def of_request(session: Session, request_id: str) -> dict[str, InzageDocument]:
    """What was decided on the documents of a request, by document."""
    rows = session.scalars(select(InzageDocument).where(InzageDocument.request_id == request_id))
    return {row.document_id: row for row in rows}


def file_of(session: Session, row: InzageDocument, version: DocumentVersion) -> Rendition | None:
    """The redacted file of this request, when it was made of this version."""
    if row.version_id != version.id or not row.run:
        return None
    number = first_number(row, row.run)
    return next((file for file in derived.listed(session, version, REDACTED_PDF) if file.number == number), None)


def is_made(services: Services, session: Session, row: InzageDocument) -> bool:
    """Whether the file holds all that was decided."""
    told = opened(services, session, row, "choices_made", row.report)
    made = Choices.from_json((told or {}).get("made") or {})
    chosen = choices_of(services, session, row)
    return told is not None and (made.keep, made.added) == (chosen.keep, chosen.added)


def seal_made(
    services: Services,
    session: Session,
    row: InzageDocument,
    groups: Sequence[Group],
    report: dict[str, Any],
    choices: Choices,
) -> None:
    """Keep what was found, and with which choices it was made."""
    told = [{name: getattr(each, name) for name in Group.__slots__} for each in groups]
    row.finds = seal(services, session, row, "finds", told)
    row.report = seal(services, session, row, "choices_made", {"report": report, "made": choices.to_json()})


def groups_of(services: Services, session: Session, row: InzageDocument) -> list[Group]:
    """Everything that was found in the document."""
    found = opened(services, session, row, "finds", row.finds) or []
    return [Group(**{**each, "places": tuple(each["places"])}) for each in found]


def choices_of(services: Services, session: Session, row: InzageDocument) -> Choices:
    """What the officer chose so far."""
    return Choices.from_json(opened(services, session, row, "choices", row.choices) or {})


def why_of(services: Services, session: Session, row: InzageDocument) -> str:
    """Why it is withheld."""
    return str(opened(services, session, row, "why", row.why) or "")


def opened(services: Services, session: Session, row: InzageDocument, what: str, sealed: bytes | None) -> Any:
    """A sealed part of the row; None where there is none."""
    if sealed is None:
        return None
    return services.vault.open_json(session, row.dossier_id, _place(row, what), sealed, part=row.document_id)


def seal(services: Services, session: Session, row: InzageDocument, what: str, value: Any) -> bytes:
    """Seal such a part."""
    labels.own_part(services.vault, session, row.dossier_id, row.document_id)
    return services.vault.seal_json(session, row.dossier_id, _place(row, what), value, part=row.document_id)


def _place(row: InzageDocument, what: str) -> str:
    return f"inzage-{what}:{row.id}"


def tell(
    services: Services,
    session: Session,
    context: Context,
    row: InzageDocument,
    step: str,
    *,
    outcome: Outcome = Outcome.SUCCESS,
    **more: Any,
) -> None:
    """Write the event of a step of the redaction: `asked`, `made`, `failed`, `decided`; without a value."""
    record(
        session,
        services.vault,
        context,
        Action.ANONYMISE,
        outcome=outcome,
        tenant_id=row.tenant_id,
        dossier_id=row.dossier_id,
        object_type="inzage_document",
        object_id=row.id,
        on_behalf_of=row.asked_by if context.actor is None else None,
        purpose="inzage",
        article="PR11.3",
        payload={"document": row.document_id, "step": step, **more},
    )
