"""The register of verstrekkingen is shown in pages of fifty: nothing falls off the end unsaid (PR9.3)."""

from __future__ import annotations

import html
import json
import re

import pytest

from audit.log import events, open_payload
from audit.verify import verify_receipt
from gateway.logbook import signers
from gateway.oversight.tables_of_text import as_csv
from gateway.recording import Action, LogSealer
from tests import builders, personas
from tests.personas import visitor
from tests.web.matrix_people import consent, disclose

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
        (personas.SWV, "/verstrekkingen", "/verstrekkingen/"),
        (personas.MUNICIPALITY, "/ontvangen", "/ontvangen/"),
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
    assert visitor(app, personas.SWV).get(f"/verstrekkingen?pagina={number}").status_code == 200


def linked(page, rel):
    found = re.search(rf'rel="{rel}" href="([^"]+)"', page)
    return html.unescape(found.group(1)) if found else None


def test_the_register_goes_forth_and_back_by_key_and_shows_every_verstrekking_once(app, made):
    officer = visitor(app, personas.OFFICER)
    first = officer.get("/register").get_data(as_text=True)
    assert f"{MADE} verstrekkingen" in first
    assert linked(first, "prev") is None
    second = officer.get(linked(first, "next")).get_data(as_text=True)
    assert linked(second, "next") is None
    on_first, on_second = ({one for one in made if f"/register/{one}" in page} for page in (first, second))
    assert (len(on_first), len(on_second)) == (50, MADE - 50)
    assert not on_first & on_second
    back = officer.get(linked(second, "prev")).get_data(as_text=True)
    assert {one for one in made if f"/register/{one}" in back} == on_first


@pytest.mark.parametrize("cursor", ["x", "20261301T000000.000000_" + 32 * "0", "' OR 1=1", "20260101T000000.000000_"])
def test_a_cursor_of_another_making_is_refused(app, made, cursor):
    answer = visitor(app, personas.OFFICER).get("/register", query_string={"voor": cursor})
    assert answer.status_code == 400


def test_a_search_for_a_pupil_puts_no_name_in_an_address_and_none_in_the_log_in_clear(app, services, made):
    officer = visitor(app, personas.OFFICER)
    answer = officer.post("/register", {"zoek": "Zwollebol", "doel": "support_allocation"})
    assert answer.status_code == 303
    assert "Zwollebol" not in answer.headers["Location"]
    page = officer.get(answer.headers["Location"]).get_data(as_text=True)
    assert f"{MADE} verstrekkingen" in page
    assert all("Zwollebol" not in link for link in re.findall(r'href="([^"]*)"', page))
    stranger = officer.post("/register", {"zoek": "Nietbestaand"}).headers["Location"]
    assert "Niets gevonden" in officer.get(stranger).get_data(as_text=True)
    with services.db.reading() as session:
        found = events(session.connection(), action=Action.SEARCH, limit=500).rows
    assert any(row.object_type == "register" for row in found)


def test_the_exports_hold_the_choice_run_no_formula_and_stand_in_the_log_without_a_name(app, services, made):
    officer = visitor(app, personas.OFFICER)
    place = officer.post("/register", {"zoek": "Zwollebol", "vorm": "original"}).headers["Location"]
    query = place.partition("?")[2]
    rows = officer.get(f"/register/lijst.csv?{query}").get_data(as_text=True).splitlines()
    assert len(rows) == MADE + 1
    found = json.loads(officer.get(f"/register/lijst.json?{query}").get_data(as_text=True))
    assert {one["kenmerk"] for one in found} == set(made)
    assert officer.get("/register/lijst.json?vorm=anonymised").get_json() == []
    assert next(as_csv([["=1+1", "+31", "gewoon"]])) == "'=1+1;'+31;gewoon\r\n"
    with services.db.reading() as session:
        logged = events(session.connection(), action=Action.EXPORT, limit=10).rows
        payloads = [
            open_payload(row, LogSealer(session, services.vault, organisation_id=row.tenant, year=2026))
            for row in logged
        ]
    told = [payload["filter"] for payload in payloads if "filter" in payload]
    assert "één leerling; vorm origineel" in told
    assert "Zwollebol" not in str(payloads)


def test_a_row_of_the_register_opens_its_evidence_and_its_proof(app, services, made):
    builders.work(services)
    officer = visitor(app, personas.OFFICER)
    page = officer.get(f"/register/{made[0]}").get_data(as_text=True)
    assert "/logboek/" in page
    event = re.search(r"/bewijs/(\w{32})", page).group(1)
    receipt = officer.post(f"/bewijs/{event}/json").get_data(as_text=True)
    proven = verify_receipt(receipt, [signer.key for signer in signers(services.vault.keyring)])
    assert proven.event.object_id == made[0]
