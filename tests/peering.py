"""Two SWVs with a line between them, for the tests: tenants of one installation, or installations of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.accounts import people
from gateway.accounts.rules import Person
from gateway.accounts.setup import make_tenant
from gateway.accounts.tables import Organisation, Tenant
from gateway.context import Context, Role
from gateway.ids import new_id
from gateway.partner_keys import usecases as partner_keys
from gateway.peers import links
from tests import builders, personas

if TYPE_CHECKING:
    from gateway.services import Services

OVERKANT = {
    Role.ADMINISTRATOR: "beheer@overkant.example",
    Role.CONTACT_PERSON: "contact@overkant.example",
    Role.PRIVACY_OFFICER: "privacy@overkant.example",
    Role.EXPERT: "deskundige@overkant.example",
}
"""The people of the second tenant, all at its SWV."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One end of a line: the installation, the tenant, and the organisation that stands there for the other SWV."""

    services: Services
    tenant_id: str
    partner_id: str
    administrator: str
    contact: str

    def context(self, email: str) -> Context:
        return builders.context(self.services, email)


def second_tenant(services: Services, *, slug: str = "overkant") -> str:
    """A second SWV in this installation, with its people; returns the tenant's id."""
    now = services.clock()
    with services.db.writing() as session:
        tenant, swv = make_tenant(
            session, swv="Samenwerkingsverband Overkant", slug=slug, profile="po-raad-2014", now=now
        )
        for role, email in OVERKANT.items():
            people.create(
                session,
                services.vault,
                organisation=swv,
                role=role,
                person=Person(name=f"{role.label.capitalize()} Overkant", email=email),
                now=now,
            )
        return tenant.id


def partner_in(services: Services, tenant_id: str, name: str) -> str:
    """An organisation that stands for the other SWV in this tenant; returns its id."""
    organisation_id = new_id()
    with services.db.writing() as session:
        session.add(Organisation(id=organisation_id, tenant_id=tenant_id, kind="partner_swv", name=name))
    return organisation_id


def local_pair(services: Services) -> tuple[Side, Side]:
    """The demo's SWV and a second tenant of the same installation, with the line between them made from both sides."""
    with services.db.reading() as session:
        first = session.scalars(select(Tenant)).one()
    second = second_tenant(services)
    here = Side(
        services=services,
        tenant_id=first.id,
        partner_id=builders.account(services, personas.PARTNER).organisation_id,
        administrator=personas.ADMINISTRATOR,
        contact=personas.CONTACT_PERSON,
    )
    there = Side(
        services=services,
        tenant_id=second,
        partner_id=partner_in(services, second, first.name),
        administrator=OVERKANT[Role.ADMINISTRATOR],
        contact=OVERKANT[Role.CONTACT_PERSON],
    )
    links.make(services, here.context(here.administrator), here.partner_id, carrier="local", address="overkant")
    links.make(services, there.context(there.administrator), there.partner_id, carrier="local", address=first.slug)
    return here, there


def first_tenant(services: Services) -> Tenant:
    """The tenant of an installation that has one."""
    with services.db.reading() as session:
        return session.scalars(select(Tenant)).one()


def side_of(services: Services) -> Side:
    """The demo's SWV, with the demo's partner standing for the other installation."""
    return Side(
        services=services,
        tenant_id=first_tenant(services).id,
        partner_id=builders.account(services, personas.PARTNER).organisation_id,
        administrator=personas.ADMINISTRATOR,
        contact=personas.CONTACT_PERSON,
    )


def acquaint(here: Side, there: Side, *, carrier: str, address: str = "", pin: str = "") -> str:
    """`here` registers the other's key, a second person confirms it, and the line is made; returns the link's id."""
    links.make_own_key(there.services, there.context(there.administrator))
    with there.services.db.reading() as session:
        own = partner_keys.own_public(session, there.tenant_id, there.context(there.administrator).today)
    assert own is not None
    administrator = here.context(here.administrator)
    key = partner_keys.register(here.services, administrator, here.partner_id, own.public)
    partner_keys.confirm(here.services, here.context(here.contact), key, own.fingerprint)
    return links.make(here.services, administrator, here.partner_id, carrier=carrier, address=address, pin=pin)
