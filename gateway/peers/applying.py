"""Applying what came in: in order for each thread, exactly once, and the partner told what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.accounts.tables import Organisation
from gateway.context import Context
from gateway.errors import ConflictError, GatewayError, NotFoundError, UnavailableError
from gateway.ids import new_id
from gateway.peers import attachments, rules, settling, threads
from gateway.peers.envelope import RECEIPT, RECEIPTS, VOID, spelled
from gateway.peers.handlers import Incoming, handler_of
from gateway.peers.tables import PeerMessage, PeerThread
from gateway.recording import Action, Outcome, record

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.services import Services

MOST_TOLD = 900


def apply_thread(services: Services, thread_id: str) -> None:
    """Apply everything of a thread whose turn it is. A hole waits for what is missing.

    Raises:
        UnavailableError: a part does not answer now; the job is tried again, and nothing was half done.
    """
    while _apply_next(services, thread_id):
        pass


def _apply_next(services: Services, thread_id: str) -> bool:
    context = Context(actor=None, now=services.clock(), request_id=new_id())
    try:
        with services.db.writing() as session:
            turn = _turn(session, thread_id)
            if turn is None:
                return False
            _handle(services, session, context, *turn)
            _settle(services, session, context, *turn, reason="")
    except UnavailableError:
        raise
    except GatewayError as problem:  # all that the handler did was undone with its transaction
        with services.db.writing() as session:
            turn = _turn(session, thread_id)
            if turn is not None:
                _settle(services, session, context, *turn, reason=str(problem.message)[:MOST_TOLD])
    return True


def _turn(session: Session, thread_id: str) -> tuple[Organisation, PeerThread, PeerMessage] | None:
    """The next message of a thread, with that message held: nobody else applies it meanwhile.

    The thread itself is not held while a handler works. Who sends holds the matter, then the line, then the thread
    (`threads.put`), and a handler takes the matter and the line too: the thread is last for everyone.
    """
    thread = session.get(PeerThread, thread_id)
    if thread is None:
        return None
    query = select(PeerMessage).where(
        PeerMessage.thread_id == thread.id,
        PeerMessage.direction == threads.IN,
        PeerMessage.number == thread.applied + 1,
    )
    message = session.scalars(query.with_for_update()).first()
    if message is None or message.state != rules.WAITING:
        return None
    return session.get_one(Organisation, thread.organisation_id), thread, message


def _handle(
    services: Services,
    session: Session,
    context: Context,
    partner: Organisation,
    thread: PeerThread,
    message: PeerMessage,
) -> None:
    body = threads.opened(services, session, message)["body"]
    if message.kind == RECEIPT:
        settling.receipt(services, session, context, partner, body)
        return
    if message.kind == VOID:
        return
    handler = handler_of(message.kind)
    if handler is None:
        raise ConflictError("Dit soort bericht kennen wij niet. Werk beide portalen bij naar dezelfde versie.")
    incoming = Incoming(
        id=message.message_id,
        tenant_id=partner.tenant_id,
        organisation_id=partner.id,
        thread=thread.name,
        number=message.number,
        kind=message.kind,
        body=body,
        made_at=message.made_at,
        received_at=message.arrived_at or context.now,
        attachments=attachments.arrived(services, session, message),
    )
    try:
        handler(services, session, context, incoming)
    except NotFoundError as error:  # its own sentence is about a page
        raise ConflictError("Waar dit bericht over gaat, kennen wij niet.") from error


def _settle(
    services: Services,
    session: Session,
    context: Context,
    partner: Organisation,
    thread: PeerThread,
    message: PeerMessage,
    *,
    reason: str,
) -> None:
    """Mark it, write it down, and lay the receipt for the partner in the out-tray; all in this transaction."""
    message.state = rules.REFUSED if reason else rules.APPLIED
    message.settled_at = context.now
    if reason:
        threads.keep_reason(services, session, message, reason)
    if message.kind != RECEIPT:
        _answer(services, session, context, partner, message, reason)
    session.refresh(thread, with_for_update=True)  # last of all that is held
    thread.applied = message.number


def _answer(
    services: Services, session: Session, context: Context, partner: Organisation, message: PeerMessage, reason: str
) -> None:
    record(
        session,
        services.vault,
        context,
        Action.REFUSE if reason else Action.CONFIRM_RECEIPT,
        outcome=Outcome.REFUSED if reason else Outcome.SUCCESS,
        tenant_id=partner.tenant_id,
        object_type="peer_message",
        object_id=message.id,
        payload={"message": message.message_id, "kind": message.kind, "reason": reason},
    )
    link = threads.live_link(session, partner.id)
    if link is not None:
        told = {"message": message.message_id, "state": message.state, "reason": reason, "at": spelled(context.now)}
        threads.put(services, session, context, link, kind=RECEIPT, thread=RECEIPTS, body=told)
    if reason:
        settling.tell(services, session, context, partner, "peer_refused")
