"""An inzage from the parent's two clicks to the answer in hand, through the pages of each, and what others find there."""

from __future__ import annotations

import json

import pytest

from tests import inzages
from tests.personas import CONTACT_PERSON, GUARDIAN, OFFICER, OTHER_SCHOOL, OWNER, PARTNER, PUPIL, SWV, visitor
from tests.web.test_rights_pages import send, text


@pytest.fixture(scope="module")
def parent(app):
    return visitor(app, GUARDIAN)


@pytest.fixture(scope="module")
def officer(app):
    return visitor(app, OFFICER)


@pytest.fixture(scope="module")
def asked(services, parent):
    dossier_id, document_id = inzages.demo(services)
    follow = send(parent, f"/rechten/{dossier_id}/inzage", {"language": "nl"}).headers["Location"]
    return follow, follow.rpartition("/")[2], document_id


def test_the_officer_decides_on_each_document_and_the_parent_reads_and_takes_it_along(parent, officer, asked):
    follow, request_id, document_id = asked
    desk, base = f"/verzoeken/{request_id}/inzage", f"/verzoeken/{request_id}"
    assert parent.get(f"{follow}/antwoord").status_code == 404
    assert send(officer, f"{base}/stap/behandelen").status_code == 303
    assert f'href="{desk}"' in text(officer.get(base))
    assert "Ik houd mij hieraan en begin" in text(officer.get(desk))
    said = {"outcome": "granted", "reasons": "U mag alles zien.", "article": "AVG 15"}
    assert "nog niet beslist of de vrager het krijgt" in text(send(officer, f"{base}/beslissen", said), 409)
    assert officer.post(f"{desk}/begin", {"beloofd": "ja"}).status_code == 303
    # No page without the event that opening the document writes.
    assert officer.get(f"{desk}/stukken/{document_id}/origineel/1").status_code == 404
    shown = text(officer.get(f"{desk}/stukken/{document_id}"))
    assert "Haal gegevens van anderen weg" in shown
    assert officer.get(f"{desk}/stukken/{document_id}/origineel/1").mimetype == "image/webp"
    assert officer.get(f"{desk}/stukken/{document_id}/resultaat/1").status_code == 404
    wrong = text(officer.post(f"{desk}/stukken/{document_id}/besluit", {"choice": "withheld", "why": ""}), 400)
    assert "Schrijf waarom de vrager dit stuk niet krijgt" in wrong
    assert officer.post(f"{desk}/stukken/{document_id}/besluit", {"choice": "whole"}).status_code == 303
    assert "Over alle stukken is beslist" in text(officer.get(desk))
    key = {"key": "address", "shown": "nee"}
    assert "Schrijf waarom" in text(officer.post(f"{desk}/onderdeel", key), 400)
    assert officer.post(f"{desk}/onderdeel", {**key, "reason": "Het adres is geheim."}).status_code == 303
    assert send(officer, f"{base}/beslissen", said).status_code == 303
    assert f'href="{follow}/antwoord"' in text(parent.get(follow))
    answer = text(parent.get(f"{follow}/antwoord"))
    for told in (
        "Dit is er over Noa de Voorbeeld bekend",
        "Dit kost u niets",
        "gespreksverslag.txt",
        "Het adres is geheim.",
    ):
        assert told in answer
    assert "Verzonnenstraat" not in answer
    assert b"Verslag" in parent.post(f"{follow}/antwoord/stukken/{document_id}").get_data()
    assert json.loads(parent.post(f"{follow}/antwoord/json").get_data())["format"] == "dossierpoort-inzage"
    assert parent.post(f"{follow}/antwoord/pakket").get_data()[:2] == b"PK"
    assert officer.post(f"{desk}/papier").get_data()[:5] == b"%PDF-"
    assert "nu niet in behandeling" not in text(officer.get(desk))


@pytest.mark.parametrize("email", [PUPIL, OWNER, OTHER_SCHOOL, SWV, CONTACT_PERSON, PARTNER])
def test_nobody_else_finds_the_answer_or_the_desk(app, asked, email):
    follow, request_id, document_id = asked
    someone = visitor(app, email)
    for path in (f"{follow}/antwoord", f"/verzoeken/{request_id}/inzage"):
        assert someone.get(path).status_code == 404
    assert someone.post(f"{follow}/antwoord/stukken/{document_id}").status_code == 404
    assert someone.post(f"{follow}/antwoord/pakket").status_code == 404
