"""Erasing a thread: its keys go with it, so that what a backup still holds of it opens no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from gateway.peers.tables import PeerAttachment, PeerMessage, PeerThread

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from gateway.services import Services


def objects_of(session: Session, organisation_id: str, name: str) -> list[str]:
    """The objects in storage of the documents that came in a thread."""
    query = (
        select(PeerAttachment.object_key)
        .join(PeerMessage, PeerMessage.id == PeerAttachment.message_id)
        .join(PeerThread, PeerThread.id == PeerMessage.thread_id)
        .where(PeerThread.organisation_id == organisation_id, PeerThread.name == name)
    )
    return list(session.scalars(query))


def erase_thread(services: Services, session: Session, organisation_id: str, name: str, *, now: datetime) -> int:
    """Erase all messages and documents of a thread with a partner, ours and theirs; returns how many messages.

    The caller judges whether it may, and writes the event. Objects in storage are taken by the reconciler: without
    their key they are noise. The thread's numbers stay: who erased a thread takes no old message for a new one.

    Source: issue 8 (after closing the partner's copies end on the agreed day).
    """
    query = select(PeerThread).where(PeerThread.organisation_id == organisation_id, PeerThread.name == name)
    thread = session.scalars(query.with_for_update()).first()
    if thread is None:
        return 0
    count = session.scalar(select(func.count()).where(PeerMessage.thread_id == thread.id)) or 0
    of_thread = select(PeerMessage.id).where(PeerMessage.thread_id == thread.id)
    session.execute(delete(PeerAttachment).where(PeerAttachment.message_id.in_(of_thread)))
    session.execute(delete(PeerMessage).where(PeerMessage.thread_id == thread.id))
    services.vault.forget_subject(session, thread.id, now=now)
    thread.erased_at = now
    return count


def erase_documents(services: Services, session: Session, organisation_id: str, name: str, *, now: datetime) -> int:
    """Erase the documents that came in a thread, and leave what was said: the agreed day has come; returns how many.

    The caller writes the event. Their keys go now, and what a backup holds of them opens no more after the night.
    """
    query = select(PeerThread).where(PeerThread.organisation_id == organisation_id, PeerThread.name == name)
    thread = session.scalars(query.with_for_update()).first()
    if thread is None:
        return 0
    of_thread = select(PeerMessage.id).where(PeerMessage.thread_id == thread.id)
    found = session.scalars(select(PeerAttachment.id).where(PeerAttachment.message_id.in_(of_thread))).all()
    for attachment_id in found:
        services.vault.forget(session, thread.id, attachment_id, now=now)
    session.execute(delete(PeerAttachment).where(PeerAttachment.id.in_(found)))
    return len(found)
