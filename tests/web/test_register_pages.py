"""The register of verstrekkingen is shown in pages of fifty: nothing falls off the end unsaid (PR9.3)."""

from __future__ import annotations

import pytest

from tests import builders, personas
from tests.personas import visitor
from tests.web.matrix import consent, disclose

MADE = 53


@pytest.fixture(scope="module")
def made(services):
    dossier, document = builders.submitted(services, bsn="100000009")
    thing = {"dossier_id": dossier, "document_id": document}
    agreed = consent(services, dossier)
    return [disclose(services, thing, agreed) for _ in range(MADE)]


@pytest.mark.parametrize(
    ("email", "address", "link"),
    [
        (personas.OFFICER, "/register", "/register/"),
        (personas.SWV, "/verstrekkingen", "/verstrekkingen/"),
        (personas.PARTNER, "/ontvangen", "/ontvangen/"),
    ],
)
def test_every_verstrekking_is_on_just_one_page(app, made, email, address, link):
    someone = visitor(app, email)
    first = someone.get(address).get_data(as_text=True)
    second = someone.get(f"{address}?pagina=2").get_data(as_text=True)
    assert f"{MADE} regels" in first
    on_first = {one for one in made if link + one in first}
    on_second = {one for one in made if link + one in second}
    assert (len(on_first), len(on_second)) == (50, MADE - 50)
    assert not on_first & on_second


@pytest.mark.parametrize("number", ["0", "-3", "99999999999999999999", "x"])
def test_an_odd_page_number_gives_a_page(app, made, number):
    assert visitor(app, personas.OFFICER).get(f"/register?pagina={number}").status_code == 200
