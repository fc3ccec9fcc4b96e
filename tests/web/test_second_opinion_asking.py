"""How parents ask for a second opinion is the reglement's to say, through the screens. Source: SO2, TL12."""

from __future__ import annotations

from gateway.second_opinion import views
from tests import builders, personas, reglements
from tests.personas import visitor

ROADS = {"direct": personas.GUARDIAN, "school": personas.OWNER}


def test_the_screens_offer_the_way_that_the_reglement_names_and_refuse_the_other(app, services, clock):
    child = views.children(services, builders.context(services, personas.GUARDIAN))[0][0]
    asking = f"/second-opinions/vragen/{child}"
    places = {"direct": "/second-opinions", "school": f"/dossiers/{child}"}
    for way, who in ROADS.items():
        assert asking in visitor(app, who).get(places[way]).get_data(as_text=True), "a silent reglement leaves both"
    for named, words in (("direct", "zelf, bij het samenwerkingsverband"), ("school", "via de school")):
        reglements.new_version(services, clock, rights={"second_opinion_ways": [named]})
        for way, who in ROADS.items():
            someone = visitor(app, who)
            assert (asking in someone.get(places[way]).get_data(as_text=True)) is (way == named)
            assert someone.get(asking).status_code == (200 if way == named else 403)
        published = visitor(app).get("/reglement/demo").get_data(as_text=True)
        assert f"<dd>{words}</dd>" in published
