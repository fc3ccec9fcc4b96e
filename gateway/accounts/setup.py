"""The very first account of a tenant, from the command line: before it nobody can invite anybody."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.accounts import people, usecases
from gateway.accounts.rules import Person
from gateway.accounts.tables import Organisation, Tenant
from gateway.context import Context, Role
from gateway.errors import ConflictError, InvalidInputError
from gateway.ids import new_id
from gateway.recording import Action, record
from gateway.reglement.versions import shipped_profiles

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from gateway.services import Services

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{1,39}")


def _check(swv: str, slug: str, profile: str) -> None:
    if not swv.strip():
        raise InvalidInputError("Geef de naam van het samenwerkingsverband.")
    if not _SLUG.fullmatch(slug):
        raise InvalidInputError("Een korte naam bestaat uit 2 tot 40 kleine letters, cijfers en streepjes.")
    known = {found.id for found in shipped_profiles()}
    if profile not in known:
        raise InvalidInputError(f"Dit reglement is niet bekend. Kies uit: {', '.join(sorted(known))}.")


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
    person = usecases.checked_person(Person(name=name, email=email, function="beheerder"))
    _check(swv, slug, profile)
    now = services.clock()
    context = Context(actor=None, now=now, request_id=new_id())
    with services.db.writing() as session:
        if session.scalars(select(Tenant).where(Tenant.slug == slug)).first() is not None:
            raise ConflictError("Er is al een samenwerkingsverband met deze korte naam.")
        if people.by_email(session, services.vault, person.email) is not None:
            raise ConflictError("Er is al een account met dit e-mailadres.")
        tenant, organisation = make_tenant(session, swv=swv, slug=slug, profile=profile, now=now)
        account = people.create(
            session,
            services.vault,
            organisation=organisation,
            role=Role.ADMINISTRATOR,
            person=person,
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
