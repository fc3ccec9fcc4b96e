"""Convenants for the tests: made, offered and signed by the demo's people through the use cases."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pikepdf

from gateway.accounts.tables import Organisation
from gateway.convenant import exchange, files, making, signing
from gateway.convenant.exchange import Line
from gateway.convenant.making import Draft
from gateway.convenant.queries import parties_of
from gateway.convenant.signing import OnPaper, Signing
from gateway.convenant.tables import ConvenantVersion
from tests import builders, personas
from tests.builders import context

if TYPE_CHECKING:
    from datetime import date

    from gateway.services import Services

NAME = "Convenant second opinion Voorbeeldstreek en Buurtland (verzonnen)"
TEXT = "Partijen helpen elkaar met een onafhankelijk oordeel (verzonnen tekst)."


def organisation(services: Services, kind: str) -> str:
    """The demo's organisation of this kind."""
    with services.db.reading() as session:
        return session.query(Organisation.id).filter_by(kind=kind).order_by(Organisation.name).first()[0]


def made(services: Services, *, partner_id: str | None = None, kind: str = "second_opinion", **more: Any) -> str:
    """A convenant of the demo SWV, without a text yet."""
    partners = (partner_id,) if partner_id else more.get("partner_ids", (organisation(services, "partner_swv"),))
    return making.make(services, context(services, personas.CONTACT_PERSON), kind=kind, name=NAME, partner_ids=partners)


def offered(services: Services, convenant_id: str, text: str = TEXT) -> str:
    """A text offered for signing; gives the version's id."""
    us = context(services, personas.CONTACT_PERSON)
    making.write(services, us, convenant_id, Draft(text=text, change="Eerste tekst (verzonnen)."))
    return making.offer(services, us, convenant_id)


def shown_hash(services: Services, version_id: str) -> str:
    """The hash that the page of a version shows."""
    with services.db.reading() as session:
        return (session.get_one(ConvenantVersion, version_id).content_hash or b"").hex()


def sign(services: Services, email: str, convenant_id: str, version_id: str, **more: Any) -> None:
    """Sign in the portal as this account."""
    values = {"authority": "director", "seen": shown_hash(services, version_id), **more}
    signing.sign(
        services,
        context(services, email),
        convenant_id,
        Signing(version_id=version_id, **values),
        factor="totp",
    )


def in_force(services: Services, **more: Any) -> str:
    """A convenant on second opinions that both sides signed today."""
    convenant_id = made(services, **more)
    version_id = offered(services, convenant_id)
    sign(services, personas.CONTACT_PERSON, convenant_id, version_id)
    sign(services, personas.PARTNER, convenant_id, version_id)
    return convenant_id


def party(services: Services, convenant_id: str, organisation_id: str) -> str:
    """The party that this organisation is."""
    with services.db.reading() as session:
        return next(p.id for p in parties_of(session, convenant_id) if p.organisation_id == organisation_id)


def _pdf() -> bytes:
    made, sheet = pikepdf.new(), io.BytesIO()
    made.add_blank_page(page_size=(200, 200))
    made.save(sheet)
    return sheet.getvalue()


PDF = _pdf()
"""A scan of something on paper."""


def scan(services: Services, convenant_id: str, what: str = "signed", *, by: str = personas.CONTACT_PERSON) -> str:
    """A scan of something on paper, checked by the worker; gives its id."""
    found = files.receive(services, context(services, by), convenant_id, what, builders.file_part("getekend.pdf", PDF))
    builders.work(services)
    return found


def on_paper(services: Services, convenant_id: str, version_id: str, organisation_id: str, day: date) -> str:
    """A signature on paper of this organisation, recorded by us and waiting for a second person."""
    paper = OnPaper(
        version_id=version_id,
        party_id=party(services, convenant_id, organisation_id),
        name="Bo Bestuurder (verzonnen)",
        function="voorzitter",
        authority="board",
        signed_on=day,
        document_id=scan(services, convenant_id),
    )
    return signing.record_paper(services, context(services, personas.CONTACT_PERSON), convenant_id, paper)


def regional(services: Services, *, categories: str = "agik") -> tuple[str, str]:
    """A regional convenant with the demo's municipality that is offered; ids of convenant and version."""
    municipality = organisation(services, "municipality")
    convenant_id = made(services, kind="regional", partner_ids=(municipality,))
    us = context(services, personas.CONTACT_PERSON)
    making.write(services, us, convenant_id, Draft(text=TEXT))
    own = party(services, convenant_id, us.person.organisation_id)
    line = Line(
        giver=own,
        receiver=party(services, convenant_id, municipality),
        categories=tuple(categories),
        purposes=("case_consultation",),
    )
    exchange.add_line(services, us, convenant_id, line)
    return convenant_id, making.offer(services, us, convenant_id)
