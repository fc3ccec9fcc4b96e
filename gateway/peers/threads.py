"""Threads and what lies in them: numbers are given out here, and bodies sealed and opened under the thread's key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from gateway.accounts.tables import Organisation
from gateway.errors import ConflictError
from gateway.ids import new_id
from gateway.jobs import queue as jobs
from gateway.peers.tables import PeerLink, PeerMessage, PeerThread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services

SUBJECT = "peer"
OUT, IN = "out", "in"
CARRY, APPLY = "peers-carry", "peers-apply"
"""The kinds of job: carry what waits on a link, apply what waits in a thread."""


def live_link(session: Session, organisation_id: str) -> PeerLink | None:
    """The link with this partner, unless it was ended."""
    query = select(PeerLink).where(PeerLink.organisation_id == organisation_id, PeerLink.ended_at.is_(None))
    return session.scalars(query).first()


def thread_of(services: Services, session: Session, context: Context, link: PeerLink, name: str) -> PeerThread:
    """The thread of this name with a partner, held until the transaction ends; made at its first message."""
    session.refresh(link, with_for_update=True)  # two first messages at once make one thread
    query = (
        select(PeerThread)
        .where(PeerThread.organisation_id == link.organisation_id, PeerThread.name == name)
        .with_for_update()
    )
    found = session.scalars(query.execution_options(populate_existing=True)).first()
    if found is not None:
        return found
    made = PeerThread(
        id=new_id(), organisation_id=link.organisation_id, name=name, sent=0, applied=0, made_at=context.now
    )
    services.vault.create_subject(
        session, kind=SUBJECT, subject_id=made.id, organisation_id=link.tenant_id, opened_on=context.today
    )
    session.add(made)
    session.flush()
    return made


def put(
    services: Services,
    session: Session,
    context: Context,
    link: PeerLink,
    *,
    kind: str,
    thread: str,
    body: dict[str, Any],
    attachments: Sequence[str] = (),
) -> str:
    """Lay a message in the out-tray, numbered, in the caller's transaction; returns its id."""
    row = thread_of(services, session, context, link, thread)
    if row.erased_at is not None:
        raise ConflictError("Deze berichten zijn vernietigd. Er kan niets meer bij.")
    row.sent += 1
    message_id = new_id()
    message = PeerMessage(
        id=message_id,
        organisation_id=link.organisation_id,
        thread_id=row.id,
        message_id=message_id,
        direction=OUT,
        number=row.sent,
        kind=kind,
        sealed=services.vault.seal_json(session, row.id, message_id, {"body": body, "attach": list(attachments)}),
        made_by=context.actor.account_id if context.actor else None,
        made_at=context.now,
    )
    session.add(message)
    session.flush()
    if link.next_at is None or link.next_at <= context.now:
        jobs.enqueue(session, kind=CARRY, ref=link.id, now=context.now)
    return message_id


def opened(services: Services, session: Session, message: PeerMessage) -> dict[str, Any]:
    """The sealed content of a message: `body`, and `attach` (verstrekkingen of ours) or `names` (of the partner's).

    Raises:
        LookupError, crypto.errors.KeyDestroyed: the thread was erased.
    """
    found: dict[str, Any] = services.vault.open_json(session, message.thread_id, message.id, message.sealed)
    return found


def keep_reason(services: Services, session: Session, message: PeerMessage, reason: str) -> None:
    """Keep why a message was refused or held back."""
    message.reason = services.vault.seal_json(session, message.thread_id, f"why:{message.id}", reason)


def reason_of(services: Services, session: Session, message: PeerMessage) -> str:
    """Why a message was refused or held back; empty when it was not."""
    if message.reason is None:
        return ""
    return str(services.vault.open_json(session, message.thread_id, f"why:{message.id}", message.reason))


def partner_of(session: Session, link: PeerLink) -> Organisation:
    """The organisation at the other end."""
    return session.get_one(Organisation, link.organisation_id)
