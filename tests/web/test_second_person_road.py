"""A version made in the portal that asks a second person for a disclosure, and the road of one under it, page by page.

No shipped profile asks it, for no source does; an SWV may. Source: issue 4 ("second person where the profile asks").
"""

from __future__ import annotations

import re
from datetime import timedelta

from tests import builders, personas
from tests.personas import visitor
from tests.web.matrix_people import consent
from tests.web.test_reglement_versions import form_fields


def _text(page):
    return page.get_data(as_text=True)


def _a_version_that_asks_it(app, clock):
    administrator = visitor(app, personas.ADMINISTRATOR)
    fields = form_fields(_text(administrator.get("/reglement-beheer/nieuw")))
    assert "second_person" not in fields
    fields["valid_from"] = [(clock.now.date() + timedelta(days=1)).isoformat()]
    fields["second_person"] = ["municipality"]
    fields["csrf_token"] = [administrator.token()]
    draft = administrator.client.post("/reglement-beheer/nieuw", data=fields).location
    assert "Verstrekken aan deze ontvangers kan pas als een tweede persoon het goedkeurt" in _text(
        administrator.get(draft)
    )
    assert visitor(app, personas.CONTACT_PERSON).post(draft + "/goedkeuren").status_code == 303


def _asked(app, services):
    dossier, document = builders.submitted(services)
    given = consent(services, dossier)
    fields = {
        "document_ids": document,
        "recipient_id": builders.account(services, personas.MUNICIPALITY).organisation_id,
        "purpose": "second_opinion",
        "basis": "consent",
        "consent_id": given,
        "recipient_person": "Petra Fictief",
        "identifiable": "1",
        "why_identifiable": "Zij spreken het kind zelf.",
        "statement": "Juist, volledig en actueel.",
        "step": "details",
    }
    sender = visitor(app, personas.SWV)
    return sender, sender.post(f"/dossiers/{dossier}/verstrekken", {**fields, "confirmed": "1"}).location


def test_under_a_version_of_the_portal_nothing_leaves_before_the_second_person_and_then_it_does(app, services, clock):
    _, before = _asked(app, services)
    assert "wacht op goedkeuring" not in _text(visitor(app, personas.SWV).get(before))
    _a_version_that_asks_it(app, clock)
    clock.forward(days=1, hours=1)
    assert "Tweede persoon" in _text(visitor(app).get("/reglement/demo"))
    sender, asked = _asked(app, services)
    received = asked.replace("/verstrekkingen/", "/ontvangen/")
    recipient = visitor(app, personas.MUNICIPALITY)
    assert "wacht op goedkeuring" in _text(sender.get(asked))
    assert recipient.get(received).status_code == 404
    assert sender.post(asked + "/goedkeuren").status_code != 200
    assert recipient.get(received).status_code == 404  # who asked does not approve
    second = visitor(app, personas.CONTACT_PERSON)
    assert "Uw goedkeuring" in _text(second.get(asked))
    assert second.post(asked + "/goedkeuren").status_code == 303
    assert "staat klaar" in _text(sender.get(asked))
    page = _text(recipient.get(received))
    fetched = recipient.post(re.search(rf'action="({received}/\w+/downloaden)"', page)[1])
    assert (fetched.status_code, "over de voortgang" in _text(fetched)) == (200, True)
