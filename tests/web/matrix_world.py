"""The world that the matrix speaks of: real things by the name that the table gives them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateway.ids import new_id
from gateway.oversight import breaches, review
from gateway.oversight.signals import Found, Seen
from gateway.recording import Action, Outcome
from tests import builders, personas
from tests.builders import context
from tests.web.matrix import _ALONE, EMAIL
from tests.web.matrix_acts import (
    _make_cases,
    _make_correction,
    _make_inzages,
    _make_keys,
    _make_line,
    _make_readings,
    _make_rights,
    _make_verstrekkingen,
)
from tests.web.matrix_desks import (
    _make_administration,
    _make_convenants,
    _make_destructions,
    _make_keeping,
    _make_letters,
)
from tests.web.matrix_people import _make_dossiers, _make_people

if TYPE_CHECKING:
    from gateway.services import Services


@dataclass
class World:
    """Real things by the name that the table gives them; each is a set of route parameters."""

    services: Services
    things: dict[str, dict[str, Any]] = field(default_factory=dict)

    def parameters(self, rule: str, thing: str) -> dict[str, Any]:
        """The parameters of a route for this thing; "absent" is what does not exist."""
        if thing == "absent":
            choice = re.search(r"any\('([^']+)'", rule)
            return {name: new_id() for name in re.findall(r"<(?:path:)?(\w+)>", rule)} | {
                "number": 1, "what": choice and choice.group(1),
            }  # fmt: skip
        return self.things.get(thing, {})


def build_world(services: Services) -> World:
    """Everything that the table names, made by the use cases themselves."""
    world = World(services)
    things = world.things
    things[_ALONE] = {}
    things["stylesheet"] = {"filename": "build/dossierpoort.css"}
    _make_people(services)
    _make_dossiers(services, things)
    _make_verstrekkingen(services, things)
    _make_keeping(services, things)
    _make_destructions(services, things)
    _make_letters(services, things)
    _make_readings(services, things)
    _make_cases(services, things)
    _make_rights(services, things)
    _make_administration(services, things)
    _make_keys(services, things)
    _make_line(services, things)
    _make_convenants(services, things)
    _make_correction(services, things)
    _make_inzages(services, things)
    for name, of, email in (
        ("rendition", "submitted", personas.SWV),
        ("rendition_of_second", "second", EMAIL["t2_swv"]),
    ):
        made = builders.reviewable(services, things[of]["dossier_id"], things[of]["document_id"], email)
        things[name] = {"rendition_id": made, "number": 1}
    officer, document = context(services, personas.OFFICER), things["submitted"]["document_id"]
    breach = breaches.record_breach(
        services,
        officer,
        breaches.NewBreach(
            details=breaches.Details(title="Verkeerde ontvanger", what="Verzonnen.", consequences="", measures=""),
            kinds=("confidentiality",),
            cause="wrong_recipient",
            discovered_at=officer.now,
            began_at=None,
            ended_at=None,
        ),
    )
    breaches.add_documents(services, officer, breach, [document])
    things["breach"] = {"breach_id": breach, "document_id": document, "what": "ap"}
    with services.db.writing() as session:
        tenant = officer.person.tenant_id
        late = Seen(event_id=new_id(), at=services.clock(), action=Action.BREAK_GLASS, outcome=Outcome.SUCCESS)
        found = Found(kind="break_glass", subject=late.event_id, number=1, events=(late,))
        things["signal"] = {"signal_id": review.absorb(session, tenant, found)}
    builders.work(services)  # the worker's own duties are done: what was made stands under a checkpoint
    return world
