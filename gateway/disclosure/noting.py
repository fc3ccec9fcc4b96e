"""The events of the door: what left, what was refused, who looked. Written into the transaction of the act (PR9.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.recording import Action, Outcome, record

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.disclosure.judging import Judged
    from gateway.disclosure.tables import Verstrekking
    from gateway.dossiers.tables import DocumentVersion
    from gateway.reglement.rules import Decision
    from gateway.services import Services


def record_fetch(
    services: Services,
    session: Session,
    context: Context,
    row: Verstrekking,
    version: DocumentVersion,
    decision: Decision,
    action: Action,
) -> None:
    """Write the event of a fetch, or of its refusal, into the transaction."""
    record(
        session,
        services.vault,
        context,
        action,
        outcome=Outcome.SUCCESS if decision.allowed else Outcome.REFUSED,
        dossier_id=row.dossier_id,
        object_type="document_version",
        object_id=version.id,
        purpose=row.purpose,
        legal_basis=row.law or row.basis,
        article=decision.article,
        profile=f"{decision.profile_id}@{decision.profile_version}",
        payload={
            "verstrekking": row.id,
            "document": version.document_id,
            "version": version.number,
        },
    )


def record_refusal(services: Services, session: Session, context: Context, judged: Judged) -> None:
    """Write that a request was refused, by which article and why."""
    decision = judged.decision
    record(
        session,
        services.vault,
        context,
        Action.REFUSE,
        outcome=Outcome.REFUSED,
        dossier_id=judged.request.dossier_id,
        object_type="verstrekking",
        purpose=judged.request.purpose,
        legal_basis=judged.request.law or judged.request.basis,
        article=decision.article,
        profile=f"{decision.profile_id}@{decision.profile_version}",
        payload={
            "recipient": judged.recipient.id,
            "recipient_name": judged.recipient.name,
            "document_ids": [line.document.id for line in judged.lines],
            "reason": decision.reason,
        },
    )


def record_opened(services: Services, session: Session, context: Context, row: Verstrekking) -> None:
    """Write that someone looked at a verstrekking: it names the pupil and what was disclosed (PR9.3)."""
    record(
        session,
        services.vault,
        context,
        Action.CONSULT,
        dossier_id=row.dossier_id,
        object_type="verstrekking",
        object_id=row.id,
        purpose=row.purpose,
        article="PR9.3",
    )
