"""How parents ask for a second opinion is the reglement's to say; through the screens. Source: SO2, TL12."""

from __future__ import annotations

import pytest

from gateway.dossiers.tables import Dossier
from gateway.second_opinion import views
from tests import builders, personas, reglements
from tests.personas import visitor


def submitted_child(services):
    """A child of the demo's parent whose dossier the school sent."""
    found = [each for each, _ in views.children(services, builders.context(services, personas.GUARDIAN))]
    with services.db.reading() as session:
        return next(each for each in found if session.get_one(Dossier, each).state != "draft")


@pytest.mark.parametrize(
    ("way", "may", "may_not"),
    [("direct", personas.GUARDIAN, personas.OWNER), ("school", personas.OWNER, personas.GUARDIAN)],
)
def test_parents_ask_as_the_reglement_says_and_not_the_other_way(app, services, clock, way, may, may_not):
    child = submitted_child(services)
    asking = f"/second-opinions/vragen/{child}"
    places = {personas.GUARDIAN: "/second-opinions", personas.OWNER: f"/dossiers/{child}"}
    for who, place in places.items():
        assert asking in visitor(app, who).get(place).get_data(as_text=True), "a reglement that is silent leaves both"
    reglements.new_version(services, clock, rights={"second_opinion_ways": [way]})
    assert asking in visitor(app, may).get(places[may]).get_data(as_text=True)
    assert visitor(app, may).get(asking).status_code == 200
    assert asking not in visitor(app, may_not).get(places[may_not]).get_data(as_text=True)
    assert visitor(app, may_not).get(asking).status_code == 403
    published = visitor(app, personas.GUARDIAN).get("/reglement/demo").get_data(as_text=True)
    assert "Ouders vragen om een second opinion" in published
