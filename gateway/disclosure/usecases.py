"""Prepare, judge, commit, confirm, close. The verstrekking and its event are written before the first byte leaves.

Source: PR9.1, PR9.2, PR9.3, CV4.3.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.accounts.tables import Account
from gateway.consent import usecases as consents
from gateway.context import Context, Role
from gateway.disclosure.judging import Judged, Request, judge_request, refused
from gateway.disclosure.noting import record_refusal
from gateway.disclosure.reach import received, sent
from gateway.disclosure.tables import Verstrekking, VerstrekkingDocument
from gateway.dossiers.queries import swv_dossier
from gateway.errors import ConflictError
from gateway.notices import outbox
from gateway.recording import Action, record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from gateway.consent.usecases import NewConsent
    from gateway.reglement.rules import Decision
    from gateway.services import Services

OPEN_DAYS = 28
"""A verstrekking can be fetched this many days, unless it is closed before. A working choice, no legal term."""


def prepare(services: Services, context: Context, request: Request) -> Judged:
    """Judge a request without doing it: what the sender sees before confirming. A refusal is logged (PR9.3).

    Raises:
        InvalidInputError: something was not chosen.
        NotFoundError: the dossier, a document or the recipient is not within reach.
        RefusedError: the reglement says no.
    """
    with services.db.reading() as session:
        judged = judge_request(services, session, context, request)
    if judged.refusal is not None:
        with services.db.writing() as session:
            record_refusal(services, session, context, judged)
        raise refused(judged.refusal)
    return judged


def disclose(services: Services, context: Context, request: Request) -> str:
    """Judge again and commit the verstrekking with its event; from then on the recipient can fetch it. Gives its id."""
    refusal: Decision | None = None
    with services.db.writing() as session:
        judged = judge_request(services, session, context, request)
        refusal = judged.refusal
        if refusal is not None:
            record_refusal(services, session, context, judged)
            made = ""
        else:
            made = _commit(services, session, context, judged)
    if refusal is not None:
        raise refused(refusal)
    return made


def _commit(services: Services, session: Session, context: Context, judged: Judged) -> str:
    request, decision = judged.request, judged.decision
    actor = context.person
    row = Verstrekking(
        tenant_id=actor.tenant_id,
        dossier_id=request.dossier_id,
        recipient_id=judged.recipient.id,
        purpose=request.purpose,
        basis=request.basis,
        law=request.law,
        consent_id=request.consent_id,
        categories=" ".join(judged.categories),
        article=decision.article,
        profile=f"{decision.profile_id}@{decision.profile_version}",
        statement=services.vault.seal_json(session, request.dossier_id, "statement", request.statement.strip()),
        made_by=actor.account_id,
        made_at=context.now,
        open_until=context.today + timedelta(days=OPEN_DAYS),
    )
    session.add(row)
    session.flush()
    for line in judged.lines:
        session.add(
            VerstrekkingDocument(
                verstrekking_id=row.id, version_id=line.version.id, categories=line.version.categories or ""
            )
        )
    record(
        session,
        services.vault,
        context,
        Action.DISCLOSE,
        dossier_id=request.dossier_id,
        object_type="verstrekking",
        object_id=row.id,
        purpose=request.purpose,
        legal_basis=request.law or request.basis,
        article=decision.article,
        profile=row.profile,
        payload={
            "recipient": judged.recipient.id,
            "recipient_name": judged.recipient.name,
            "document_ids": [line.document.id for line in judged.lines],
            "categories": list(judged.categories),
            "consent": request.consent_id,
        },
    )
    for account in _recipients(session, judged.recipient.id):
        outbox.queue(
            session,
            services.vault,
            context,
            account_id=account.id,
            kind="verstrekking",
            link=f"/ontvangen/{row.id}",
            dossier_id=request.dossier_id,
        )
    return row.id


def confirm(services: Services, context: Context, verstrekking_id: str) -> None:
    """The recipient confirms receipt; the sender is told."""
    with services.db.writing() as session:
        row = received(session, context, verstrekking_id)
        if row.confirmed_at is not None:
            raise ConflictError("De ontvangst is al bevestigd.")
        row.confirmed_at, row.confirmed_by = context.now, context.person.account_id
        record(
            session,
            services.vault,
            context,
            Action.CONFIRM_RECEIPT,
            dossier_id=row.dossier_id,
            object_type="verstrekking",
            object_id=row.id,
            purpose=row.purpose,
            article="PR9.3",
        )
        outbox.queue(
            session,
            services.vault,
            context,
            account_id=row.made_by,
            kind="received",
            link=f"/verstrekkingen/{row.id}",
            dossier_id=row.dossier_id,
        )


def close(services: Services, context: Context, verstrekking_id: str) -> None:
    """The sender closes a verstrekking: nothing can be fetched from now on; what was fetched stays named."""
    with services.db.writing() as session:
        row = sent(session, context, verstrekking_id)
        if row.closed_at is not None:
            raise ConflictError("Deze verstrekking is al gesloten.")
        row.closed_at = context.now
        record(
            session,
            services.vault,
            context,
            Action.WITHDRAW,
            dossier_id=row.dossier_id,
            object_type="verstrekking",
            object_id=row.id,
            purpose=row.purpose,
            article=row.article,
        )


def add_consent(services: Services, context: Context, dossier_id: str, new: NewConsent) -> str:
    """Staff of the SWV record a consent on a dossier within their reach."""
    with services.db.writing() as session:
        swv_dossier(session, context, dossier_id)
        return consents.add(session, services.vault, context, dossier_id, new)


def withdraw_consent(services: Services, context: Context, dossier_id: str, consent_id: str) -> None:
    """Withdraw a consent: new fetches of what rests on it are refused from this moment."""
    with services.db.writing() as session:
        swv_dossier(session, context, dossier_id)
        consents.withdraw(session, services.vault, context, dossier_id, consent_id)


def _recipients(session: Session, organisation_id: str) -> Sequence[Account]:
    query = select(Account).where(
        Account.organisation_id == organisation_id, Account.active, Account.role == Role.CONTACT_PERSON.value
    )
    return session.scalars(query).all()
