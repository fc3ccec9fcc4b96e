"""Counts stay of a destroyed dossier, once, and nothing leads from them to it. Both databases. Source: PR4.2, IN6."""

from __future__ import annotations

import json
from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import inspect, select, text

from audit.log import find, open_payload
from gateway.accounts.tables import Tenant
from gateway.destruction import journal, replaying, run
from gateway.erasure.tables import Destruction
from gateway.errors import NotFoundError
from gateway.monitor import queries
from gateway.monitor.tables import AfterlifeYear
from gateway.monitor.usecases import keep_counts
from gateway.recording import LogSealer
from gateway.reglement import versions
from gateway.second_opinion.tables import SecondOpinionAct, SecondOpinionCase
from tests import builders
from tests.destructions import bare, events_of, go_to, is_there, nobody
from tests.personas import ADMINISTRATOR, CONTACT_PERSON, MUNICIPALITY, OFFICER, PARTNER, SWV

YEAR = 2026


def reglement(services, *, on=True, k=5):
    """The reglement says so from tomorrow; the clock goes there."""
    who = builders.context(services, ADMINISTRATOR)
    tenant = who.person.tenant_id
    with services.db.reading() as session:
        document = versions.as_json(dict(versions.in_force(session, tenant, "po-raad-2014", who.today).document))
    document["keep"]["afterlife"] = {"on": on, "k": k}
    made = versions.draft(services, who, "po-raad-2014", document, who.today + timedelta(days=1))
    versions.decide(services, builders.context(services, CONTACT_PERSON), made, approve=True)
    services.clock.now += timedelta(days=1)


def decided(services, **changes):
    dossier_id = bare(services)
    if changes:
        with services.db.writing() as session:
            session.execute(
                text("UPDATE besluit SET school_type = :school_type, funding = :funding WHERE dossier_id = :id"),
                {**changes, "id": dossier_id},
            )
    return dossier_id


def kept(services):
    with services.db.reading() as session:
        return {row.school_year: (row.counts, row.whole) for row in session.scalars(select(AfterlifeYear))}


def shown(services, year=YEAR):
    return queries.of_year(services, builders.context(services, SWV), year).chosen.figures


def destroy_all(services):
    go_to(services, date(2029, 10, 26))
    run.run(services)
    go_to(services, date(2029, 11, 28))
    return run.run(services).erased


def test_last_years_counts_are_the_same_before_and_after_its_dossiers_are_destroyed(services):
    reglement(services)
    every = [decided(services) for _ in range(5)] + [decided(services, school_type="vso", funding="hoog")]
    before = shown(services)
    figures = {figure.subject: figure.number for figure in before}
    assert (figures["dossier"] >= 6, figures["tlv"], figures["advice"]) == (True, 6, 0)
    assert destroy_all(services) == 6
    assert not any(is_there(services, each) for each in every)
    after = shown(services)
    assert [each for each in after if each.subject != "dossier"] == [
        each for each in before if each.subject != "dossier"
    ]
    counts, whole = kept(services)[YEAR]
    assert (counts["tlv"], counts["tlv/school_type/sbo/funding/licht"], whole) == (6, 5, True)
    assert "tlv/school_type/vso" not in counts, "one child alone is not kept apart"


def test_what_stays_names_no_dossier_no_moment_and_no_order(services):
    reglement(services)
    every = [decided(services) for _ in range(5)]
    assert destroy_all(services) == 5
    columns = {column["name"] for column in inspect(services.db.engine).get_columns("afterlife_year")}
    assert columns == {"tenant_id", "school_year", "counts", "whole"}
    with services.db.reading() as session:
        rows = session.execute(text("SELECT * FROM afterlife_year")).all()
        tenant = session.scalar(select(Tenant.id).where(Tenant.profile_id == "po-raad-2014"))
    assert len(rows) == 1, "one row a school year, whatever was destroyed"
    told = json.dumps([list(row) for row in rows], default=str)
    assert not any(each in told for each in every)
    assert list(kept(services)[YEAR][0]) == sorted(kept(services)[YEAR][0]), "not in the order in which they came"
    assert tenant in told


def test_a_reglement_that_keeps_no_counts_keeps_none_and_the_year_says_that_some_are_missing(services):
    reglement(services, on=False)
    decided(services)
    assert destroy_all(services) == 1
    assert kept(services) == {YEAR: ({}, False)}
    assert {figure.number for figure in shown(services) if figure.subject != "dossier"} == {None}
    found = queries.of_year(services, builders.context(services, SWV), YEAR)
    assert (found.stays, found.chosen.whole) == (False, False)


def test_of_fewer_than_the_reglement_says_nothing_stays(services):
    decided(services)
    assert destroy_all(services) == 1
    assert kept(services)[YEAR] == ({}, False)


def rows_back(services, *, erased):
    """A journal that says that a dossier was destroyed, and a database of before; with `erased` its row stayed behind."""
    reglement(services)
    every = [decided(services) for _ in range(5)]
    go_to(services, date(2029, 10, 26))
    run.run(services)
    go_to(services, date(2029, 11, 28))
    back = every[0]
    with services.db.writing() as session:
        row = session.scalar(select(Destruction).where(Destruction.dossier_id == back))
        if erased:
            keep_counts(session, row.tenant_id, back, nobody(services).today)
        row.state, row.erased_at, row.counts = "erased", services.clock(), {}
        journal.write(services, row)
        if not erased:
            session.rollback()
    return back


@pytest.mark.parametrize("erased", [False, True], ids=["all-of-before", "only-its-rows"])
def test_a_dossier_that_came_back_with_a_backup_counts_once_when_it_is_destroyed_again(services, erased):
    back = rows_back(services, erased=erased)
    counted = 1 if erased else 0
    assert kept(services).get(YEAR, ({}, True))[0].get("tlv", 0) == counted
    for again in (1, 0):
        assert replaying.replay(services, nobody(services)).erased == again
        assert kept(services)[YEAR][0]["tlv"] == 1
    assert not is_there(services, back)
    run.run(services)
    assert kept(services)[YEAR][0]["tlv"] == 5, "the others went too, and it did not count again on its way to the end"


def test_two_destructions_at_once_both_count(services):
    reglement(services)
    every = [decided(services) for _ in range(6)]
    with services.db.reading() as session:
        tenant = session.scalar(select(Tenant.id).where(Tenant.profile_id == "po-raad-2014"))
    ready, today = Barrier(3), nobody(services).today

    def count(dossier_id):
        ready.wait(10)
        with services.db.writing() as session:
            keep_counts(session, tenant, dossier_id, today)

    at_once = [Thread(target=count, args=(each,)) for each in every[:3]]
    for each in at_once:
        each.start()
    for each in at_once:
        each.join()
    assert kept(services)[YEAR][0]["tlv"] == 3


def test_second_opinions_are_counted_by_whether_they_were_answered_in_time(services):
    reglement(services)
    every = [decided(services) for _ in range(6)]
    with services.db.writing() as session:
        for number, dossier_id in enumerate(every):
            asked(services, session, dossier_id, answered_on=date(2026, 12, 10) if number else None)
    (figure,) = [each for each in shown(services) if each.subject == "second_opinion"]
    assert figure.number == 6
    assert not figure.splits, "one was not answered: five and one would tell which"
    with services.db.reading() as session:
        tenant = session.scalar(select(Tenant.id).where(Tenant.profile_id == "po-raad-2014"))
        months = queries.read(session, tenant, nobody(services).today)
    assert months.chosen.figures == shown(services)


def asked(services, session, dossier_id, *, answered_on):
    who = builders.account(services, SWV)
    case = SecondOpinionCase(
        tenant_id=who.tenant_id,
        dossier_id=dossier_id,
        subject_id=dossier_id,
        partner_id=builders.account(services, PARTNER).organisation_id,
        thread=dossier_id,
        requested_on=date(2026, 12, 1),
        made_by=who.id,
        made_at=services.clock(),
        changed_at=services.clock(),
    )
    session.add(case)
    session.flush()
    days = {"receive": date(2026, 12, 2), "hand_over": answered_on} if answered_on else {}
    for number, (kind, day) in enumerate(days.items()):
        session.add(
            SecondOpinionAct(
                case_id=case.id,
                number=number,
                side="partner",
                kind=kind,
                made_at=services.clock(),
                made_on=day,
                body=b"",
                event_id=case.id,
            )
        )


def test_of_more_besluiten_of_a_kind_in_a_year_the_last_one_of_a_dossier_counts(services):
    reglement(services)
    every = [decided(services) for _ in range(5)]
    for _ in range(3):
        builders.tlv(services, every[0], builders.matter(services, every[0]), school_type="so", funding="laag")
    builders.matter(services, every[0], kind="advice", ended_on=nobody(services).today)
    figures = {figure.subject: figure for figure in shown(services)}
    assert figures["tlv"].number == 5, "five children, not eight besluiten"
    assert figures["ended"].number is None


def test_only_the_swv_itself_and_its_officer_see_the_monitor(services):
    for email in (SWV, CONTACT_PERSON, OFFICER):
        assert queries.of_year(services, builders.context(services, email)).k == 10
    for email in (PARTNER, MUNICIPALITY):
        with pytest.raises(NotFoundError):
            queries.of_year(services, builders.context(services, email))


def test_a_year_that_is_not_there_shows_this_one_and_nothing_yet_is_empty(services):
    found = queries.of_year(services, builders.context(services, SWV), 1900)
    assert found.chosen.year == found.choices[0] == YEAR
    go_to(services, date(2040, 1, 1))
    found = queries.of_year(services, builders.context(services, SWV))
    assert found.empty


def test_that_the_list_left_stands_in_the_log(services):
    rows = list(queries.export(services, builders.context(services, OFFICER), None))
    assert rows[0] == queries.COLUMNS
    assert {row[1] for row in rows[1:]} == set(queries.rules.SUBJECTS.values())
    assert (None, "PR4.2") in events_of(services, "export")


@pytest.mark.parametrize("on", [True, False])
def test_the_event_of_a_destruction_says_whether_counts_stay(services, on):
    reglement(services, on=on)
    dossier_id = decided(services)
    assert destroy_all(services) == 1
    with services.db.reading() as session:
        row = session.scalar(select(Destruction).where(Destruction.dossier_id == dossier_id))
        sealer = LogSealer(session, services.vault, organisation_id=row.tenant_id, year=row.erased_at.year)
        told = open_payload(find(session.connection(), row.event_id), sealer)
    assert told["statistics"] is on
