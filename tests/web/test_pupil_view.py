"""The pupil's view: who saw or received what, when and why, in plain words, in pages, per day (PR11.1, PR11.3, issue 5)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dossiers import pages, reading, seen
from gateway.dossiers.seen import Look, SeenLine, merged
from gateway.recording import Action, Outcome, record
from gateway.reglement import versions
from tests import builders, personas
from tests.personas import visitor
from tests.web.matrix_people import consent, disclose

LOOKS = 260


@pytest.fixture(scope="module")
def world(services, clock):
    """A dossier of the guardian, looked at more often than a page holds."""
    dossier, document = builders.submitted(services, bsn="100000009")
    account = builders.account(services, personas.GUARDIAN).id
    with services.db.writing() as session:
        pages.link_family(session, dossier_id=dossier, account_id=account, capacity="guardian", has_authority=True)
    disclose(services, {"dossier_id": dossier, "document_id": document}, consent(services, dossier))
    with services.db.writing() as session:
        for number in range(LOOKS):
            if number % 52 == 0:
                clock.forward(days=1)
            context = builders.context(services, personas.SWV)
            record(
                session, services.vault, context, Action.CONSULT,
                dossier_id=dossier, object_type="dossier", object_id=dossier, article="PR8.1",
            )  # fmt: skip
    with services.db.writing() as session:
        record(
            session, services.vault, builders.context(services, personas.SWV), Action.REFUSE, outcome=Outcome.REFUSED,
            dossier_id=dossier, object_type="verstrekking", article="PR4.3", purpose="support_allocation",
            payload={"recipient_name": "Gemeente Verzinstad", "reason": "Gezondheid gaat alleen naar de eigen school."},
        )  # fmt: skip
        record(
            session, services.vault, builders.context(services, personas.SWV), Action.DOWNLOAD, outcome=Outcome.FAILED,
            dossier_id=dossier, object_type="document_version", article="PR8.1",
        )  # fmt: skip
    reading.open_reading(services, builders.context(services, personas.SWV), dossier, document)
    return dossier


def all_pages(someone, path):
    """Every page from the newest on."""
    found = []
    while path:
        answer = someone.get(path)
        assert answer.status_code == 200
        found.append(answer.get_data(as_text=True))
        following = re.search(r'rel="next" href="([^"]+)"', found[-1])
        path = following and following.group(1).replace("&amp;", "&")
    return found


def test_nothing_is_cut_off_silently(app, world):
    shown = all_pages(visitor(app, personas.GUARDIAN), f"/wat-is-bekend/{world}?apart=1")
    assert len(shown) > 1
    assert sum(text.count("Bekeek het dossier</p>") for text in shown) == LOOKS
    staff = all_pages(visitor(app, personas.SWV), f"/dossiers/{world}")
    assert len(staff) > 5
    assert sum(text.count("Dossier bekeken</p>") for text in staff) >= LOOKS


def test_what_happened_often_on_a_day_is_one_line_with_all_its_receipts(app, world):
    shown = all_pages(visitor(app, personas.GUARDIAN), f"/wat-is-bekend/{world}")
    counts = [int(count) for text in shown for count in re.findall(r"Bekeek het dossier, (\d+) keer", text)]
    assert len(counts) == LOOKS // 52
    assert counts[1:] == [52] * (len(counts) - 1)  # the staff of the test before looked on the newest day too
    assert sum(len(set(re.findall(r"/bewijs/\w{32}", text))) for text in shown) > LOOKS


def test_refused_and_failed_acts_are_told_in_plain_words(app, world):
    text = visitor(app, personas.GUARDIAN).get(f"/wat-is-bekend/{world}").get_data(as_text=True)
    assert "Wilde stukken geven aan Gemeente Verzinstad. Dat mocht niet, en is niet gebeurd" in text
    assert "Waarom niet: Gezondheid gaat alleen naar de eigen school." in text
    assert "Probeerde stukken mee te geven. Dat mislukte: er is niets aangekomen" in text
    assert "Waarvoor: ondersteuning toewijzen." in text


def test_employees_are_named_by_function_unless_the_reglement_names_them(app, services, world, clock):
    text = visitor(app, personas.GUARDIAN).get(f"/wat-is-bekend/{world}").get_data(as_text=True)
    name = "Sanne Toewijzer" if "Sanne Toewijzer" in text else None
    with services.db.reading() as session:
        from gateway.accounts import people

        account = builders.account(services, personas.SWV)
        person = people.person_of(session, services.vault, account)
        tenant = people.tenant_of(session, account.tenant_id)
        document = versions.as_json(
            dict(versions.in_force(session, tenant.id, tenant.profile_id, clock.now.date()).document)
        )
        profile_id = tenant.profile_id
    assert name is None
    assert person.name not in text
    assert person.function in text
    document["rights"]["employees_by_name"] = True
    administrator = builders.context(services, personas.ADMINISTRATOR)
    draft = versions.draft(services, administrator, profile_id, document, administrator.today + timedelta(days=1))
    versions.decide(services, builders.context(services, personas.CONTACT_PERSON), draft, approve=True)
    clock.forward(days=1)
    text = visitor(app, personas.GUARDIAN).get(f"/wat-is-bekend/{world}").get_data(as_text=True)
    assert f"{person.name} ({person.function})" in text


def test_no_document_is_named_and_no_one_elses_list_is_shown(app, services, world):
    text = visitor(app, personas.GUARDIAN).get(f"/wat-is-bekend/{world}").get_data(as_text=True)
    assert "verslag.txt" not in text
    other, _ = builders.submitted(services, personas.OTHER_SCHOOL, bsn="100000010")
    for who in (personas.GUARDIAN, personas.PUPIL, personas.OWNER, personas.SWV, personas.OFFICER):
        assert visitor(app, who).get(f"/wat-is-bekend/{other}").status_code == 404
    assert visitor(app, personas.PUPIL).get(f"/wat-is-bekend/{world}").status_code == 404


@pytest.mark.parametrize("cursor", ["x", "2026-01-01T00:00:00.000000Z_", "9999"])
def test_a_cursor_of_ones_own_making_is_refused_with_a_way_on(app, world, cursor):
    for who, path in (
        (personas.GUARDIAN, "/wat-is-bekend"),
        (personas.SWV, "/dossiers"),
        (personas.OFFICER, "/logboek/leerling"),
    ):
        answer = visitor(app, who).get(f"{path}/{world}?voor={cursor}")
        assert answer.status_code == 400
        assert "Begin opnieuw bij de nieuwste gebeurtenis" in answer.get_data(as_text=True)


def test_the_officer_produces_the_same_on_paper_and_that_is_logged(app, services, world):
    officer = visitor(app, personas.OFFICER)
    page = officer.get(f"/logboek/leerling/{world}").get_data(as_text=True)
    assert re.search(r"Bekeek het dossier, \d+ keer", page)
    made = officer.post(f"/logboek/leerling/{world}/pdf")
    assert made.get_data().startswith(b"%PDF-1.7")
    view = seen.on_paper(services, builders.context(services, personas.OFFICER), world)
    assert sum(len(line.looks) for line in view.seen.lines if line.what == "Bekeek het dossier") >= LOOKS
    family = visitor(app, personas.GUARDIAN).get(f"/wat-is-bekend/{world}").get_data(as_text=True)
    assert "Drukte dit overzicht af" in family


START = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)
LINES = st.lists(
    st.tuples(st.integers(0, 4000), st.sampled_from("AB"), st.sampled_from(["keek", "las"])), max_size=40
).map(lambda found: sorted(found, reverse=True))


@given(LINES)
def test_merging_loses_no_look_and_keeps_days_newest_first(found):
    lines = [
        SeenLine(
            who=who, of="", action="consult", outcome="success", what=what, reason="", purpose="", basis="", article="",
            looks=(Look(at=START + timedelta(minutes=minute), event_id=str(place)),),
        )
        for place, (minute, who, what) in enumerate(found)
    ]  # fmt: skip
    made = merged(lines)
    assert sorted(look.event_id for line in made for look in line.looks) == sorted(
        str(place) for place in range(len(found))
    )
    assert [line.day for line in made] == sorted((line.day for line in made), reverse=True)
    assert len({(line.day, line.who, line.what) for line in made}) == len(made)
    assert all(list(line.looks) == sorted(line.looks, key=lambda look: look.at, reverse=True) for line in made)
