"""What is told to a partner's gateway, and what its people answer: over the line, applied once on either side.

Here arrives `rights.correction`: something that this partner disclosed to us was corrected; our contact persons read it
and say what they did, which goes back as `rights.answer`. Source: PR11.7, AVG 19; issue 8 (two gateways).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from gateway.accounts import people
from gateway.accounts.tables import Tenant
from gateway.context import Role
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.notices import outbox
from gateway.peers import handlers
from gateway.peers import usecases as peers
from gateway.recording import Action, record
from gateway.rights import propagating, told_rules
from gateway.rights.tables import RightRequest
from gateway.rights.told_tables import CorrectionNotice, RightTold

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.peers.handlers import Incoming
    from gateway.services import Services

ANSWER = "rights.answer"


def register() -> None:
    """Let the line hand these messages over."""
    handlers.register("rights.", handle)


def handle(services: Services, session: Session, context: Context, incoming: Incoming) -> None:
    """Apply a partner's message.

    Raises:
        InvalidInputError: it is no message of this kind.
    """
    if incoming.kind == propagating.MESSAGE:
        _arrived(services, session, context, incoming)
    elif incoming.kind == ANSWER:
        _answered(services, session, context, incoming)
    else:
        raise InvalidInputError("Dit soort bericht kennen wij hier niet.")


def changes_of(services: Services, session: Session, notice: CorrectionNotice) -> list[dict[str, Any]]:
    """What the partner told us in this thread, oldest first; what is not well-formed is left out."""
    found: list[dict[str, Any]] = []
    for body, _ in peers.received(services, session, notice.organisation_id, notice.thread, propagating.MESSAGE):
        found += [each for each in body.get("changes", []) if isinstance(each, dict)]
    return found


def answer(services: Services, context: Context, notice_id: str, done: str, text: str) -> None:
    """A contact person says what was done with it; the partner hears of it over the line.

    Raises:
        NotFoundError: another SWV's.
        ConflictError: answered already, or the line was ended.
    """
    with services.db.writing() as session:
        notice = ours(session, context, notice_id, lock=True)
        before = told_rules.Telling(
            way=told_rules.LINE, state=told_rules.ANSWERED if notice.answered_on else told_rules.TOLD
        )
        told_rules.answer(before, done, text)
        notice.answered_on, notice.answered_by = context.today, context.person.account_id
        sent = peers.send(
            services,
            session,
            context,
            notice.organisation_id,
            kind=ANSWER,
            thread=notice.thread,
            body={"done": done, "text": text.strip()},
        )
        if sent is None:
            raise ConflictError("De lijn met deze partner is gestopt. Antwoord met een brief.")
        record(
            session,
            services.vault,
            context,
            Action.CONFIRM_RECEIPT,
            object_type="correction_notice",
            object_id=notice.id,
            article="PR11.7",
            payload={"done": done},
        )


def ours(session: Session, context: Context, notice_id: str, *, lock: bool = False) -> CorrectionNotice:
    """A notice that came in for the SWV of this contact person."""
    row = session.get(CorrectionNotice, notice_id, with_for_update=lock, populate_existing=lock)
    if row is None or row.tenant_id != context.person.tenant_id or context.person.role is not Role.CONTACT_PERSON:
        raise NotFoundError
    if session.get_one(Tenant, row.tenant_id).swv_id != context.person.organisation_id:
        raise NotFoundError
    return row


def _arrived(services: Services, session: Session, context: Context, incoming: Incoming) -> None:
    changes = incoming.body.get("changes")
    if not isinstance(changes, list) or not changes:
        raise InvalidInputError("In dit bericht staat niet wat er veranderde.")
    query = select(CorrectionNotice).where(
        CorrectionNotice.organisation_id == incoming.organisation_id, CorrectionNotice.thread == incoming.thread
    )
    row = session.scalars(query.with_for_update()).first()
    if row is None:
        row = CorrectionNotice(
            tenant_id=incoming.tenant_id,
            organisation_id=incoming.organisation_id,
            thread=incoming.thread,
            received_at=context.now,
        )
        session.add(row)
    row.received_at, row.answered_on, row.answered_by = context.now, None, None
    session.flush()
    swv = session.get_one(Tenant, incoming.tenant_id).swv_id
    for account_id in people.of_organisation(session, swv, Role.CONTACT_PERSON):
        outbox.queue(
            session,
            services.vault,
            context,
            account_id=account_id,
            kind="correction",
            link=f"/correcties/{row.id}",
            tenant_id=incoming.tenant_id,
        )
    record(
        session,
        services.vault,
        context,
        Action.NOTIFY,
        tenant_id=incoming.tenant_id,
        object_type="correction_notice",
        object_id=row.id,
        article="PR11.7",
        payload={"arrived": len(changes)},
    )


def _answered(services: Services, session: Session, context: Context, incoming: Incoming) -> None:
    """The thread carries the id of the one who was told: nobody else's answer fits it."""
    told = session.get(RightTold, incoming.thread, with_for_update=True, populate_existing=True)
    if told is None or told.organisation_id != incoming.organisation_id or told.tenant_id != incoming.tenant_id:
        raise InvalidInputError("Dit antwoord hoort bij geen bericht van ons.")
    row = session.get_one(RightRequest, told.request_id)
    done, text = incoming.body.get("done"), incoming.body.get("text")
    if not isinstance(done, str) or not isinstance(text, str):
        raise InvalidInputError("Dit antwoord is niet volledig.")
    propagating.take_answer(services, session, context, told, row.dossier_id, done, text)
    propagating.tell_back(services, session, context, row)
