"""Whoever looks at a page that names a pupil stands in the log, and the timeline says it in words (PR9.3, PR11.1)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from audit.log import events
from gateway.dossiers.tables import Dossier
from gateway.recording import Action
from tests import builders, personas
from tests.personas import visitor
from tests.web.matrix import consent, disclose


@pytest.fixture(scope="module")
def world(services):
    """A submitted dossier with a verstrekking to the partner."""
    dossier, document = builders.submitted(services, bsn="100000009")
    thing = {"dossier_id": dossier, "document_id": document}
    return dossier, disclose(services, thing, consent(services, dossier))


def looked(services, dossier, about):
    """The accounts that looked at this kind of thing of a dossier."""
    with services.db.reading() as session:
        rows = events(session.connection(), dossier=dossier, action=Action.CONSULT, limit=200).rows
    return [row.actor for row in rows if row.object_type == about]


def test_sender_and_recipient_of_a_verstrekking_are_logged_when_they_open_it(app, services, world):
    dossier, verstrekking = world
    assert visitor(app, personas.PARTNER).get(f"/ontvangen/{verstrekking}").status_code == 200
    assert visitor(app, personas.SWV).get(f"/verstrekkingen/{verstrekking}").status_code == 200
    seen = looked(services, dossier, "verstrekking")
    assert {builders.account(services, personas.PARTNER).id, builders.account(services, personas.SWV).id} <= set(seen)
    page = visitor(app, personas.SWV).get(f"/dossiers/{dossier}").get_data(as_text=True)
    assert "Verstrekking bekeken" in page
    assert "Dossier bekeken" in page
    assert "Geopend om te lezen: een stuk<" not in page


def test_who_may_not_open_it_leaves_no_look(app, services, world):
    dossier, verstrekking = world
    before = len(looked(services, dossier, "verstrekking"))
    assert visitor(app, personas.OWNER).get(f"/ontvangen/{verstrekking}").status_code == 404
    assert len(looked(services, dossier, "verstrekking")) == before


def test_a_parents_look_is_logged_too(app, services):
    with services.db.reading() as session:
        demo = session.scalars(select(Dossier.id).order_by(Dossier.made_at)).first()
    before = len(looked(services, demo, "overview"))
    page = visitor(app, personas.GUARDIAN).get("/wat-is-bekend").get_data(as_text=True)
    assert "Bekeek wat er bekend is" in page
    assert looked(services, demo, "overview")[: len(looked(services, demo, "overview")) - before] == [
        builders.account(services, personas.GUARDIAN).id
    ]


def test_the_school_does_not_read_that_the_swv_looked_for_a_double(app, services):
    builders.submitted(services, bsn="100000010")
    dossier, _ = builders.submitted(services, bsn="100000010", first_name="Tweede")
    swv = visitor(app, personas.SWV)
    assert "Mogelijk dubbel" in swv.get(f"/dossiers/{dossier}").get_data(as_text=True)
    assert swv.post(f"/dossiers/{dossier}/dubbel-afgehandeld").status_code == 303
    assert "Mogelijk dubbel dossier bekeken" in swv.get(f"/dossiers/{dossier}").get_data(as_text=True)
    school = visitor(app, personas.OWNER).get(f"/dossiers/{dossier}").get_data(as_text=True)
    assert "dubbel" not in school.lower()
