"""Taking a partner's message in: whoever carried it, the same checks, one row for each number, and an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from gateway.errors import UnavailableError
from gateway.ids import new_id
from gateway.jobs import queue as jobs
from gateway.peers import attachments, rules, threads
from gateway.peers.envelope import Acknowledgement
from gateway.peers.rules import Place
from gateway.peers.tables import PeerMessage, PeerRefusal, PeerThread
from gateway.recording import Action, Outcome, record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.peers.attachments import Stored
    from gateway.peers.envelope import Envelope
    from gateway.peers.tables import PeerLink
    from gateway.services import Services

MOST_WAITING = 2000
"""So many messages of one partner may wait to be applied; more are for later."""


def take(
    services: Services,
    session: Session,
    context: Context,
    link: PeerLink,
    envelope: Envelope,
    stored: Sequence[Stored] = (),
) -> tuple[Acknowledgement, bool]:
    """Take one verified message in, in the caller's transaction; gives the answer, and whether `stored` is now kept.

    A number that is there already is answered with what became of it, and applied no second time.

    Raises:
        UnavailableError: too much waits already; the partner tries again later.
    """
    thread = threads.thread_of(services, session, context, link, envelope.thread)
    known = _known(session, thread, envelope.number)
    where = rules.place(
        number=envelope.number,
        digest=envelope.digest,
        known=known.digest if known else None,
        applied=thread.applied,
    )
    link.heard_at = context.now
    if where is Place.NEW and thread.erased_at is None:
        _require_room(session, link)
        row = _laid_in(services, session, context, link, thread, envelope, stored)
        return answer(services, session, context, envelope, row), True
    code = "erased" if thread.erased_at is not None else where.value
    refuse(services, session, context, link.tenant_id, link, code)
    if known is not None and where is Place.AGAIN:
        return answer(services, session, context, envelope, known), False
    return (
        Acknowledgement(
            sender=envelope.receiver,
            receiver=envelope.sender,
            message_id=envelope.message_id,
            digest=known.digest if known else envelope.digest,
            state=rules.REFUSED,
            code=code,
            at=context.now,
        ),
        False,
    )


def answer(
    services: Services, session: Session, context: Context, envelope: Envelope, row: PeerMessage
) -> Acknowledgement:
    """What is told of a message that lies here."""
    return Acknowledgement(
        sender=envelope.receiver,
        receiver=envelope.sender,
        message_id=envelope.message_id,
        digest=row.digest,
        state=row.state,
        reason=threads.reason_of(services, session, row),
        at=context.now,
    )


def refuse(
    services: Services,
    session: Session,
    context: Context,
    tenant_id: str,
    link: PeerLink | None,
    code: str,
    **told: Any,
) -> None:
    """Write that a package was not taken, and why, for the log and for the page.

    One that came twice is no refusal that people look at: a line that was cut makes many of them.
    """
    if code != "again":
        session.add(PeerRefusal(tenant_id=tenant_id, link_id=link.id if link else None, code=code, at=context.now))
    record(
        session,
        services.vault,
        context,
        Action.REFUSE,
        outcome=Outcome.REFUSED,
        tenant_id=tenant_id,
        object_type="peer_package",
        object_id=link.id if link else None,
        payload={"reason": code, **told},
    )


def _known(session: Session, thread: PeerThread, number: int) -> PeerMessage | None:
    query = select(PeerMessage).where(
        PeerMessage.thread_id == thread.id, PeerMessage.direction == threads.IN, PeerMessage.number == number
    )
    return session.scalars(query).first()


def _require_room(session: Session, link: PeerLink) -> None:
    waiting = select(func.count()).where(
        PeerMessage.organisation_id == link.organisation_id,
        PeerMessage.direction == threads.IN,
        PeerMessage.state == rules.WAITING,
    )
    if (session.scalar(waiting) or 0) >= MOST_WAITING:
        raise UnavailableError("Er wachten te veel berichten van deze partner.")


def _laid_in(
    services: Services,
    session: Session,
    context: Context,
    link: PeerLink,
    thread: PeerThread,
    envelope: Envelope,
    stored: Sequence[Stored],
) -> PeerMessage:
    row_id = new_id()
    names = [{"id": each.id, "name": each.name, "sha256": each.sha256} for each in stored]
    row = PeerMessage(
        id=row_id,
        organisation_id=thread.organisation_id,
        thread_id=thread.id,
        message_id=envelope.message_id,
        direction=threads.IN,
        number=envelope.number,
        kind=envelope.kind,
        state=rules.WAITING,
        sealed=services.vault.seal_json(session, thread.id, row_id, {"body": dict(envelope.body), "names": names}),
        digest=envelope.digest,
        made_at=envelope.made_at,
        arrived_at=context.now,
    )
    session.add(row)
    session.flush()
    attachments.keep(services, session, row, stored)
    record(
        session,
        services.vault,
        context,
        Action.RECORD,
        tenant_id=link.tenant_id,
        object_type="peer_message",
        object_id=row.id,
        payload={
            "message": envelope.message_id,
            "thread": envelope.thread,
            "number": envelope.number,
            "kind": envelope.kind,
            "digest": envelope.digest,
            "attachments": [each.sha256 for each in stored],
        },
    )
    jobs.enqueue(session, kind=threads.APPLY, ref=thread.id, now=context.now)
    return row
