"""Noodtoegang through the screen: one dossier, 24 hours, what the reglement allows, and everyone hears of it (PR8.2)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from audit.events import Action, Outcome
from audit.log import events
from gateway.access.tables import AccessEntry
from gateway.dossiers import break_glass, pages, usecases
from gateway.references import reference_of
from tests import builders, personas
from tests.builders import context
from tests.personas import visitor

NARROW = "swv2@demo.example"  # listed for the other school only
REASON = "De leerling is vermist en de politie vraagt om het adres (verzonnen)."


def dossier_with(services, bsn, **changes):
    """A submitted dossier of the first school: one document on the course of education, one with health."""
    dossier = builders.draft(services, bsn=bsn, **changes)
    documents = {}
    for name, categories in (("verloop.txt", ("g",)), ("gezondheid.txt", ("e",))):
        got = builders.upload(services, personas.OWNER, dossier, name, f"{name} {bsn}\n".encode())
        documents[name] = got.document_id
        needed = "Nodig." if "e" in categories else ""
        builders.describe(services, personas.OWNER, dossier, got.document_id, categories=categories, necessity=needed)
    builders.work(services)
    usecases.submit(services, context(services, personas.OWNER), dossier)
    return dossier, documents


@pytest.fixture(scope="module")
def opened(app, services):
    """A dossier that was opened with break-glass by someone of another school's list; the hour's tries start afresh."""
    dossier, documents = dossier_with(services, "100000009", first_name="Spoed")
    with services.db.writing() as session:
        account = builders.account(services, personas.GUARDIAN).id
        pages.link_family(session, dossier_id=dossier, account_id=account, capacity="guardian", has_authority=True)
    someone = visitor(app, NARROW)
    assert someone.get(f"/dossiers/{dossier}").status_code == 404
    answer = someone.post("/noodtoegang", {"told": reference_of(dossier), "reason": REASON})
    assert answer.location == f"/dossiers/{dossier}", answer.get_data(as_text=True)
    return dossier, documents


def entry_of(services, dossier):
    with services.db.reading() as session:
        rows = session.scalars(select(AccessEntry).where(AccessEntry.kind == "break_glass")).all()
        return next(row for row in rows if dossier in row.scope_ids)


def test_it_opens_the_dossier_within_what_the_reglement_allows_and_for_reading_only(app, services, opened):
    dossier, documents = opened
    someone = visitor(app, NARROW)
    page = someone.get(f"/dossiers/{dossier}").get_data(as_text=True)
    assert "U leest dit dossier met noodtoegang" in page
    assert "100000009" not in page, "the number is outside what break-glass opens"
    assert "Mies van Zwollebol" not in page
    assert "1 stuk dat u niet mag inzien" in page
    base = f"/dossiers/{dossier}/stukken"
    assert someone.get(f"{base}/{documents['verloop.txt']}/lezen").status_code == 200
    assert someone.get(f"{base}/{documents['gezondheid.txt']}/lezen").status_code == 404
    assert someone.get(f"/dossiers/{dossier}/verstrekken").status_code == 404
    for path in ("toestemming", "school", "verstrekkingen"):
        assert someone.get(f"/dossiers/{dossier}/{path}").status_code == 404, path
    assert someone.post(f"/dossiers/{dossier}/school", {"school_id": "elsewhere"}).status_code == 404
    assert "en 1 stuk dat u niet mag inzien" in someone.get("/dossiers").get_data(as_text=True)


def test_the_officer_and_the_school_hear_of_it_at_once(app, services, opened):
    dossier, _ = opened
    told = "opende een dossier met noodtoegang"
    officer = visitor(app, personas.OFFICER)
    assert told in officer.get("/berichten").get_data(as_text=True)
    assert "Joris Invallersma leest een dossier met noodtoegang" in officer.get("/aandacht").get_data(as_text=True)
    assert REASON in officer.get("/toegangslijst?staat=nood").get_data(as_text=True)
    assert officer.get("/logboek?wat=break-glass").get_data(as_text=True).count("noodtoegang genomen") >= 1
    entry = entry_of(services, dossier).id
    own = (f"/{entry}", f"/{entry}/wijzigen", f"/{entry}/beeindigen")
    for path in ("", "?staat=nood", "/bijlage-1", "/geschiedenis", "/lijst.csv", *own):
        page = visitor(app, personas.ADMINISTRATOR).get(f"/toegangslijst{path}").get_data(as_text=True)
        assert REASON not in page, f"{path}: an administrator read about a pupil"
    school = visitor(app, personas.OWNER)
    assert told in school.get("/berichten").get_data(as_text=True)
    page = school.get(f"/dossiers/{dossier}").get_data(as_text=True)
    for said in ("Joris Invallersma", "Noodtoegang geopend", REASON):
        assert said in page
    assert told not in visitor(app, personas.OTHER_SCHOOL).get("/berichten").get_data(as_text=True)


def test_it_is_over_after_24_hours(app, services, opened, clock):
    dossier, _ = opened
    clock.forward(hours=23, minutes=59)
    assert visitor(app, NARROW).get(f"/dossiers/{dossier}").status_code == 200
    clock.forward(minutes=1)
    assert visitor(app, NARROW).get(f"/dossiers/{dossier}").status_code == 404
    clock.forward(hours=-24)


def test_the_family_hears_of_it_after_the_delay_of_the_reglement(app, services, opened, clock):
    dossier, _ = opened
    parent = visitor(app, personas.GUARDIAN)
    with services.db.reading() as session:
        rows = events(session.connection(), dossier=dossier, action=Action.BREAK_GLASS, limit=1).rows
    assert break_glass.tell_guardians(services, services.clock()) == 0
    assert "met spoed" not in parent.get(f"/wat-is-bekend/{dossier}").get_data(as_text=True)
    assert parent.get(f"/bewijs/{rows[0].event_id}").status_code == 404
    clock.forward(days=7)
    assert break_glass.tell_guardians(services, services.clock()) >= 1
    assert break_glass.tell_guardians(services, services.clock()) == 0
    parent = visitor(app, personas.GUARDIAN)
    page = parent.get(f"/wat-is-bekend/{dossier}").get_data(as_text=True)
    assert "Opende het dossier met spoed (noodtoegang)" in page
    assert "Joris Invallersma" not in page, "by function, unless the reglement names employees"
    assert parent.get(f"/bewijs/{rows[0].event_id}").status_code == 200
    assert "opende met spoed het dossier" in parent.get("/berichten").get_data(as_text=True)
    with services.db.reading() as session:
        assert events(session.connection(), dossier=dossier, action=Action.NOTIFY, limit=5).rows
    clock.forward(days=-7)


def test_whatever_cannot_be_opened_gets_the_same_answer_and_stands_in_the_log(app, services, clock):
    draft = builders.draft(services, bsn="100000022")
    never = "0" * 32
    bodies = set()
    clock.forward(hours=2)
    someone = visitor(app, NARROW)
    for told in (reference_of(draft), reference_of(never), "100000022", "100000034", "geen kenmerk"):
        answer = someone.post("/noodtoegang", {"told": told, "reason": REASON})
        assert answer.status_code == 400
        body = answer.get_data(as_text=True).replace(told, "{told}")
        bodies.add(body[body.index("<main") : body.index("</main>")].partition("csrf_token")[0])
        assert "kunnen wij niets openen" in body
    assert len(bodies) == 1
    answer = someone.post("/noodtoegang", {"told": "geen kenmerk", "reason": REASON})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    actor = builders.account(services, NARROW)
    with services.db.reading() as session:
        found = events(session.connection(), actor=actor.id, action=Action.BREAK_GLASS, limit=50).rows
    refused = [row for row in found if row.outcome is Outcome.REFUSED]
    assert len(refused) == 5
    assert all(row.dossier is None and row.object_id is None for row in refused)
    clock.forward(hours=-2)


def test_it_can_be_opened_by_the_number_and_closed_before_its_time(app, services, clock):
    dossier, _ = dossier_with(services, "100000046", first_name="Sluit")
    clock.forward(hours=4)
    someone = visitor(app, NARROW)
    assert someone.post("/noodtoegang", {"told": "1000 00 046", "reason": REASON}).location == f"/dossiers/{dossier}"
    entry = entry_of(services, dossier)
    assert visitor(app, personas.SWV).post(f"/noodtoegang/{entry.id}/sluiten").status_code == 404
    assert someone.post(f"/noodtoegang/{entry.id}/sluiten").status_code == 303
    assert someone.get(f"/dossiers/{dossier}").status_code == 404
    clock.forward(hours=-4)


def test_who_reaches_the_dossier_anyway_makes_no_entry(app, services, opened):
    dossier, _ = opened
    answer = visitor(app, personas.SWV).post("/noodtoegang", {"told": reference_of(dossier), "reason": REASON})
    assert answer.location == f"/dossiers/{dossier}"
    account = builders.account(services, personas.SWV).id
    with services.db.reading() as session:
        rows = session.scalars(select(AccessEntry).where(AccessEntry.account_id == account)).all()
    assert {row.kind for row in rows} == {"listed"}


def test_without_a_reason_nothing_is_tried_or_opened(app, services):
    answer = visitor(app, NARROW).post("/noodtoegang", {"told": "K7QM-2XPD", "reason": "spoed"})
    assert answer.status_code == 400
    assert "hele zin" in answer.get_data(as_text=True)
    assert "K7QM-2XPD" in answer.get_data(as_text=True)


@pytest.mark.parametrize("email", [personas.PARTNER, personas.OWNER, personas.OFFICER, personas.ADMINISTRATOR])
def test_only_people_of_the_swv_itself_have_it(app, email):
    assert visitor(app, email).get("/noodtoegang").status_code == 404


def test_an_entry_of_the_list_does_not_grow_by_it(services, opened):
    entry = entry_of(services, opened[0])
    assert entry.closes_at - entry.made_at == timedelta(hours=24)
    assert (entry.scope, entry.categories, entry.decided_by) == ("dossier", "aghijk", None)
