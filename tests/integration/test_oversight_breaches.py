"""A data breach from record to closure, and who could have seen a document (AVG 33, 34)."""

from __future__ import annotations

import io
import json
import re
from datetime import timedelta

import pikepdf
import pypdfium2
import pytest
from sqlalchemy import select

from audit.log import events
from gateway.access import usecases as access
from gateway.access.tables import AccessEntry
from gateway.app import create_app
from gateway.disclosure.fetching import fetch
from gateway.dossiers import reading
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.oversight import breach_views, breaches, months, reports
from gateway.oversight.breaches import Details, NewBreach
from gateway.recording import Action
from tests import builders, personas
from tests.builders import context
from tests.personas import visitor
from tests.web.matrix_people import consent, disclose, version_of


def new(clock, **changes):
    values = {
        "details": Details(title="Verslag verkeerd", what="Naar de verkeerde.", consequences="Schaamte.", measures=""),
        "kinds": ("confidentiality",),
        "cause": "wrong_recipient",
        "discovered_at": clock.now,
        "began_at": None,
        "ended_at": None,
    }
    return NewBreach(**{**values, **changes})


def test_a_breach_shows_who_could_have_seen_a_document_and_who_did(services, clock):
    dossier, document = builders.submitted(services, bsn="100000009", categories=("g", "k"))
    officer = context(services, personas.OFFICER)
    breach = breaches.record_breach(services, officer, new(clock))
    breaches.add_documents(services, officer, breach, [document])

    def seers(
        email_of=(
            personas.OWNER,
            personas.COLLEAGUE,
            personas.OTHER_SCHOOL,
            personas.SWV,
            personas.CONTACT_PERSON,
            personas.MUNICIPALITY,
            personas.GUARDIAN,
        ),
    ):
        (one,) = breach_views.view(services, context(services, personas.OFFICER), breach).documents
        by = {seer.account_id: seer for seer in one.seers}
        return {email: by.get(builders.account(services, email).id) for email in email_of}

    before = seers()
    assert {email for email, seer in before.items() if seer} == {
        personas.OWNER, personas.COLLEAGUE, personas.SWV, personas.CONTACT_PERSON,
    }  # fmt: skip
    assert not any(seer.opened for seer in before.values() if seer)

    reading.open_reading(services, context(services, personas.SWV), dossier, document)
    sent = disclose(services, {"dossier_id": dossier, "document_id": document}, consent(services, dossier))
    partner = context(services, personas.MUNICIPALITY)
    assert b"".join(fetch(services, partner, sent, version_of(services, document)).chunks)
    after = seers()
    assert after[personas.MUNICIPALITY].opened
    assert len(after[personas.SWV].opened) == 1
    assert not after[personas.CONTACT_PERSON].opened
    assert after[personas.OTHER_SCHOOL] is None

    with services.db.reading() as session:
        entries = session.scalars(select(AccessEntry.id).where(AccessEntry.state == "approved")).all()
    clock.forward(days=2)
    administrator = context(services, personas.ADMINISTRATOR)
    for entry in entries:
        access.end_entry(services, administrator, entry)
    later = breaches.record_breach(
        services,
        context(services, personas.OFFICER),
        new(clock, began_at=clock.now, discovered_at=clock.now),
    )
    breaches.add_documents(services, context(services, personas.OFFICER), later, [document])
    clock.forward(days=2)
    (one,) = breach_views.view(services, context(services, personas.OFFICER), later).documents
    names = {
        seer.why for seer in one.seers if seer.account_id == builders.account(services, personas.CONTACT_PERSON).id
    }
    assert names == {"staat op de toegangslijst"}, "until the hour that it was ended"


def test_a_breach_goes_from_record_to_closure_and_its_register_says_all(services, clock):
    officer = context(services, personas.OFFICER)
    for wrong in (
        {"discovered_at": clock.now + timedelta(minutes=1)},
        {"kinds": ()},
        {"cause": "unknown"},
        {"began_at": clock.now + timedelta(hours=1)},
    ):
        with pytest.raises(InvalidInputError):
            breaches.record_breach(services, officer, new(clock, **wrong))
    with pytest.raises(NotFoundError):
        breaches.record_breach(services, context(services, personas.ADMINISTRATOR), new(clock))
    breach = breaches.record_breach(services, officer, new(clock))
    with pytest.raises(ConflictError):
        breaches.close(services, officer, breach, "Te vroeg.")
    with pytest.raises(ConflictError):
        breaches.done(services, officer, breach, "ap", clock.now)
    with pytest.raises(InvalidInputError):
        breaches.decide(services, officer, breach, "ap", "yes", " ")
    breaches.decide(services, officer, breach, "ap", "no", "Eerst dacht ik van niet.")
    breaches.decide(services, context(services, personas.OFFICER), breach, "ap", "yes", "Gezondheid.")
    clock.forward(hours=73)
    officer = context(services, personas.OFFICER)
    (line,) = breach_views.listed(services, officer)
    assert (line.clock.hours_left, line.clock.late) == (-1, True)
    breaches.done(services, officer, breach, "ap", clock.now - timedelta(hours=2))
    assert not breach_views.listed(services, officer)[0].clock.late
    with pytest.raises(ConflictError):
        breaches.decide(services, officer, breach, "ap", "no", "Toch niet.")
    breaches.decide(services, officer, breach, "persons", "no", "De ontvanger verwijderde het ongelezen.")
    breaches.add_measure(services, officer, breach, "Het adres is verbeterd.")
    breaches.close(services, officer, breach, "Voortaan kijken er twee.")
    with pytest.raises(ConflictError):
        breaches.add_measure(services, officer, breach, "Nog iets.")
    (row,) = breach_views.register(services, officer)
    assert row["besluit AP"] == "ja: Gezondheid."
    assert row["besluit betrokkenen"].startswith("nee: ")
    assert "adres" in row["maatregelen"]
    assert row["afgesloten"]
    with services.db.reading() as session:
        logged = events(session.connection(), action=Action.BREACH, limit=100).rows
    assert len(logged) == 7
    months.count_ahead(services, clock.now + timedelta(days=1))
    found = reports.of_year(services, officer, clock.now.year)
    assert (found.terms.on_time, found.terms.late) == (1, 0)
    assert found.access[-1][1]["contact_person"] == 1


def test_through_the_screens_a_breach_gets_its_documents_and_letters(services, clock):
    builders.submitted(services, bsn="100000009")
    app = create_app(services)
    officer = visitor(app, personas.OFFICER)
    assert "Datalek vastleggen" in officer.get("/datalekken").get_data(as_text=True)
    missing = officer.post("/datalekken/nieuw", {"title": "Zoek"})
    assert missing.status_code == 400
    made = officer.post(
        "/datalekken/nieuw",
        {
            "title": "Zoekgeraakt",
            "discovered_at": "2026-11-23T09:30",
            "kinds": "confidentiality",
            "cause": "lost",
            "what": "Een tas is zoek.",
        },
    )
    assert made.status_code == 303
    place = made.headers["Location"]
    assert "nog 71 uur" in officer.get(place).get_data(as_text=True), "half past nine in Amsterdam was half an hour ago"
    found = officer.post(f"{place}/zoeken", {"zoek": "Zwollebol"}).headers["Location"]
    assert "Zwollebol" not in found
    page = officer.get(found).get_data(as_text=True)
    document = re.search(r'name="stuk" value="([0-9a-f]{32})"', page).group(1)
    officer.post(f"{place}/stukken", {"stuk": document})
    page = officer.get(place).get_data(as_text=True)
    assert "4 personen konden dit stuk zien" in page
    letters = officer.get(f"{place}/brieven").get_data(as_text=True)
    assert "Aan de ouders of verzorgers van Jip van Zwollebol" in letters
    assert "Mies van Zwollebol" in letters
    paper = officer.post(f"{place}/brieven/pdf")
    with pikepdf.open(io.BytesIO(paper.get_data())) as pdf:
        assert str(pdf.open_metadata()["pdfuaid:part"]) == "1"
        assert pdf.Root.MarkInfo.Marked
    with pypdfium2.PdfDocument(paper.get_data()) as read:
        assert "Aan de ouders of verzorgers van Jip van Zwollebol" in read[0].get_textpage().get_text_range()
    assert officer.post(f"{place}/besluit/ap", {"ap-verdict": "yes"}).status_code == 400
    assert officer.post(f"{place}/besluit/ap", {"ap-verdict": "yes", "ap-reason": "Kwijt."}).status_code == 303
    assert "besloten: melden" in officer.get(place).get_data(as_text=True)
    assert officer.post(f"{place}/sluiten", {"slot-reason": "Klaar."}).status_code == 409, "one decision is missing"
    assert json.loads(officer.get("/datalekken/register.json").get_data(as_text=True))[0]["nummer"] == "1"
    assert "Zoekgeraakt" in officer.get("/aandacht").get_data(as_text=True)
    assert officer.get("/rapporten").status_code == 200
    activities = officer.get("/verwerkingen").get_data(as_text=True)
    assert "Ondersteuning toewijzen" in activities
