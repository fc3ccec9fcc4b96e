"""A rendition of a document is asked for; the worker makes it. Source: CV4.6, PR8.1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.anonymisation import renditions
from gateway.anonymisation.rendition_tables import AnonymisedRendition
from gateway.dossiers import queries
from gateway.dossiers.judging import judge_reading, record_refusal, refusal
from gateway.errors import ConflictError, NotFoundError
from gateway.ids import new_id
from gateway.jobs import queue as jobs
from gateway.recording import Action, Outcome, record

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.dossiers.queries import DocumentLine
    from gateway.dossiers.tables import Dossier
    from gateway.reglement.rules import Decision
    from gateway.services import Services

JOB = "anonymise"


def ask(services: Services, context: Context, dossier_id: str, document_id: str) -> str:
    """Ask that the newest version of a document be anonymised; gives the rendition's id, also when it was there.

    What is made or under review already is not made again; what failed, was blocked or no longer counts is.

    Raises:
        NotFoundError: not a dossier or document of this actor of the SWV.
        RefusedError: the reglement does not let the actor read it; the refusal is in the log.
        ConflictError: it cannot be read (yet).
    """
    with services.db.writing() as session:
        dossier, line = line_for(services, session, context, dossier_id, document_id)
        decision = judge_reading(services, session, context, dossier, line.version)
        if decision.allowed:
            row = _asked(services, session, context, dossier, line, decision)
        else:
            record_refusal(services, session, context, dossier, line.version, decision)
    if not decision.allowed:
        raise refusal(decision)
    return row.id


def line_for(
    services: Services, session: Session, context: Context, dossier_id: str, document_id: str
) -> tuple[Dossier, DocumentLine]:
    """A document that people of the SWV may work on, with its dossier; break-glass opens it to read, not for this.

    Raises:
        NotFoundError: it is another's, or does not exist.
        ConflictError: it was withdrawn, is in check, or was rejected.
    """
    dossier = queries.swv_dossier(session, context, dossier_id)
    line = queries.document_for(services, session, context, dossier, document_id)
    if line.document.withdrawn_at is not None:
        raise ConflictError("Dit stuk is ingetrokken. Niemand kan het nog openen.")
    if line.version.state == "in_check":
        raise ConflictError("Dit stuk wordt nog gecontroleerd. Probeer het over een minuut opnieuw.")
    if line.version.state != "ready":
        raise ConflictError("Dit stuk is afgekeurd en kan niet worden geopend.")
    return dossier, line


def _asked(
    services: Services, session: Session, context: Context, dossier: Dossier, line: DocumentLine, decision: Decision
) -> AnonymisedRendition:
    version = line.version
    row = renditions.of_version(session, version.id)
    if row is None:
        row = AnonymisedRendition(
            id=new_id(),
            tenant_id=dossier.tenant_id,
            dossier_id=dossier.id,
            document_id=version.document_id,
            version_id=version.id,
            content_mark=version.content_mark,
            asked_by=context.person.account_id,
            asked_at=context.now,
        )
        session.add(row)
        session.flush()
    elif renditions.shown_state(services, session, row, version) not in {"failed", "blocked", "superseded"}:
        return row
    queue(services, session, context, row, article=decision.article)
    return row


def queue(
    services: Services, session: Session, context: Context, row: AnonymisedRendition, *, article: str = "CV4.6"
) -> None:
    """Promise that a rendition is made (again), with its event."""
    row.state, row.code, row.categories = "asked", None, None
    row.doing, row.at_page, row.of_pages = None, 0, 0
    row.asked_by, row.asked_at = context.person.account_id, context.now
    row.reviewed_by = row.reviewed_at = row.second_by = row.second_at = None
    row.turn += 1
    jobs.enqueue(session, kind=JOB, ref=row.id, now=context.now)
    tell(services, session, context, row, "asked", article=article)


def tell(
    services: Services,
    session: Session,
    context: Context,
    row: AnonymisedRendition,
    step: str,
    *,
    article: str = "CV4.6",
    outcome: Outcome = Outcome.SUCCESS,
    **more: Any,
) -> None:
    """Write the event of a step: `asked`, `made`, `failed`, `decided`, `reviewed`, `second`, `returned`."""
    record(
        session,
        services.vault,
        context,
        Action.ANONYMISE,
        outcome=outcome,
        tenant_id=row.tenant_id,
        dossier_id=row.dossier_id,
        object_type="anonymised_rendition",
        object_id=row.id,
        on_behalf_of=row.asked_by if context.actor is None else None,
        article=article,
        payload={"document": row.document_id, "step": step, **more},
    )


def mine(services: Services, session: Session, context: Context, rendition_id: str) -> AnonymisedRendition:
    """A rendition of a document that this actor may work on.

    Raises:
        NotFoundError: it does not exist, or is not within the actor's reach.
    """
    row = session.get(AnonymisedRendition, rendition_id)
    if row is None:
        raise NotFoundError
    _dossier, line = line_for(services, session, context, row.dossier_id, row.document_id)
    if line.version.id != row.version_id:
        raise ConflictError("Van dit stuk is er een nieuwe versie. Maak daar een geanonimiseerde weergave van.")
    return row
