"""Matters, besluiten and holds decide how long a dossier is kept; school and parents hear of it. On both databases."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from gateway.access.facts import ask
from gateway.accounts.tables import Account, Tenant
from gateway.cli import main
from gateway.dossiers import facts, informing, pages, usecases
from gateway.dossiers.keeping import kept_of
from gateway.dossiers.tables import Dossier, Informing
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.keeping import handing, planning, queries, reminders
from gateway.keeping import usecases as keeping
from gateway.matters import queries as matters
from gateway.matters.rules import NewHold, NewMatter
from gateway.matters.tables import Besluit, BesluitSeries, Hold, Matter
from gateway.notices import outbox
from gateway.notices.tables import Notice
from gateway.references import reference_of
from tests import builders
from tests.personas import CONTACT_PERSON, GUARDIAN, OTHER_SCHOOL, OWNER, SWV

TODAY = date(2026, 11, 23)


def bare(services, **changes):
    """A submitted dossier without a document: its files decide nothing here."""
    dossier_id = builders.draft(services, **changes)
    with services.db.writing() as session:
        dossier = session.get_one(Dossier, dossier_id)
        dossier.state, dossier.submitted_at = "submitted", services.clock()
    return dossier_id


def kept(services, dossier_id, on=TODAY):
    with services.db.reading() as session:
        return kept_of(session, session.get_one(Dossier, dossier_id), on)


def may_destroy(services, dossier_id, on):
    question = facts.Question(act="destroy", purpose="", data={"categories": ["g"]}, actor={"kind": "swv_staff"})
    with services.db.reading() as session:
        dossier = session.get_one(Dossier, dossier_id)
        asked = facts.facts_of(services, session, dossier, on, question)
        asked.pop("purpose")
        return ask(session, dossier.tenant_id, asked, on)


def new_hold(services, email=SWV, **changes):
    who = builders.context(services, email)
    values = {
        "kind": "bezwaar",
        "started_on": who.today,
        "review_on": who.today + timedelta(days=60),
        "reason": "Bezwaar van de school (verzonnen).",
        "owner_id": who.person.account_id,
    }
    return NewHold(**{**values, **changes})


def test_a_besluit_starts_the_term_and_plan_and_judge_say_the_same(services):
    dossier_id = bare(services)
    assert kept(services, dossier_id).until is None
    matter = builders.matter(services, dossier_id)
    assert "loopt nog een zaak" in kept(services, dossier_id).lines[0].why
    assert may_destroy(services, dossier_id, date(2040, 1, 1)).article == "PR12.1"
    builders.tlv(services, dossier_id, matter)
    assert (kept(services, dossier_id).until, kept(services, dossier_id).article) == (date(2029, 11, 23), "PR12.1")
    assert [may_destroy(services, dossier_id, date(2029, 11, day)).allowed for day in (23, 24)] == [False, True]


def test_numbers_follow_each_other_without_gaps_also_after_a_failure_and_by_two_at_once(services):
    dossier_id = bare(services)
    ids = [builders.matter(services, dossier_id) for _ in range(5)]
    builders.tlv(services, dossier_id, ids[0])
    with pytest.raises(InvalidInputError):
        builders.tlv(services, dossier_id, ids[1], gender="")
    with pytest.raises(ConflictError):
        builders.tlv(services, dossier_id, ids[0])
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda each: builders.tlv(services, dossier_id, each), ids[1:]))
    with services.db.reading() as session:
        lines = matters.besluiten_of(session, services.vault, dossier_id)
        assert sorted(line.number for line in lines) == [f"PO2203-2026-{number:05d}" for number in range(1, 6)]
        assert session.scalars(select(BesluitSeries.last)).one() == 5
        assert matters.swv_number(session, lines[0].row.tenant_id) == "PO2203"


def test_a_wrong_besluit_keeps_its_number_and_stays_to_be_read(services):
    dossier_id = bare(services)
    matter = builders.matter(services, dossier_id)
    wrong = builders.tlv(services, dossier_id, matter)
    who = builders.context(services, SWV)
    day = who.today - timedelta(days=1)
    right = builders.new_tlv(who.today, decided_on=day, funding="zwaar")
    keeping.correct_besluit(services, who, dossier_id, wrong, right, "Verkeerde categorie.")
    with services.db.reading() as session:
        now, old = matters.besluiten_of(session, services.vault, dossier_id)
    assert (now.number, now.row.funding, now.row.replaces_id) == ("PO2203-2026-00001", "zwaar", wrong)
    assert (old.row.id, old.number, old.replaced) == (wrong, now.number, "Verkeerde categorie.")
    assert kept(services, dossier_id).until == date(2029, 11, 22)  # the matter ended with the besluit
    with pytest.raises(NotFoundError):
        keeping.correct_besluit(services, who, dossier_id, wrong, right, "Nog eens.")
    refused = replace(right, kind="tlv_refused")
    with pytest.raises(ConflictError):
        keeping.correct_besluit(services, who, dossier_id, now.row.id, refused, "Toch niet.")


def test_a_wrong_matter_is_put_right_or_withdrawn_and_then_counts_no_more(services):
    dossier_id = bare(services)
    who = builders.context(services, SWV)
    matter = builders.matter(services, dossier_id)
    besluit = builders.tlv(services, dossier_id, matter)
    first = NewMatter(kind="admissibility", started_on=date(2026, 10, 1), ended_on=date(2026, 11, 20))
    with pytest.raises(ConflictError):
        keeping.correct_matter(services, who, dossier_id, matter, replace(first, kind="advice"), "Anders.")
    late = replace(first, started_on=TODAY, ended_on=None)
    with services.db.writing() as session:
        session.get_one(Besluit, besluit).decided_on = TODAY - timedelta(days=1)
    with pytest.raises(InvalidInputError):
        keeping.correct_matter(services, who, dossier_id, matter, late, "Anders.")
    keeping.correct_matter(services, who, dossier_id, matter, first, "Verkeerde dagen.")
    assert kept(services, dossier_id).until == date(2029, 11, 20)
    with services.db.reading() as session:
        now, old = matters.matters_of(session, services.vault, dossier_id)
    assert ([each.row.id for each in now.besluiten], old.row.id, old.replaced) == (
        [besluit],
        matter,
        "Verkeerde dagen.",
    )
    keeping.withdraw_matter(services, who, dossier_id, now.row.id, "Hoort bij een ander dossier.")
    assert kept(services, dossier_id).until is None
    with services.db.reading() as session:
        assert matters.besluiten_of(session, services.vault, dossier_id, standing=True) == []


def test_a_matter_is_ended_once_by_a_person(services):
    dossier_id = bare(services)
    who = builders.context(services, SWV)
    matter = builders.matter(services, dossier_id, kind="advice")
    builders.tlv(services, dossier_id, matter, kind="advice", closes=False)
    assert kept(services, dossier_id).until is None
    keeping.end_matter(services, who, dossier_id, matter, date(2026, 11, 21))
    assert kept(services, dossier_id).until == date(2029, 11, 21)
    with pytest.raises(ConflictError):
        keeping.end_matter(services, who, dossier_id, matter, who.today)


def test_an_objection_holds_the_dossier_and_its_final_decision_restarts_the_term(services, clock):
    dossier_id = bare(services)
    builders.tlv(services, dossier_id, builders.matter(services, dossier_id))
    hold_id = keeping.add_hold(services, builders.context(services, SWV), dossier_id, new_hold(services))
    assert (kept(services, dossier_id).article, kept(services, dossier_id).until) == ("OB2", None)
    assert may_destroy(services, dossier_id, date(2040, 1, 1)).article == "OB2"
    clock.forward(days=30)
    who = builders.context(services, SWV)
    with pytest.raises(InvalidInputError):
        keeping.end_hold(services, who, dossier_id, hold_id, reason="Beslist.", final_decision_on=None)
    decided = TODAY + timedelta(days=28)
    keeping.end_hold(services, who, dossier_id, hold_id, reason="Beslist.", final_decision_on=decided)
    assert kept(services, dossier_id, who.today).article == "OB2"  # through its last day
    after = kept(services, dossier_id, who.today + timedelta(days=1))
    assert after.until == date(2029, 12, 21)
    assert "bezwaar of beroep" in after.lines[0].why
    with pytest.raises(ConflictError):
        keeping.end_hold(services, who, dossier_id, hold_id, reason="Nog eens.", final_decision_on=decided)


def test_a_hold_is_looked_after_by_someone_who_reaches_the_dossier(services):
    dossier_id = bare(services)
    who = builders.context(services, SWV)
    stranger = builders.account(services, OWNER).id
    with pytest.raises(InvalidInputError):
        keeping.add_hold(services, who, dossier_id, new_hold(services, owner_id=stranger))
    hold_id = keeping.add_hold(services, who, dossier_id, new_hold(services, kind="complaint"))
    other = builders.account(services, CONTACT_PERSON).id
    assert other in dict(keeping.owners(services, who, dossier_id))
    later = who.today + timedelta(days=90)
    keeping.look_again(services, who, dossier_id, hold_id, owner_id=other, review_on=later)
    with pytest.raises(InvalidInputError):
        keeping.look_again(services, who, dossier_id, hold_id, owner_id=other, review_on=who.today)
    with services.db.reading() as session:
        hold = session.get_one(Hold, hold_id)
        assert (hold.owner_id, hold.review_on) == (other, later)


def test_school_board_and_parents_hear_of_a_besluit_with_what_they_can_do(services):
    dossier_id = bare(services)
    account_id = builders.account(services, GUARDIAN).id
    with services.db.writing() as session:
        pages.link_family(
            session,
            dossier_id=dossier_id,
            account_id=account_id,
            capacity="guardian",
            has_authority=True,
            guardian_id=pages.first_guardian(services, session, dossier_id),
        )
    besluit = builders.tlv(services, dossier_id, builders.matter(services, dossier_id))
    with services.db.reading() as session:
        told = dict(session.execute(select(Notice.account_id, Notice.kind).where(Notice.kind.like("besluit%"))).all())
        newest = session.scalars(select(Informing).order_by(Informing.opened_at.desc(), Informing.id)).all()
        items = [informing._line(services, session, row).items for row in newest]
    assert told[account_id] == "besluit"
    assert told[builders.account(services, OWNER).id] == "besluit_school"
    assert builders.account(services, OTHER_SCHOOL).id not in told
    (item,) = [item for of_one in items for item in of_one if item.kind == "besluit"]
    assert any("bezwaar" in each and "4 januari 2027" in each for each in item.told)
    parent = builders.context(services, GUARDIAN)
    found = handing.of_family(services, parent, dossier_id)
    assert [line.number for line in found.besluiten] == ["PO2203-2026-00001"]
    assert found.kept.until == date(2029, 11, 23)
    assert handing.paper_for_family(services, parent, dossier_id, besluit).line.number == "PO2203-2026-00001"
    with pytest.raises(NotFoundError):
        handing.of_family(services, builders.context(services, OWNER), dossier_id)


def test_the_fields_of_bron_leave_only_of_a_whole_tlv(services):
    dossier_id = bare(services, bsn="111222333")
    who = builders.context(services, SWV)
    tlv = builders.tlv(services, dossier_id, builders.matter(services, dossier_id))
    assert handing.for_bron(services, who, dossier_id, tlv)["burgerservicenummer"] == "111222333"
    refusal = builders.tlv(services, dossier_id, builders.matter(services, dossier_id), kind="tlv_refused")
    with pytest.raises(ConflictError):
        handing.for_bron(services, who, dossier_id, refusal)
    with pytest.raises(NotFoundError):
        handing.paper(services, builders.context(services, OTHER_SCHOOL), dossier_id, tlv)


def test_what_waits_is_listed(services, clock):
    still = bare(services)
    held = bare(services, bsn="111222333")
    done = bare(services, bsn="123456782")
    clock.forward(days=200)
    today = builders.context(services, SWV).today
    keeping.add_hold(services, builders.context(services, SWV), held, new_hold(services))
    builders.tlv(services, done, builders.matter(services, done), ends_on=today + timedelta(days=90))
    found = queries.waiting(services, builders.context(services, SWV))
    assert still in [line.dossier_id for line in found.still]
    assert done not in [line.dossier_id for line in found.still]
    assert [(line.dossier_id, line.kind, line.late) for line in found.holds] == [(held, "bezwaar", False)]
    assert [line.dossier_id for line in found.ending] == [done]
    assert not found.kept_until
    clock.forward(days=3 * 365 - 60)
    found = queries.waiting(services, builders.context(services, SWV))
    assert [line.dossier_id for line in found.kept_until] == [done]
    assert [line.late for line in found.holds] == [True]
    with pytest.raises(NotFoundError):
        queries.waiting(services, builders.context(services, OWNER))


def test_a_draft_has_no_matters_and_takes_nothing_along_when_it_is_thrown_away(services):
    dossier_id = builders.draft(services)
    with pytest.raises(NotFoundError):
        builders.matter(services, dossier_id)
    assert kept(services, dossier_id) is None
    usecases.erase_draft(services, builders.context(services, OWNER), dossier_id)
    with services.db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Matter)) == 0
    assert outbox.WORDINGS["besluit"].subject


@pytest.fixture
def run(services, monkeypatch):
    """Run `dossierpoort retention` in this installation."""
    for name in ("root_secret", "cookie_secret", "data_dir", "keyring", "scratch", "database_url"):
        monkeypatch.setenv(f"DOSSIERPOORT_{name.upper()}", str(getattr(services.settings, name)))
    return lambda *arguments: CliRunner().invoke(main, ["retention", *arguments])


def test_the_commands_say_what_the_pages_say_and_name_nobody(services, run, clock):
    done, held = bare(services), bare(services, bsn="111222333")
    builders.tlv(services, done, builders.matter(services, done))
    builders.tlv(services, held, builders.matter(services, held))
    hold_id = keeping.add_hold(services, builders.context(services, SWV), held, new_hold(services))
    told = run("plan").output
    assert f"{reference_of(done)}  until 2029-11-23  PR12.1  after the last matter" in told
    assert f"{reference_of(held)}  no last day     OB2     a hold is running (OB2)" in told
    assert "Zwollebol" not in told
    assert "0 of 3 dossiers past their last day" in run("due", "--on", "2029-11-23").output
    due = [json.loads(line) for line in run("due", "--on", "2029-11-24", "--json", "--swv", "demo").output.splitlines()]
    assert [(each["dossier"], each["keep_until"], each["due"]) for each in due] == [(done, "2029-11-23", True)]
    (held_one,) = [json.loads(line) for line in run("hold", "--json").output.splitlines()]
    assert (held_one["dossier"], held_one["kind"], held_one["late"]) == (held, "bezwaar", False)
    assert "1 running" in run("hold").output
    assert "There is no SWV" in run("plan", "--swv", "elders").output
    assert "takes a day" in run("due", "--on", "morgen").output
    with services.db.reading() as session:
        tenant = session.scalars(select(Tenant)).one()
    with services.db.writing() as session:
        session.get_one(Tenant, tenant.id).profile_id = "leiden-2014"
    told = run("plan").output
    assert f"{reference_of(done)}  until 2029-11-23  PR12.1  after the last matter\n" in told  # no health: one set
    with services.db.reading() as session:
        several = list(planning.plans(services.db, TODAY, slug="demo"))
        assert {each.dossier_id: each.until for each in several}[done] == kept(services, done).until
    assert hold_id


def test_the_owner_of_a_hold_hears_once_on_the_day_and_again_after_a_new_day(services, clock):
    dossier_id = bare(services)
    hold_id = keeping.add_hold(services, builders.context(services, SWV), dossier_id, new_hold(services))
    assert reminders.remind(services, services.clock()) == 0
    clock.forward(days=60)
    assert [reminders.remind(services, services.clock()) for _ in range(2)] == [1, 0]
    who = builders.context(services, SWV)
    later = who.today + timedelta(days=10)
    other = builders.account(services, CONTACT_PERSON).id
    keeping.look_again(services, who, dossier_id, hold_id, owner_id=other, review_on=later)
    with services.db.writing() as session:
        session.get_one(Account, other).active = False
    clock.forward(days=10)
    assert reminders.remind(services, services.clock()) == 1
    with services.db.reading() as session:
        told = session.scalars(select(Notice.account_id).where(Notice.kind == "hold_review")).all()
    assert told == [who.person.account_id] * 2  # the owner left: the others who reach the dossier hear it
