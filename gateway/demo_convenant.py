"""What the demo shows of convenants: one in force with the partner, with agreements. Clearly invented.

Loaded by `dossierpoort demo` only, after `gateway.demo.load`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.accounts import people
from gateway.context import Context
from gateway.convenant import agreeing, making, signing
from gateway.convenant.agreeing import Proposal
from gateway.convenant.making import Draft
from gateway.convenant.signing import Signing
from gateway.convenant.tables import Convenant, ConvenantVersion
from gateway.ids import new_id

if TYPE_CHECKING:
    from gateway.services import Services

NAME = "Convenant second opinion Voorbeeldstreek en Buurtland (demo)"
TEXT = (
    "Voorbeeldtekst, alleen voor de demo.\n"
    "1. Wij helpen elkaar als een leerling een onafhankelijk oordeel nodig heeft.\n"
    "2. Een verzoek gaat altijd van contactpersoon naar contactpersoon.\n"
    "3. Wij sturen gegevens zonder namen, tenzij het verzoek daar niet mee kan.\n"
    "4. Wij vragen elkaar er geen geld voor.\n"
    "5. Stoppen kan samen, of met een opzegging twee maanden vooruit."
)


def load(services: Services) -> None:
    """A convenant that both sides signed, with the agreements that the partner accepted."""
    us, them = (_context(services, f"{name}@demo.example") for name in ("contactpersoon", "partner"))
    with services.db.reading() as session:
        if session.scalars(select(Convenant.id)).first() is not None:
            return
    partner = them.person.organisation_id
    made = making.make(services, us, kind="second_opinion", name=NAME, partner_ids=(partner,))
    making.write(services, us, made, Draft(text=TEXT))
    version = making.offer(services, us, made)
    with services.db.reading() as session:
        seen = (session.get_one(ConvenantVersion, version).content_hash or b"").hex()
    for who in (us, them):
        signed = Signing(version_id=version, seen=seen, authority="director")
        signing.sign(services, who, made, signed, factor="totp")
    proposal = Proposal(manner="portal", term="P2W", quality="Niet ouder dan een jaar (voorbeeld).")
    agreed = agreeing.propose(services, us, made, proposal)
    agreeing.decide(services, them, agreed, accept=True)


def _context(services: Services, email: str) -> Context:
    with services.db.reading() as session:
        found = people.by_email(session, services.vault, email)
    if found is None:
        raise LookupError("a demo account is missing")
    return Context(actor=people.actor_of(found), now=services.clock(), request_id=new_id())
