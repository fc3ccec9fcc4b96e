"""The pages of rights, as each person finds them: asking in two clicks, following, the officer's work, and who gets 404."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest
from sqlalchemy import select

from gateway.dossiers.tables import Dossier, DossierPerson
from gateway.rights.tables import RightRequest
from tests import builders
from tests.personas import (
    ADMINISTRATOR,
    CONTACT_PERSON,
    EXPERT,
    GUARDIAN,
    OFFICER,
    OTHER_SCHOOL,
    OWNER,
    PARTNER,
    PUPIL,
    SWV,
    visitor,
)


@pytest.fixture(scope="module")
def dossier_id(services):
    with services.db.reading() as session:
        return session.scalars(select(Dossier.id)).one()


@pytest.fixture(scope="module")
def parent(app):
    return visitor(app, GUARDIAN)


@pytest.fixture(scope="module")
def officer(app):
    return visitor(app, OFFICER)


def text(answer, status=200):
    assert answer.status_code == status, answer.status_code
    return answer.get_data(as_text=True)


def at(services, answer):
    """The request whose page this answer leads to."""
    with services.db.reading() as session:
        return session.get_one(RightRequest, answer.headers["Location"].rpartition("/")[2])


def any_request(services):
    with services.db.reading() as session:
        return session.scalars(select(RightRequest.id).order_by(RightRequest.id)).first()


def send(someone, path, data=None, page=None):
    """Fill in the form of a page as it stands there, and send it."""
    shown = text(someone.get(page or path))
    hidden = dict(re.findall(r'name="(seen|places)"[^>]*value="([^"]*)"', shown))
    hidden.update(re.findall(r'id="(seen)"[^>]*value="([^"]*)"', shown))
    return someone.post(path, {**hidden, **(data or {})})


def test_a_parent_asks_inzage_in_two_clicks_and_follows_it(services, parent, dossier_id):
    known = text(parent.get("/wat-is-bekend"))
    assert f'href="/rechten/{dossier_id}/inzage"' in known  # the first click
    asking = text(parent.get(f"/rechten/{dossier_id}/inzage"))
    assert "4 weken" in asking
    assert "Het kost niets" in asking
    answer = send(parent, f"/rechten/{dossier_id}/inzage", {"language": "nl"})  # the second
    assert answer.status_code == 303
    follow = text(parent.get(answer.headers["Location"]))
    assert "nog 28 dagen" in follow
    assert "maandag 21 december" in follow
    assert "4 weken na 23 november 2026" in follow  # why that day
    assert "Verzoek ontvangen" in follow
    assert "Verzoek intrekken" in follow
    overview = text(parent.get("/rechten"))
    assert "Wat u eerder vroeg" in overview
    assert "Iets laten verbeteren" in overview
    again = text(parent.get(f"/rechten/{dossier_id}/inzage"))
    assert "Dit vroeg u al" in again


def test_verzet_needs_the_personal_circumstances(services, parent, dossier_id):
    path = f"/rechten/{dossier_id}/verzet"
    wrong = text(send(parent, path, {"language": "nl", "assisted": "mijn buurvrouw"}), 400)
    assert "Vul dit in" in wrong
    assert "mijn buurvrouw" in wrong  # nothing typed is lost
    assert at(services, send(parent, path, {"language": "nl", "text": "Wij gaan verhuizen."})).kind == "verzet"


def test_a_correctie_takes_one_block_more_without_script_and_points_at_a_field(services, parent, dossier_id):
    path = f"/rechten/{dossier_id}/correctie"
    first = {
        "language": "nl",
        "places": "1",
        "about-0": "field:address",
        "change-0": "improve",
        "wrong-0": "Oud adres",
        "should_be-0": "Nieuw adres",
    }
    more = text(parent.post(path, {**first, "more": "1"}))
    assert "Onderdeel 2" in more
    assert "Oud adres" in more
    assert "gespreksverslag, van " in more  # documents by kind and day, never by name
    assert "gespreksverslag.txt" not in more
    second = {"about-1": "", "change-1": "", "wrong-1": "Ook dit", "should_be-1": ""}
    wrong = text(parent.post(path, {**first, **second, "places": "2"}), 400)
    assert "Kies wat wij moeten doen" in wrong
    answer = parent.post(path, {**first, "places": "2"})
    assert answer.status_code == 303
    assert "Oud adres" in text(parent.get(answer.headers["Location"]))


def test_the_officer_treats_asks_proof_and_decides_and_the_parent_reads_along(services, parent, officer, dossier_id):
    answer = send(parent, f"/rechten/{dossier_id}/klacht", {"language": "en", "text": "Het duurde te lang."})
    follow = answer.headers["Location"]
    request_id = follow.rpartition("/")[2]
    base = f"/verzoeken/{request_id}"
    assert f'href="{base}"' in text(officer.get("/verzoeken"))
    assert f'href="{base}"' not in text(officer.get("/verzoeken?soort=inzage"))
    shown = text(officer.get(base))
    assert "Het duurde te lang." in shown
    assert "Maryam Voorbeeld" in shown
    assert send(officer, f"{base}/stap/bewijs-vragen", {"proof": "Laat zien wie u bent."}).status_code == 303
    waiting = text(parent.get(follow))
    assert "Wij vragen u om bewijs" in waiting
    assert "Laat zien wie u bent." in waiting
    assert parent.post(f"{follow}/bewijs", {"answer": "Ik was op school."}).status_code == 303
    assert parent.post(f"{follow}/bewijs", {"answer": " "}).status_code == 400
    future = send(officer, f"{base}/stap/bewijs-binnen", {"on": "2031-01-01", "how": "Paspoort gezien."})
    assert "niet in de toekomst" in text(future, 400)
    assert send(officer, f"{base}/stap/bewijs-binnen", {"on": "2026-11-23", "how": "Gezien."}).status_code == 303
    assert send(officer, f"{base}/stap/verlengen", {"weeks": "2", "why": "Drukte."}).status_code == 303
    assert "Drukte." in text(parent.get(follow))
    nothing = text(send(officer, f"{base}/beslissen", {"outcome": "partly"}), 400)
    assert "Schrijf waarom" in nothing
    said = {"outcome": "partly", "reasons": "Het antwoord kwam te laat.", "article": "Awb 9:12"}
    stale = officer.post(f"{base}/beslissen", {**said, "seen": "1"})
    assert "intussen" in text(stale, 409)
    assert send(officer, f"{base}/beslissen", said).status_code == 303
    decided = text(parent.get(follow))
    assert "deels gegrond" in decided
    assert "Het antwoord kwam te laat." in decided
    assert send(officer, f"{base}/stap/uitvoeren", {"how": "Wij spraken af sneller te antwoorden."}).status_code == 303
    assert send(officer, f"{base}/stap/afronden").status_code == 303
    assert "Dit verzoek is afgerond" in text(parent.get(follow))
    assert "past niet" in text(officer.get(f"{base}/stap/behandelen"))


def test_withdrawing_asks_first(services, parent, dossier_id):
    answer = send(parent, f"/rechten/{dossier_id}/overdracht", {"language": "nl"})
    follow = answer.headers["Location"]
    assert "Ja, intrekken" in text(parent.get(f"{follow}/intrekken"))
    assert at(services, answer).state == "received"
    assert parent.post(f"{follow}/intrekken").status_code == 303
    assert at(services, answer).state == "withdrawn"
    assert "kan niet meer" in text(parent.get(f"{follow}/intrekken"))


def test_staff_enter_a_request_on_paper_with_its_scan(services, app, dossier_id):
    for email, back in ((OWNER, f"/dossiers/{dossier_id}/rechten"), (OFFICER, "/verzoeken/")):
        someone = visitor(app, email)
        assert "Scan toevoegen" in text(someone.get(f"/dossiers/{dossier_id}/rechten"))
        file = (io.BytesIO(f"Wij willen inzage, {email}.".encode()), "verzoek.txt")
        scan = f"/dossiers/{dossier_id}/verzoek-op-papier"
        assert "identiteitsbewijs" in text(someone.get(scan))
        added = someone.post(scan, {"file": file}, content_type="multipart/form-data")
        assert added.status_code == 303
        assert "?scan=" in added.headers["Location"]
        builders.work(services)
        assert "Wat wordt er gevraagd?" in text(someone.get(added.headers["Location"]))
        path = f"/dossiers/{dossier_id}/rechten/inzage"
        shown = text(someone.get(f"{path}?{added.headers['Location'].rpartition('?')[2]}"))
        asker = re.search(r'name="asker" value="([^"]+)"', shown)
        scanned = re.search(r'<option selected value="([^"]+)"', shown)
        assert asker
        assert scanned
        data = {
            "asker": asker[1],
            "received_on": "2026-11-20",
            "identified": "Paspoort gezien.",
            "scan_id": scanned[1],
            "language": "nl",
        }
        assert "Vul dit in" in text(someone.post(path, {**data, "identified": "  "}), 400)
        answer = someone.post(path, data)
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith(back)
    assert at(services, answer).received_on == date(2026, 11, 20)


def test_the_officer_finds_the_dossier_of_a_letter_and_sees_the_terms(officer, dossier_id):
    found = officer.post("/verzoeken/nieuw", {"zoek": "Voorbeeld"})
    assert found.status_code == 303
    assert "Voorbeeld" not in found.headers["Location"]  # no name in an address
    assert f'href="/dossiers/{dossier_id}/rechten"' in text(officer.get(found.headers["Location"]))
    assert "Hoe vaak zijn termijnen gehaald in 2026" in text(officer.get("/verzoeken/termijnen"))
    assert "verzoeken van ouders of leerlingen" in text(officer.get("/aandacht"))
    assert "soort;ontvangen" in text(officer.get("/verzoeken/termijnen.csv"))


@pytest.mark.parametrize("email", [OTHER_SCHOOL, PARTNER, EXPERT, ADMINISTRATOR, PUPIL, None])
def test_an_outsider_finds_nothing_of_a_request(services, app, dossier_id, email):
    request_id = any_request(services)
    someone = visitor(app, email)
    for path in (
        f"/rechten/{dossier_id}/inzage",
        f"/rechten/verzoek/{request_id}",
        f"/verzoeken/{request_id}",
        f"/dossiers/{dossier_id}/rechten",
    ):
        answer = someone.get(path)
        if email is None:
            assert answer.status_code in {302, 303}
        else:
            assert answer.status_code == 404, path


@pytest.mark.parametrize("email", [SWV, CONTACT_PERSON, OWNER])
def test_staff_see_that_a_request_runs_and_not_what_was_said(services, app, dossier_id, email):
    someone = visitor(app, email)
    shown = text(someone.get(f"/dossiers/{dossier_id}/rechten"))
    assert "Inzage" in shown
    assert "Wij gaan verhuizen" not in shown
    assert someone.get(f"/verzoeken/{any_request(services)}").status_code == 404
    assert someone.get("/verzoeken").status_code == 404


def test_who_decides_changes_on_the_sixteenth_birthday_and_with_authority(services, app, parent, dossier_id, clock):
    """The last test of this file: it moves the clock, and takes authority away."""
    with services.db.writing() as session:
        link = session.get_one(DossierPerson, (dossier_id, builders.account(services, GUARDIAN).id))
        link.has_authority = False
    assert "Hier kunt u nu niets vragen" in text(parent.get("/rechten"))
    assert parent.get(f"/rechten/{dossier_id}/inzage").status_code == 404
    with services.db.writing() as session:
        session.get_one(DossierPerson, (dossier_id, link.account_id)).has_authority = True
        pupil = builders.account(services, PUPIL)
        session.add(
            DossierPerson(
                dossier_id=dossier_id,
                account_id=pupil.id,
                capacity="data_subject",
                has_authority=True,
                guardian_id="nobody",
            )
        )
    clock.forward(days=(date(2033, 5, 3) - date(2026, 11, 23)).days)  # born on 4 May 2017
    sixteen = visitor(app, PUPIL)
    assert sixteen.get(f"/rechten/{dossier_id}/inzage").status_code == 404
    clock.forward(days=1)
    sixteen, parent = visitor(app, PUPIL), visitor(app, GUARDIAN)
    assert "Versturen" in text(sixteen.get(f"/rechten/{dossier_id}/inzage"))
    answer = send(sixteen, f"/rechten/{dossier_id}/inzage", {"language": "nl"})
    assert at(services, answer).capacity == "data_subject"
    assert parent.get(f"/rechten/{dossier_id}/inzage").status_code == 404
    assert "Hier kunt u nu niets vragen" in text(parent.get("/rechten"))
