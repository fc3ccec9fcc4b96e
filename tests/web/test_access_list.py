"""The access list through the screen: written by one, approved by another, reviewed, handed over (PR8.2, PR10.2)."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from audit.events import Action
from audit.log import events, open_payload
from gateway.access import queries, warning
from gateway.access.queries import Narrow
from gateway.access.tables import AccessEntry
from gateway.accounts import passwords, people
from gateway.accounts.rules import Person
from gateway.accounts.tables import Organisation
from gateway.context import Role
from gateway.demo import PASSWORD
from gateway.disclosure import usecases as disclosure
from gateway.dossiers import usecases as dossiers
from gateway.recording import LogSealer
from gateway.references import reference_of
from tests import builders, personas
from tests.builders import context
from tests.personas import visitor
from tests.web import matrix_people

SECOND = "beheer2@demo.example"
ENTRY = re.compile(r"/toegangslijst/([0-9a-f]{32})$")


def person(services, email, role=Role.SWV_STAFF, kind="swv", name=None):
    with services.db.writing() as session:
        swv = session.get_one(Organisation, builders.account(services, personas.SWV).organisation_id)
        rows = people.organisations(session, swv.tenant_id, kind)
        return people.create(
            session,
            services.vault,
            organisation=rows[0],
            role=role,
            person=Person(name=name or f"Persoon {email}", email=email),
            now=services.clock(),
            password_hash=passwords.hash_password(PASSWORD),
        ).id


def fields(services, account_id, **changes):
    today = context(services, personas.ADMINISTRATOR).today
    return {
        "account_id": account_id, "motivation": "Verzonnen reden.", "categories": ["a", "g", "k"], "scope": "tenant",
        "valid_from": today.isoformat(), "valid_until": "", **changes,
    }  # fmt: skip


def proposed(app, services, account_id, **changes):
    answer = visitor(app, personas.ADMINISTRATOR).post("/toegangslijst/nieuw", fields(services, account_id, **changes))
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return ENTRY.search(answer.location)[1]


def version(services, entry_id):
    with services.db.reading() as session:
        return session.get_one(AccessEntry, entry_id).version


def state(services, entry_id):
    with services.db.reading() as session:
        return session.get_one(AccessEntry, entry_id).state


def approve(app, services, entry_id, by=SECOND):
    data = {"version": version(services, entry_id)}
    return visitor(app, by).post(f"/toegangslijst/{entry_id}/goedkeuren", data)


@pytest.fixture(scope="module")
def dossier(services):
    return builders.submitted(services, bsn="100000009", first_name="Lijstkind")[0]


def test_an_entry_opens_nothing_until_another_person_approved_it(app, services, dossier):
    account = person(services, "nieuw@lijst.example")
    someone = visitor(app, "nieuw@lijst.example")
    someone.post("/geheimhouding")
    entry = proposed(app, services, account)
    assert someone.get(f"/dossiers/{dossier}").status_code == 404
    own = visitor(app, personas.ADMINISTRATOR)
    assert "wacht op goedkeuring" in own.get(f"/toegangslijst/{entry}").get_data(as_text=True)
    refused = own.post(f"/toegangslijst/{entry}/goedkeuren", {"version": 1})
    assert "tweede persoon" in own.get(refused.location).get_data(as_text=True)
    assert someone.get(f"/dossiers/{dossier}").status_code == 404
    assert approve(app, services, entry).location == "/toegangslijst"
    assert someone.get(f"/dossiers/{dossier}").status_code == 200
    page = visitor(app, personas.OFFICER).get(f"/toegangslijst/{entry}").get_data(as_text=True)
    for said in ("goedgekeurd", "ter goedkeuring gezet", "Bente Tweedelezer", "Bas Beheerder", "versie 2026-11"):
        assert said in page


def test_nobody_approves_an_entry_about_themselves(app, services):
    account = builders.account(services, personas.CONTACT_PERSON).id
    entry = proposed(app, services, account, categories=["a"])
    answer = approve(app, services, entry, by=personas.CONTACT_PERSON)
    assert state(services, entry) == "proposed"
    assert "gaat over u" in visitor(app, personas.CONTACT_PERSON).get("/over").get_data(as_text=True) or answer
    assert approve(app, services, entry).status_code == 303
    assert state(services, entry) == "approved"


def test_a_change_shows_its_difference_and_counts_only_once_approved(app, services, dossier):
    account = person(services, "wijzigt@lijst.example")
    entry = proposed(app, services, account)
    approve(app, services, entry)
    changed = fields(services, account, categories=["a"], motivation="Nieuwe reden.", version=version(services, entry))
    answer = visitor(app, personas.ADMINISTRATOR).post(f"/toegangslijst/{entry}/wijzigen", changed)
    made = ENTRY.search(answer.location)[1]
    assert made != entry
    page = visitor(app, SECOND).get(f"/toegangslijst/{made}").get_data(as_text=True)
    assert "<del>Verzonnen reden.</del>" in page
    assert "Nieuwe reden." in page
    assert state(services, entry) == "approved"
    approve(app, services, made)
    assert (state(services, entry), state(services, made)) == ("replaced", "approved")
    later = context(services, personas.ADMINISTRATOR).today + timedelta(days=10)
    data = fields(services, account, valid_from=later.isoformat(), version=version(services, made))
    future = visitor(app, personas.ADMINISTRATOR).post(f"/toegangslijst/{made}/wijzigen", data)
    approve(app, services, ENTRY.search(future.location)[1])
    with services.db.reading() as session:
        assert session.get_one(AccessEntry, made).valid_until == later - timedelta(days=1)


def test_two_administrators_who_edit_one_entry_get_a_clear_sentence_and_lose_nothing(app, services):
    account = person(services, "samen@lijst.example")
    entry = proposed(app, services, account)
    first, second = visitor(app, personas.ADMINISTRATOR), visitor(app, SECOND)
    path = f"/toegangslijst/{entry}/wijzigen"
    mine = fields(services, account, motivation="Van de eerste.", version=1)
    assert first.post(path, mine).status_code == 303
    theirs = fields(services, account, motivation="Van de tweede, lang getypt.", version=1)
    answer = second.post(path, theirs)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    for said in ("intussen gewijzigd", "Van de eerste.", "Van de tweede, lang getypt.", 'value="2"'):
        assert said in page
    assert second.post(path, {**theirs, "version": 2}).status_code == 303
    assert first.post(f"/toegangslijst/{entry}/goedkeuren", {"version": 2}).status_code == 303
    assert state(services, entry) == "proposed", "approved something that was not seen"
    assert first.post(f"/toegangslijst/{entry}/goedkeuren", {"version": 3}).status_code == 303
    assert state(services, entry) == "approved"


def test_a_second_change_of_one_entry_is_told_that_one_waits(app, services):
    account = person(services, "wacht@lijst.example")
    entry = proposed(app, services, account)
    approve(app, services, entry)
    path, seen = f"/toegangslijst/{entry}/wijzigen", version(services, entry)
    first = fields(services, account, motivation="Een.", version=seen)
    assert visitor(app, personas.ADMINISTRATOR).post(path, first).status_code == 303
    answer = visitor(app, SECOND).post(path, fields(services, account, motivation="Twee.", version=seen))
    assert answer.status_code == 409
    page = answer.get_data(as_text=True)
    assert "Een wijziging van deze regel wacht op goedkeuring." in page
    assert "Twee." in page
    again = fields(services, account, motivation="Twee.", version=seen + 1)
    page = visitor(app, SECOND).post(path, again).get_data(as_text=True)
    assert "Er wacht al een wijziging" in page
    assert "Twee." in page


def test_an_expert_needs_a_registration_and_its_end_stops_the_entry(app, services, clock):
    account = person(services, "expert@lijst.example", Role.EXPERT, "expert_body")
    today = context(services, personas.ADMINISTRATOR).today
    answer = visitor(app, personas.ADMINISTRATOR).post("/toegangslijst/nieuw", fields(services, account))
    assert answer.status_code == 400
    assert "Kies het beroep" in answer.get_data(as_text=True)
    held = {
        "profession": "psychologist", "register": "NIP", "register_number": "NIP-4711",
        "register_from": "2020-01-01", "register_until": (today + timedelta(days=3)).isoformat(),
    }  # fmt: skip
    entry = proposed(app, services, account, **held)
    approve(app, services, entry)
    with services.db.reading() as session:
        assert b"4711" not in session.get_one(AccessEntry, entry).register_number
    assert "NIP-4711" in visitor(app, personas.OFFICER).get(f"/toegangslijst/{entry}").get_data(as_text=True)
    clock.forward(days=4)
    page = visitor(app, personas.ADMINISTRATOR).get("/inrichting").get_data(as_text=True)
    clock.forward(days=-4)
    assert "heeft geen geldige registratie meer" in page


def test_one_dossier_is_named_by_the_reference_that_the_school_told(app, services, dossier):
    account = person(services, "een.dossier@lijst.example")
    other = builders.submitted(services, bsn="100000010", first_name="Ander")[0]
    draft = builders.draft(services, bsn="100000022")
    boss = visitor(app, personas.ADMINISTRATOR)
    for wrong in ("", "zomaar", reference_of(draft)):
        answer = boss.post("/toegangslijst/nieuw", fields(services, account, scope="dossier", reference=wrong))
        assert answer.status_code == 400, wrong
    told = reference_of(dossier)
    assert told in visitor(app, personas.OWNER).get(f"/dossiers/{dossier}").get_data(as_text=True)
    entry = proposed(app, services, account, scope="dossier", reference=told.lower())
    approve(app, services, entry)
    someone = visitor(app, "een.dossier@lijst.example")
    someone.post("/geheimhouding")
    assert someone.get(f"/dossiers/{dossier}").status_code == 200
    assert someone.get(f"/dossiers/{other}").status_code == 404


def test_the_exported_list_has_no_formula_and_its_filter_is_in_the_log(app, services):
    account = person(services, "formule@lijst.example", name="=HYPERLINK(1)")
    proposed(app, services, account, motivation="@SUM(1)")
    answer = visitor(app, personas.ADMINISTRATOR).get("/toegangslijst/lijst.csv?staat=wacht&soort=g")
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True)), delimiter=";"))
    assert any("HYPERLINK" in cell for row in rows for cell in row)
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "@", "+", "-"))]
    tenant = context(services, personas.ADMINISTRATOR).person.tenant_id
    with services.db.reading() as session:
        found = events(session.connection(), tenant=tenant, action=Action.EXPORT, limit=1).rows[0]
        sealer = LogSealer(session, services.vault, organisation_id=tenant, year=services.clock().year)
        assert open_payload(found, sealer)["filter"] == {"state": "wacht", "category": "g"}


def test_the_list_is_narrowed_by_what_stands_in_its_address(app, services):
    boss = context(services, personas.ADMINISTRATOR)
    school = builders.account(services, personas.OWNER).organisation_id
    other = builders.account(services, personas.OTHER_SCHOOL).organisation_id
    of_other = queries.entries(services, boss, Narrow(school=other))
    assert "Joris Invallersma" in [line.name for line in of_other]
    assert "Joris Invallersma" not in [line.name for line in queries.entries(services, boss, Narrow(school=school))]
    ends = queries.entries(services, boss, Narrow(state="verloopt"))
    assert "Joris Invallersma" in [line.name for line in ends]
    assert all(line.state == "proposed" for line in queries.entries(services, boss, Narrow(state="wacht")))
    assert queries.entries(services, boss, Narrow(state="onzin")) == []


def test_appendix_1_says_when_it_last_changed_and_a_proposal_does_not_change_it(app, services, clock):
    before = queries.last_changed(services, context(services, personas.ADMINISTRATOR))
    clock.forward(hours=1)
    boss = visitor(app, personas.ADMINISTRATOR)
    entry = proposed(app, services, person(services, "bijlage@lijst.example", name="Bijlage Eenstra"))
    assert queries.last_changed(services, context(services, personas.ADMINISTRATOR)) == before
    assert "Bijlage Eenstra" not in boss.get("/toegangslijst/bijlage-1").get_data(as_text=True)
    approve(app, services, entry)
    assert queries.last_changed(services, context(services, personas.ADMINISTRATOR)) == services.clock()
    page = boss.get("/toegangslijst/bijlage-1").get_data(as_text=True)
    assert "Bijlage Eenstra" in page
    assert "Laatst gewijzigd op 23 november 2026." in page
    assert "Bijlage Eenstra" in boss.get("/toegangslijst/geschiedenis").get_data(as_text=True)


def test_the_officer_confirms_or_ends_each_entry_every_year_and_what_is_late_shows(app, services, clock):
    entry = proposed(app, services, person(services, "jaarlijks@lijst.example"))
    approve(app, services, entry)
    clock.forward(days=366)
    late = re.compile(r"\d+ regels? (is|zijn) langer dan een jaar niet gecontroleerd")
    assert late.search(visitor(app, personas.ADMINISTRATOR).get("/inrichting").get_data(as_text=True))
    officer = visitor(app, personas.OFFICER)
    assert late.search(officer.get("/aandacht").get_data(as_text=True))
    assert f"/toegangslijst/{entry}" in officer.get("/toegangslijst?staat=controle").get_data(as_text=True)
    path = f"/toegangslijst/{entry}/bevestigen"
    assert visitor(app, personas.ADMINISTRATOR).post(path).status_code == 404
    officer.post(path, {"version": version(services, entry)})
    assert f"/toegangslijst/{entry}" not in officer.get("/toegangslijst?staat=controle").get_data(as_text=True)
    assert officer.post(f"/toegangslijst/{entry}/beeindigen", {"reason": "Ander werk."}).status_code == 303
    assert state(services, entry) == "ended"
    assert "Ander werk." in officer.get(f"/toegangslijst/{entry}").get_data(as_text=True)
    clock.forward(days=-366)


def test_the_worker_warns_once_of_what_ends_soon(app, services):
    warning.warn(services, services.clock())
    today = context(services, personas.ADMINISTRATOR).today
    ends = (today + timedelta(days=30)).isoformat()
    approve(app, services, proposed(app, services, person(services, "stopt@lijst.example"), valid_until=ends))
    assert warning.warn(services, services.clock()) == 1
    assert warning.warn(services, services.clock()) == 0
    page = visitor(app, SECOND).get("/berichten").get_data(as_text=True)
    assert "loopt binnenkort een regel of een registratie af" in page
    assert "stopt over 30 dagen" in visitor(app, SECOND).get("/toegangslijst").get_data(as_text=True)


def test_a_leaver_is_closed_in_one_act_and_a_colleague_takes_over(app, services, dossier):
    account = person(services, "vertrekt@lijst.example", name="Vera Vertrekster")
    approve(app, services, proposed(app, services, account))
    leaver = visitor(app, "vertrekt@lijst.example")
    leaver.post("/geheimhouding")
    added = builders.draft(services, bsn="100000034", first_name="Later")
    received = builders.upload(services, personas.OWNER, added, "verslag.txt", b"Verslag over de voortgang.\n")
    builders.describe(services, personas.OWNER, added, received.document_id)
    builders.work(services)
    dossiers.submit(services, context(services, personas.OWNER), added)  # an unread notice for the leaver
    heir = person(services, "opvolger@lijst.example", name="Otto Opvolger")
    sent = disclose(services, "vertrekt@lijst.example", *builders.submitted(services, bsn="100000046"))
    boss = visitor(app, personas.ADMINISTRATOR)
    path = f"/inrichting/account/{account}/beeindigen"
    page = boss.get(path).get_data(as_text=True)
    assert "1 verstrekking die nog niet is ontvangen" in page
    assert "ongelezen" in page
    assert boss.post(path).status_code == 400, "open work went to nobody, unasked"
    assert leaver.get("/dossiers").status_code == 200
    assert boss.post(path, {"successor": heir, "take_over_access": "y"}).status_code == 303
    assert leaver.get("/dossiers").status_code == 303
    with services.db.reading() as session:
        rows = session.scalars(select(AccessEntry).where(AccessEntry.account_id == account)).all()
        assert {row.state for row in rows} == {"ended"}
        proposal = session.scalars(select(AccessEntry).where(AccessEntry.account_id == heir)).one()
        assert (proposal.state, proposal.categories) == ("proposed", "agk")
    partner = visitor(app, personas.MUNICIPALITY)
    partner.get(f"/ontvangen/{sent}")
    assert partner.post(f"/ontvangen/{sent}/bevestigen").status_code == 303
    successor = visitor(app, "opvolger@lijst.example").get("/berichten").get_data(as_text=True)
    assert "De ontvanger heeft de ontvangst bevestigd." in successor
    assert "Een school heeft een dossier ingediend." in successor


def disclose(services, email, dossier_id, document_id):
    given = matrix_people.consent(services, dossier_id)
    request = builders.verstrekking(services, dossier_id, document_id, consent_id=given)
    return disclosure.disclose(services, context(services, email), request)
