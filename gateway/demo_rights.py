"""More of the example: an inzage and a correctie that run, so that family and officer see what following one is like.

Clearly invented, as the rest of the demo. Loaded by `dossierpoort demo` only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.accounts import people
from gateway.context import Context
from gateway.ids import new_id
from gateway.rights import asking, treating, views
from gateway.rights.asking import NewRequest
from gateway.rights.rules import NewItem

if TYPE_CHECKING:
    from gateway.services import Services


def load(services: Services) -> None:
    """The demo's parent asks inzage, which just came in, and has an address corrected, which the officer took up."""
    parent = _context(services, "ouder@demo.example")
    children = views.children(services, parent)
    if not children:
        return
    dossier_id = children[0].dossier_id
    asking.ask(services, parent, dossier_id, NewRequest(kind="inzage", assisted="mijn zus (verzonnen)"))
    wrong = NewItem(
        change="improve",
        wrong="Het huisnummer is oud: wij verhuisden (verzonnen).",
        should_be="Verzonnenstraat 2",
        field="address",
    )
    asked = asking.ask(services, parent, dossier_id, NewRequest(kind="correctie", items=(wrong,)))
    treating.treat(services, _context(services, "privacy@demo.example"), asked, seen=2)


def _context(services: Services, email: str) -> Context:
    with services.db.reading() as session:
        account = people.by_email(session, services.vault, email)
        if account is None:
            raise LookupError("the demo has no such account")
        return Context(actor=people.actor_of(account), now=services.clock(), request_id=new_id())
