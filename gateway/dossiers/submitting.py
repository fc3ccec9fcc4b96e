"""The school submits: the notification to the SWV (PR3), and what the SWV does with a possible double."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from gateway.dossiers.describing import description_of
from gateway.dossiers.informing import recorded
from gateway.dossiers.judging import judge_record, record_refusal, refusal
from gateway.dossiers.queries import pupil_of, school_dossier, swv_dossier
from gateway.dossiers.rules import Pupil, check_bsn
from gateway.dossiers.tables import Document, DocumentVersion, Dossier
from gateway.dossiers.telling import tell_swv
from gateway.errors import ConflictError
from gateway.recording import Action, record
from gateway.sentences import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.reglement.rules import Decision
    from gateway.services import Services


def submit(services: Services, context: Context, dossier_id: str) -> None:
    """Submit the dossier: this is the notification to the SWV (PR3). Each document is judged as a recording.

    Raises:
        ConflictError: it was submitted before, or something is still missing; the sentence says what.
        RefusedError: the reglement does not allow one of the documents to be recorded.
    """
    refused: Decision | None = None
    with services.db.writing() as session:
        dossier = school_dossier(session, context, dossier_id, lock=True)
        if dossier.state != "draft":
            raise ConflictError("Dit dossier is al ingediend.")
        versions = _current_versions(session, dossier.id)
        _check_complete(versions)
        for version in versions:
            decision = judge_record(services, session, context, dossier, description_of(services, session, version))
            if not decision.allowed:
                refused = decision
                record_refusal(services, session, context, dossier, version, decision)
                break
        if refused is None:
            _submit(services, session, context, dossier, versions)
    if refused is not None:
        raise refusal(refused)


def settle_double(services: Services, context: Context, dossier_id: str) -> None:
    """The SWV looked at a possible double dossier and says it is settled."""
    with services.db.writing() as session:
        dossier = swv_dossier(session, context, dossier_id)
        session.execute(update(Dossier).where(Dossier.id == dossier.id).values(possible_double=False))
        record(
            session,
            services.vault,
            context,
            Action.CORRECT,
            dossier_id=dossier.id,
            object_type="dossier",
            object_id=dossier.id,
            payload={"double": "settled"},
        )


def _submit(
    services: Services, session: Session, context: Context, dossier: Dossier, versions: Sequence[DocumentVersion]
) -> None:
    dossier.state = "submitted"
    dossier.submitted_at = context.now
    dossier.changed_at = context.now
    dossier.version += 1
    dossier.possible_double = has_double(services, session, dossier, pupil_of(session, services.vault, dossier))
    record(
        session,
        services.vault,
        context,
        Action.SUBMIT,
        dossier_id=dossier.id,
        object_type="dossier",
        object_id=dossier.id,
        article="PR3",
        payload={"documents": len(versions)},
    )
    tell_swv(services, session, context, dossier, "submitted")
    recorded(services, session, context, dossier, versions)


def has_double(services: Services, session: Session, dossier: Dossier, pupil: Pupil) -> bool:
    """Whether another submitted dossier of this SWV has the same BSN."""
    others = services.vault.find(session, dossier.tenant_id, "bsn", check_bsn(pupil.bsn)) - {dossier.id}
    submitted = select(Dossier.id).where(Dossier.id.in_(others), Dossier.state != "draft")
    return session.scalars(submitted).first() is not None


def _current_versions(session: Session, dossier_id: str) -> list[DocumentVersion]:
    query = (
        select(DocumentVersion)
        .join(Document, Document.id == DocumentVersion.document_id)
        .where(DocumentVersion.dossier_id == dossier_id, Document.withdrawn_at.is_(None))
        .where(DocumentVersion.state != "superseded")
    )
    newest: dict[str, DocumentVersion] = {}
    for version in session.scalars(query.order_by(DocumentVersion.number)):
        newest[version.document_id] = version
    return list(newest.values())


def _check_complete(versions: list[DocumentVersion]) -> None:
    if not versions:
        raise ConflictError("Voeg eerst ten minste één stuk toe.")
    waiting = sum(version.state == "in_check" for version in versions)
    if waiting:
        raise ConflictError(
            counted(
                "%(num)d stuk wordt nog gecontroleerd. Dat duurt meestal minder dan een minuut.",
                "%(num)d stukken worden nog gecontroleerd. Dat duurt meestal minder dan een minuut.",
                waiting,
            )
        )
    rejected = sum(version.state == "rejected" for version in versions)
    if rejected:
        raise ConflictError(
            counted(
                "%(num)d stuk is afgekeurd. Verwijder het eerst, of stuur een beter bestand.",
                "%(num)d stukken zijn afgekeurd. Verwijder ze eerst, of stuur betere bestanden.",
                rejected,
            )
        )
    undescribed = sum(version.kind is None for version in versions)
    if undescribed:
        raise ConflictError(
            counted("Beschrijf eerst nog %(num)d stuk.", "Beschrijf eerst nog %(num)d stukken.", undescribed)
        )
