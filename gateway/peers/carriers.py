"""The ways in which a message travels, and the one within an installation."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.accounts.tables import Tenant
from gateway.peers import attachments, receiving
from gateway.peers.drafts import Carried, CarryError, Draft
from gateway.peers.envelope import Attached
from gateway.peers.parcels import enveloped
from gateway.peers.remote import https
from gateway.peers.tables import PeerLink

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services

Carrier = Callable[["Services", "Context", PeerLink, Draft], Carried]


def carrier_of(name: str) -> Carrier:
    """The way of this name."""
    return CARRIERS[name]


def local(services: Services, context: Context, link: PeerLink, draft: Draft) -> Carried:
    """To another tenant of this installation: no wire and no keys, but the same order, checks and answers.

    Raises:
        CarryError: the partner has not made the link from its side.
    """
    with services.db.reading() as session:
        other = mirror(session, link)
    if other is None:
        raise CarryError("other-side")
    most = services.settings.max_upload_bytes
    stored = [attachments.store(services, other.tenant_id, each.name, each.chunks, most=most) for each in draft.leaving]
    attached = [Attached(name=each.name, size=each.size, sha256=each.sha256) for each in stored]
    envelope = enveloped(draft, link.tenant_id, other.tenant_id, attached)
    kept = False
    try:
        with services.db.writing() as session:
            there = session.get_one(PeerLink, other.id)
            answer, kept = receiving.take(services, session, context, there, envelope, stored)
    finally:
        if not kept:
            attachments.discard(services, stored)
    return Carried(digest=envelope.digest, answer=answer)


def mirror(session: Session, link: PeerLink) -> PeerLink | None:
    """The link that the other tenant of this installation made to us."""
    own = session.get_one(Tenant, link.tenant_id).slug
    query = (
        select(PeerLink)
        .join(Tenant, Tenant.id == PeerLink.tenant_id)
        .where(
            Tenant.slug == link.address,
            PeerLink.carrier == "local",
            PeerLink.address == own,
            PeerLink.ended_at.is_(None),
        )
    )
    return session.scalars(query).first()


CARRIERS: dict[str, Carrier] = {"local": local, "https": https}
