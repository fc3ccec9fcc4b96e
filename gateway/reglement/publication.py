"""Whose reglement is published here, and who may look after which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.accounts.tables import Organisation, Tenant
from gateway.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from gateway.context import Actor


def tenants(session: Session) -> Sequence[Tenant]:
    """All tenants, by name: their reglementen are public."""
    return session.scalars(select(Tenant).order_by(Tenant.name)).all()


def tenant(session: Session, slug: str) -> Tenant:
    """The tenant with this short name."""
    found = session.scalars(select(Tenant).where(Tenant.slug == slug)).first()
    if found is None:
        raise NotFoundError
    return found


def own_tenant(session: Session, actor: Actor) -> Tenant:
    """The tenant of an actor who works for its SWV.

    Raises:
        NotFoundError: the actor is of another organisation, such as a partner.
    """
    organisation = session.get_one(Organisation, actor.organisation_id)
    if organisation.kind != "swv":
        raise NotFoundError
    return session.get_one(Tenant, actor.tenant_id)
