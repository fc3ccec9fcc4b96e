"""Carrying what waits in the out-tray: one message after the other, each until the partner's answer is kept.

Sending is at least once: the answer may be lost, and the message goes again. The partner applies it once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from sqlalchemy import or_, select

from gateway.accounts import people
from gateway.accounts.tables import Account, Organisation
from gateway.context import Context
from gateway.errors import ConflictError, GatewayError, UnavailableError
from gateway.ids import new_id
from gateway.jobs import queue as jobs
from gateway.jobs.tables import Job
from gateway.peers import rules, settling, threads
from gateway.peers.carriers import carrier_of
from gateway.peers.drafts import Carried, CarryError, Draft
from gateway.peers.envelope import VOID
from gateway.peers.handlers import door
from gateway.peers.tables import PeerLink, PeerMessage, PeerThread

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from gateway.peers.handlers import Leaving
    from gateway.services import Services

log = structlog.get_logger("peers")


def carry(services: Services, link_id: str) -> None:
    """Carry all that waits on a link and may go now, in order.

    A line that fails rests for a while, ever longer; nothing is lost and nothing is passed over.
    """
    while (row_id := _next(services, link_id)) is not None:
        if not _carry_one(services, link_id, row_id):
            break


def due_links(session: Session, now: datetime) -> list[str]:
    """The links on which something waits that may go now; what is carried by hand waits for a hand."""
    query = (
        select(PeerLink.id)
        .join(PeerMessage, PeerMessage.organisation_id == PeerLink.organisation_id)
        .where(
            PeerLink.ended_at.is_(None),
            PeerLink.carrier != "file",
            or_(PeerLink.next_at.is_(None), PeerLink.next_at <= now),
            PeerMessage.direction == threads.OUT,
            PeerMessage.state == rules.WAITING,
        )
        .distinct()
    )
    return list(session.scalars(query))


def keep_up(services: Services, now: datetime) -> None:
    """Promise the jobs that are due: what waits on a line, and what waits to be applied. The worker calls this.

    A job that was given up is promised anew: what waits for a partner may wait, and is never forgotten.
    """
    with services.db.writing() as session:
        ours = Job.kind.in_((threads.CARRY, threads.APPLY))
        promised = set(session.scalars(select(Job.ref).where(ours, Job.state != "failed")))
        for link_id in due_links(session, now):
            if link_id not in promised:
                jobs.enqueue(session, kind=threads.CARRY, ref=link_id, now=now)
        ready = (
            select(PeerThread.id)
            .join(PeerMessage, PeerMessage.thread_id == PeerThread.id)
            .where(
                PeerMessage.direction == threads.IN,
                PeerMessage.state == rules.WAITING,
                PeerMessage.number == PeerThread.applied + 1,
            )
        )
        for thread_id in session.scalars(ready):
            if thread_id not in promised:
                jobs.enqueue(session, kind=threads.APPLY, ref=thread_id, now=now)


def _next(services: Services, link_id: str) -> str | None:
    """The message that goes next: the oldest thread first, in each the lowest number."""
    with services.db.reading() as session:
        link = session.get(PeerLink, link_id)
        if link is None or link.ended_at is not None or link.carrier == "file":
            return None
        if link.next_at is not None and link.next_at > services.clock():
            return None
        query = (
            select(PeerMessage.id)
            .where(
                PeerMessage.organisation_id == link.organisation_id,
                PeerMessage.direction == threads.OUT,
                PeerMessage.state == rules.WAITING,
            )
            .order_by(PeerMessage.made_at, PeerMessage.number, PeerMessage.id)
            .limit(1)
        )
        return session.scalar(query)


def _carry_one(services: Services, link_id: str, row_id: str) -> bool:
    context = Context(actor=None, now=services.clock(), request_id=new_id())
    try:
        draft = draft_of(services, context, row_id)
        with services.db.reading() as session:
            link = session.get_one(PeerLink, link_id)
        carried = carrier_of(link.carrier)(services, context, link, draft)
        with services.db.writing() as session:
            link = session.get_one(PeerLink, link_id)
            link.tried_at = context.now
            link.failures, link.trouble, link.next_at, link.told_at = 0, "", None, None
            settle(services, session, context, link, row_id, carried)
    except (CarryError, UnavailableError) as trouble:
        _failed(services, context, link_id, trouble.code if isinstance(trouble, CarryError) else "busy")
        return False
    return True


def settle(
    services: Services, session: Session, context: Context, link: PeerLink, row_id: str, carried: Carried
) -> None:
    """Keep what the partner answered, in the caller's transaction."""
    row = session.get_one(PeerMessage, row_id, with_for_update=True, populate_existing=True)
    row.digest = carried.digest
    settling.acknowledged(services, session, context, link, row, carried.answer)


def draft_of(services: Services, context: Context, row_id: str) -> Draft:
    """A message of ours with what may leave with it now: the door judged each document again.

    What the door holds back travels as an empty number, so that what comes after it is not held up.

    Raises:
        UnavailableError: storage does not answer now.
    """
    with services.db.writing() as session:
        row = session.get_one(PeerMessage, row_id)
        thread = session.get_one(PeerThread, row.thread_id)
        partner = session.get_one(Organisation, row.organisation_id)
        content = threads.opened(services, session, row)
        first = row.tries == 0
        row.tries += 1
        sender = session.get(Account, row.made_by) if row.made_by else None
    leaving: list[Leaving] = []
    void = row.void
    if not void and content["attach"]:
        try:
            leaving = _opened(services, context, sender, content["attach"], first=first)
        except UnavailableError:
            raise
        except GatewayError as problem:
            with services.db.writing() as session:
                held = session.get_one(PeerMessage, row_id)
                settling.hold_back(services, session, context, partner, held, str(problem.message))
            void = True
    return Draft(
        row_id=row.id,
        message_id=row.message_id,
        thread=thread.name,
        number=row.number,
        kind=VOID if void else row.kind,
        made_at=row.made_at,
        body={"kind": row.kind} if void else content["body"],
        leaving=leaving,
    )


def _opened(
    services: Services, context: Context, sender: Account | None, attach: Sequence[str], *, first: bool
) -> list[Leaving]:
    """The documents of the verstrekkingen, as whoever sent the message may give them out today."""
    if sender is None or not sender.active:
        raise ConflictError("Wie dit verstuurde, heeft geen account meer. Verstuur het opnieuw.")
    acting = Context(actor=people.actor_of(sender), now=context.now, request_id=context.request_id)
    leaving: list[Leaving] = []
    for verstrekking_id in attach:
        leaving += door().open(services, acting, verstrekking_id, first=first)
    return leaving


def _failed(services: Services, context: Context, link_id: str, code: str) -> None:
    with services.db.writing() as session:
        link = session.get_one(PeerLink, link_id)
        partner = session.get_one(Organisation, link.organisation_id)
        link.tried_at = context.now
        link.failures += 1
        link.trouble = code
        link.next_at = context.now + rules.wait(link.failures)
        since = link.heard_at or link.made_at
        if link.told_at is None and context.now - since >= rules.DOWN_AFTER and link.failures > 1:
            link.told_at = context.now
            settling.tell(services, session, context, partner, "peer_line_down")
    log.warning("line_waits", trouble=code)
