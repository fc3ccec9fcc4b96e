"""Accounts from the command line: the very first of a tenant, and one for whom nobody is left in the portal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.accounts import invitations, people, usecases
from gateway.accounts.rules import Person
from gateway.accounts.tables import Account, Organisation, Tenant
from gateway.context import Context, Role
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointing:
    """Who is appointed, and the two people at the server who say why; nobody does this alone."""

    slug: str
    role: Role
    person: Person
    operator: str
    witness: str
    reason: str


def appoint(services: Services, new: Appointing, *, nobody_else: bool = False) -> bool:
    """Put a new administrator or privacy officer to the other of the two, when nobody in the portal can invite one.

    No link is shown: it is mailed when the other confirms. With `nobody_else`, and only when there is no such other,
    it is mailed at once. Returns whether it waits. Existing accounts and second steps are left as they are.

    Raises:
        InvalidInputError: the two are not two, or give no reason.
        ConflictError: nobody could confirm and that was not said, or somebody can and it was.
        NotFoundError: there is no such SWV.
    Source: issue 6.
    """
    person = usecases.checked_person(new.person)
    _check_two(new)
    context = Context(actor=None, now=services.clock(), request_id=new_id())
    said = {"by": "operator", "operator": new.operator, "witness": new.witness, "reason": new.reason}
    with services.db.writing() as session:
        tenant = session.scalars(select(Tenant).where(Tenant.slug == new.slug)).first()
        if tenant is None or tenant.swv_id is None:
            raise NotFoundError("Er is geen samenwerkingsverband met deze korte naam.")
        if people.by_email(session, services.vault, person.email) is not None:
            raise ConflictError("Er is al een account met dit e-mailadres.")
        _check_alone(session, tenant.id, new.role, nobody_else)
        swv = session.get_one(Organisation, tenant.swv_id)
        if nobody_else:
            said["nobody_else"] = "yes"
            invitations.invite_into(
                session, services, context, organisation=swv, role=new.role, person=person, payload=said
            )
            return False
        account = people.create(
            session, services.vault, organisation=swv, role=new.role, person=person, now=context.now
        )
        note = f"{new.reason} ({new.operator}, {new.witness})"
        invitations.put_to_second_person(session, services, context, account, asked_by=None, payload=said, note=note)
    return True


def _check_two(new: Appointing) -> None:
    if new.role not in invitations.CONFIRMERS:
        raise InvalidInputError("Alleen een beheerder of privacyfunctionaris kan zo worden aangesteld.")
    names = {name.strip().casefold() for name in (new.operator, new.witness)} - {""}
    if len(names) != 2:  # noqa: PLR2004 - two people
        raise InvalidInputError("Noem twee verschillende personen: wie dit doet, en wie erbij is.")
    if not new.reason.strip():
        raise InvalidInputError("Schrijf op waarom dit nodig is.")


def _check_alone(session: Session, tenant_id: str, role: Role, nobody_else: bool) -> None:
    others = [each.value for each in invitations.CONFIRMERS if each is not role]
    query = select(Account.id).where(
        Account.tenant_id == tenant_id, Account.role.in_(others), Account.active, Account.password_hash.is_not(None)
    )
    alone = session.scalars(query.limit(1)).first() is None
    if alone and not nobody_else:
        raise ConflictError(
            "Niemand kan dit bevestigen. Zeg dat u dat weet met --nobody-else; het komt in het logboek."
        )
    if nobody_else and not alone:
        raise ConflictError("Er is iemand die dit kan bevestigen. Laat --nobody-else weg.")
