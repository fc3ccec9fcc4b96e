"""More of the example: a second opinion half-way, so that each side, the expert and the parent see something.

Clearly invented, as the rest of the demo. Loaded by `dossierpoort demo` only, after the convenant of the example.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.accounts import people
from gateway.context import Context
from gateway.dossiers.tables import Document
from gateway.ids import new_id
from gateway.second_opinion import acting, delivering, ground, requesting, views
from gateway.second_opinion.delivering import Wanted
from gateway.second_opinion.experts import NewExpert
from gateway.second_opinion.requesting import Written
from gateway.second_opinion.state import CHECKS

if TYPE_CHECKING:
    from gateway.services import Services

EXPERT = "deskundige.partner@demo.example"
REQUEST = Written(
    about="arrangement",
    question="Past drie keer per week instructie in een klein groepje bij wat deze leerling nodig heeft? (verzonnen)",
    task="Adviseren over de ondersteuningsbehoefte van een leerling (WPO 18a).",
    necessity="Ouders en school denken verschillend over hoeveel hulp genoeg is (verzonnen).",
    proportionality="Alleen het gespreksverslag; toetsen zijn voor deze vraag niet nodig (verzonnen).",
    parents="told",
    parents_how="In een gesprek op school, met een brief erna (verzonnen).",
)


def load(services: Services) -> None:
    """One case: asked, agreed, delivered and with the expert, who has a question. Without a convenant only written."""
    us, them = _context(services, "contactpersoon@demo.example"), _context(services, "partner@demo.example")
    partner, expert = them.person.organisation_id, _context(services, EXPERT)
    dossier_id = views.children(services, _context(services, "ouder@demo.example"))[0][0]
    case = requesting.start(services, _context(services, "swv@demo.example"), dossier_id, partner, REQUEST)
    with services.db.reading() as session:
        bound = ground.convenant_id(session, us.person.tenant_id, partner, us.today)
        documents = tuple(session.scalars(select(Document.id).where(Document.dossier_id == dossier_id)))
    if bound is None:
        return
    requesting.check_and_send(services, us, case, dict.fromkeys(CHECKS, True), "", seen=1)
    acting.contact_step(services, them, case, "accept", {})
    acting.propose(
        services,
        them,
        case,
        manner="In dit portaal, alleen voor de deskundige (verzonnen).",
        deliver_by=us.today + timedelta(days=7),
        review="P2W",
        definitions="",
        access_days=14,
    )
    acting.agree(services, us, case)
    acting.assign(services, them, case, _registered(expert))
    acting.admit(services, us, case, expert.person.account_id)
    acting.declare(services, expert, case, confidential=True, involved=False)
    delivering.deliver(services, us, case, _delivery(documents))
    delivering.receive(services, them, case)
    acting.expert_step(services, expert, case, "ask", {"text": "Is er dit schooljaar al getoetst? (verzonnen)"})


def _context(services: Services, email: str) -> Context:
    with services.db.reading() as session:
        account = people.by_email(session, services.vault, email)
    if account is None:
        raise LookupError("the example has no such account")
    return Context(actor=people.actor_of(account), now=services.clock(), request_id=new_id())


def _registered(expert: Context) -> NewExpert:
    return NewExpert(
        account_id=expert.person.account_id,
        profession="orthopedagogue",
        register="NVO",
        number="NVO-000001",
        valid_from=expert.today.replace(month=1, day=1),
        valid_until=expert.today + timedelta(days=700),
    )


def _delivery(documents: tuple[str, ...]) -> Wanted:
    return Wanted(
        parts={"b": documents},
        missing=dict.fromkeys("acd", "Is voor deze vraag niet nodig (verzonnen)."),
        statements=dict.fromkeys(documents, "Juist en volledig op de dag van het gesprek (verzonnen)."),
        form="expert",
        why_identifiable="De deskundige spreekt de leerling ook zelf (verzonnen).",
        once=(new_id(),),
    )
