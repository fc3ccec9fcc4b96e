"""The events of the door: what left, what was refused, who looked. Written into the transaction of the act (PR9.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from gateway.access.facts import entries_in_scope
from gateway.accounts import people
from gateway.accounts.tables import Account, Organisation, Tenant
from gateway.context import Role
from gateway.disclosure.tables import Verstrekking, VerstrekkingDocument
from gateway.dossiers.tables import DocumentVersion, Dossier
from gateway.notices import outbox
from gateway.recording import Action, Outcome, record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.disclosure.judging import Judged
    from gateway.disclosure.outgoing import Outgoing
    from gateway.reglement.rules import Decision
    from gateway.services import Services


def versions_of(session: Session, row: Verstrekking) -> list[DocumentVersion]:
    """The document versions of a verstrekking, in their order."""
    query = (
        select(DocumentVersion)
        .join(VerstrekkingDocument, VerstrekkingDocument.version_id == DocumentVersion.id)
        .where(VerstrekkingDocument.verstrekking_id == row.id)
        .order_by(DocumentVersion.made_at, DocumentVersion.id)
    )
    return list(session.scalars(query))


def items_of(session: Session, row: Verstrekking) -> list[VerstrekkingDocument]:
    """What is kept of each document of a verstrekking."""
    query = select(VerstrekkingDocument).where(VerstrekkingDocument.verstrekking_id == row.id)
    return list(session.scalars(query.order_by(VerstrekkingDocument.version_id)))


def record_disclosed(services: Services, session: Session, context: Context, row: Verstrekking) -> None:
    """Write the verstrekking itself: from here on the recipient can have it."""
    _record(services, session, context, row, Action.DISCLOSE, _whole(session, row))


def record_asked(services: Services, session: Session, context: Context, row: Verstrekking) -> None:
    """Write that a verstrekking was asked, and waits for a second person."""
    _record(services, session, context, row, Action.REQUEST, _whole(session, row))


def record_decided(services: Services, session: Session, context: Context, row: Verstrekking, reason: str) -> None:
    """Write that a second person said no, and why."""
    payload = {**_whole(session, row), "reason": reason, "asked_by": row.made_by}
    _record(services, session, context, row, Action.DECIDE, payload, outcome=Outcome.REFUSED)


def record_failed(services: Services, context: Context, row_id: str, action: Action, form: str) -> None:
    """Write, in a transaction of its own, that what was noted as leaving did not leave after all."""
    with services.db.writing() as session:
        row = session.get_one(Verstrekking, row_id)
        row.failed_at = context.now
        if row.packaged_at == context.now:
            row.packaged_at = None
        if row.printed_at == context.now:
            row.printed_at = row.printed_pages = None
        payload = {**_whole(session, row), "form": form}
        _record(services, session, context, row, action, payload, outcome=Outcome.FAILED)


def watched(services: Services, context: Context, row_id: str, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes; when they break off half-way by our doing, that stands in the log as a failure."""
    try:
        yield from chunks
    except Exception:
        record_failed(services, context, row_id, Action.DOWNLOAD, "portal")
        raise


def record_whole(
    services: Services, session: Session, context: Context, row: Verstrekking, action: Action, told: dict[str, Any]
) -> None:
    """Write that all of it leaves in one piece, a package or paper; before the first byte of it."""
    recipient = session.get_one(Organisation, row.recipient_id).name
    _record(services, session, context, row, action, {**told, "recipient_name": recipient})


def _record(
    services: Services,
    session: Session,
    context: Context,
    row: Verstrekking,
    action: Action,
    payload: dict[str, Any],
    *,
    outcome: Outcome = Outcome.SUCCESS,
) -> None:
    record(
        session,
        services.vault,
        context,
        action,
        outcome=outcome,
        dossier_id=row.dossier_id,
        object_type="verstrekking",
        object_id=row.id,
        purpose=row.purpose,
        legal_basis=row.law or row.basis,
        article=row.article,
        profile=row.profile,
        payload=payload,
    )


def _whole(session: Session, row: Verstrekking) -> dict[str, Any]:
    """What a verstrekking is, as its events say it: documents by their id, for the receipt of it goes to many."""
    held = versions_of(session, row)
    return {
        "recipient": row.recipient_id,
        "recipient_name": session.get_one(Organisation, row.recipient_id).name,
        "document_ids": [version.document_id for version in held],
        "categories": row.categories.split(),
        "consent": row.consent_id,
        "leaves_as": row.form,
        "sha256": [item.sha256 for item in items_of(session, row) if item.sha256],
    }


def tell_recipients(services: Services, session: Session, context: Context, row: Verstrekking) -> None:
    """Put a notice for the contact persons of the recipient; what is for a named expert, only the expert hears of."""
    query = select(Account).where(Account.organisation_id == row.recipient_id, Account.active)
    if row.expert_id is not None:
        query = query.where(Account.id == row.expert_id)
    else:
        query = query.where(Account.role == Role.CONTACT_PERSON.value)
    for account in session.scalars(query):
        _tell(services, session, context, row, account.id, "verstrekking", "ontvangen")


def tell_approvers(services: Services, session: Session, context: Context, row: Verstrekking) -> None:
    """Put a notice for everyone of the SWV who may reach the dossier, but for who asked."""
    swv = session.get_one(Tenant, row.tenant_id).swv_id
    query = select(Account).where(
        Account.organisation_id == swv,
        Account.active,
        Account.role.in_((Role.SWV_STAFF.value, Role.CONTACT_PERSON.value)),
        Account.id != row.made_by,
    )
    school_id = session.get_one(Dossier, row.dossier_id).school_on(context.today)
    for account in session.scalars(query):
        if entries_in_scope(session, account.id, context.today, dossier_id=row.dossier_id, school_id=school_id):
            _tell(services, session, context, row, account.id, "approval", "verstrekkingen")


def tell_asker(services: Services, session: Session, context: Context, row: Verstrekking) -> None:
    """Put a notice for who asked: the second person decided."""
    _tell(services, session, context, row, people.acting_for(session, row.made_by), "decided", "verstrekkingen")


def _tell(
    services: Services, session: Session, context: Context, row: Verstrekking, account_id: str, kind: str, place: str
) -> None:
    outbox.queue(
        session,
        services.vault,
        context,
        account_id=account_id,
        kind=kind,
        link=f"/{place}/{row.id}",
        dossier_id=row.dossier_id,
    )


def record_fetch(
    services: Services,
    session: Session,
    context: Context,
    row: Verstrekking,
    leaving: Outgoing,
    decision: Decision,
    action: Action,
) -> None:
    """Write the event of a fetch, or of its refusal, into the transaction."""
    version = leaving.version
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
            "leaves_as": leaving.form,
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
            "leaves_as": judged.form,
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
