"""The very first account of a tenant, from the command line: before it nobody can invite anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.accounts import people, usecases
from gateway.accounts.rules import Person
from gateway.accounts.tables import Organisation, Tenant
from gateway.context import Context, Role
from gateway.ids import new_id
from gateway.recording import Action, record

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from gateway.services import Services


def make_tenant(session: Session, *, swv: str, slug: str, profile: str, now: datetime) -> tuple[Tenant, Organisation]:
    """Make a tenant and the organisation of its SWV."""
    tenant = Tenant(id=new_id(), slug=slug, name=swv, profile_id=profile, created_at=now)
    session.add(tenant)
    session.flush()
    organisation = Organisation(id=new_id(), tenant_id=tenant.id, kind="swv", name=swv)
    session.add(organisation)
    session.flush()
    tenant.swv_id = organisation.id
    return tenant, organisation


def first_administrator(services: Services, *, swv: str, slug: str, profile: str, name: str, email: str) -> str:
    """Make a tenant with its first administrator; returns the token of the invitation link."""
    now = services.clock()
    context = Context(actor=None, now=now, request_id=new_id())
    with services.db.writing() as session:
        tenant, organisation = make_tenant(session, swv=swv, slug=slug, profile=profile, now=now)
        account = people.create(
            session,
            services.vault,
            organisation=organisation,
            role=Role.ADMINISTRATOR,
            person=Person(name=name, email=email, function="beheerder"),
            now=now,
        )
        record(
            session,
            services.vault,
            context,
            Action.INVITE,
            tenant_id=tenant.id,
            object_type="account",
            object_id=account.id,
        )
        return usecases.make_link(session, context, kind="invitation", account=account, valid=usecases.INVITATION_VALID)
