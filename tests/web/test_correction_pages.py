"""The pages of corrections: what the officer types, what who received it answers, what who asked reads. Source: PR11.7."""

from __future__ import annotations

import pytest

from gateway.accounts.tables import Account
from gateway.rights import propagating
from tests import builders, corrections, doors
from tests.personas import COLLEAGUE, GUARDIAN, MUNICIPALITY, OFFICER, PUPIL, SWV
from tests.web.matrix import Browser, fresh_token


@pytest.fixture(scope="module")
def asked(services):
    """A correctie: a shield that was granted and told to who had it by letter and in the portal, and something refused."""
    dossier_id, document_id = corrections.dossier(services, bsn="100000071")
    corrections.given(services, dossier_id, document_id)
    items = (corrections.item(document_id, "shield"), corrections.item(document_id, "improve"))
    by_letter = corrections.ask(services, dossier_id, items[0])
    request_id = corrections.ask(services, dossier_id, *items)
    active(services, on=False)
    corrections.decide(services, by_letter, "granted")
    active(services, on=True)
    corrections.decide(services, request_id, "granted", "refused")
    return by_letter, request_id, dossier_id, document_id


def active(services, *, on):
    account_id = builders.account(services, MUNICIPALITY).id
    with services.db.writing() as session:
        session.get_one(Account, account_id).active = on


def browser(app, services, email):
    client = app.test_client()
    doors.let_in(client, services, email)
    made = Browser(client)
    made.token = fresh_token(client)
    return made


def told(services, request_id):
    with services.db.reading() as session:
        (row,) = propagating.rows_of(session, request_id)
        return row


def text(answer):
    return answer.get_data(as_text=True)


def test_the_officer_says_when_a_letter_went_out_and_what_came_back_and_what_is_wrong_stays_on_the_page(
    app, services, asked
):
    by_letter, _, _, _ = asked
    officer, row = browser(app, services, OFFICER), told(services, by_letter)
    here = f"/verzoeken/{by_letter}/correctie"
    assert "De brief staat klaar" in text(officer.ask("GET", here))
    for act, sent, problem in (
        ("verstuurd", {"on": "morgen"}, "Vul de dag in"),
        ("verstuurd", {"on": "2999-01-01"}, "niet in de toekomst"),
        ("kan-niet", {"why": " "}, "Schrijf waarom het niet kan"),
        ("antwoord", {"done": "adapted"}, "nog niet verstuurd"),
    ):
        answer = officer.ask("POST", f"{here}/ontvanger/{row.id}/{act}", sent)
        assert (answer.status_code in {400, 409}, problem in text(answer)) == (True, True), (act, text(answer)[-3000:])
    today = builders.context(services, OFFICER).today.isoformat()
    assert officer.ask("POST", f"{here}/ontvanger/{row.id}/verstuurd", {"on": today}).status_code == 303
    sent = {"done": "removed", "text": "Per brief (verzonnen)."}
    assert officer.ask("POST", f"{here}/ontvanger/{row.id}/antwoord", sent).status_code == 303
    assert "Per brief (verzonnen)." in text(officer.ask("GET", here))


def test_who_received_it_must_say_what_was_done_and_reads_no_name(app, services, asked):
    _, request_id, _, _ = asked
    receiver, row = browser(app, services, MUNICIPALITY), told(services, request_id)
    page = text(receiver.ask("GET", f"/correcties/{row.id}"))
    assert "afgeschermd" in page
    assert "Zwollebol" not in page
    assert "klopt niet (verzonnen)" not in page
    assert "Kies wat u hebt gedaan" in text(receiver.ask("POST", f"/correcties/{row.id}", {"done": ""}))
    answer = receiver.ask("POST", f"/correcties/{row.id}", {"done": "not_done", "text": ""})
    assert "Schrijf waarom u niets hebt aangepast" in text(answer)
    answer = receiver.ask("POST", f"/correcties/{row.id}", {"done": "not_held", "text": "Was al weg (verzonnen)."})
    assert answer.status_code == 303
    assert "Was al weg (verzonnen)." in text(receiver.ask("GET", f"/correcties/{row.id}"))
    assert receiver.ask("POST", f"/correcties/{row.id}", {"done": "adapted"}).status_code == 409


def test_who_asked_reads_who_was_told_and_adds_a_zienswijze_and_the_other_child_sees_nothing(app, services, asked):
    _, request_id, dossier_id, document_id = asked
    refused = corrections.items(services, request_id)[1]
    here = f"/rechten/verzoek/{request_id}/gevolg"
    assert browser(app, services, PUPIL).ask("GET", here).status_code == 404
    parent = browser(app, services, GUARDIAN)
    assert "Schrijf uw zienswijze" in text(parent.ask("POST", f"{here}/{refused}", {"text": " "}))
    assert parent.ask("POST", f"{here}/{'f' * 32}", {"text": "Iets."}).status_code == 404
    assert parent.ask("POST", f"{here}/{refused}", {"text": "Zo was het niet (verzonnen)."}).status_code == 303
    assert "Zo was het niet (verzonnen)." in text(parent.ask("GET", here))
    for email in (SWV, COLLEAGUE):
        staff = browser(app, services, email)
        assert "is afgeschermd" in text(staff.ask("GET", f"/dossiers/{dossier_id}/stukken"))
        answer = staff.ask("GET", f"/dossiers/{dossier_id}/stukken/{document_id}/lezen")
        assert answer.status_code == 403
        assert "Zo was het niet" not in text(answer)


def test_own_words_about_a_field_stand_with_the_pupils_data_and_are_not_said_to_go_along(app, services, asked):
    _, _, dossier_id, _ = asked
    request_id = corrections.ask(services, dossier_id, corrections.item(None, "improve", field="address"))
    corrections.decide(services, request_id, "refused")
    (one,) = corrections.items(services, request_id)
    parent, here = browser(app, services, GUARDIAN), f"/rechten/verzoek/{request_id}/gevolg"
    assert "gaat uw tekst mee" not in text(parent.ask("GET", here))
    said = {"text": "Wij wonen daar niet meer (verzonnen)."}
    assert parent.ask("POST", f"{here}/{one}", said).status_code == 303
    page = text(parent.ask("GET", here))
    assert ("Wij wonen daar niet meer" in page, "gaat mee" in page) == (True, False)
    assert "Wij wonen daar niet meer" in text(browser(app, services, SWV).ask("GET", f"/dossiers/{dossier_id}"))
