"""A set of categories goes on its own day while the dossier lives on (D-PR 7, Leiden): what must stay, stays. Both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from crypto.tokens import normalise_number
from gateway import retention_cli
from gateway.app import create_app
from gateway.destruction import approving, certificate, executing, journal, recipients, run
from gateway.disclosure import fetching
from gateway.disclosure import usecases as disclosure
from gateway.disclosure.tables import Verstrekking
from gateway.dossiers import informing, pages
from gateway.dossiers.tables import DocumentVersion, Dossier, Erasure, Rendition
from gateway.erasure.tables import Destruction
from gateway.keeping import usecases as keeping
from gateway.keeping.planning import plans
from gateway.notices.tables import Notice
from gateway.vault import renewal
from gateway.vault.tables import DataKey, SearchToken
from tests import builders
from tests.destruction_sets import (
    SHORT,
    announced,
    documents,
    health_first,
    health_last,
    record_of,
    rows_only,
    the_day,
)
from tests.destructions import (
    LAST,
    consent_to_municipality,
    events_of,
    go_to,
    is_there,
    new_hold,
    new_rules,
    nobody,
    sign_log,
    standing,
)
from tests.personas import MUNICIPALITY, SWV, visitor


def kept(services, case):
    return pages.dossier(services, builders.context(services, SWV), case.dossier).kept


def test_health_goes_on_its_own_day_and_a_document_with_other_data_stays_and_says_why(services):
    case = health_first(services)
    with services.db.reading() as session:
        versions = select(DocumentVersion.id).where(DocumentVersion.document_id == case.health)
        refs = [case.health, *session.scalars(versions)]
    announced(services, LAST)
    row = standing(services, case.dossier)
    assert (row.categories, row.kept_until, row.article) == ("e", LAST, "PR12.1")
    told = [
        s
        for line in informing.of_dossier(services, builders.context(services, SWV), case.dossier)
        for i in line.items
        for s in i.told
    ]
    assert any("gezondheid en welzijn" in each for each in told), "the family hears which kinds of data"
    assert any("De rest van het dossier blijft" in each for each in told)
    (line, _) = kept(services, case).lines
    assert (line.categories, line.announced, len(line.stays)) == (("e",), row.due_on, 1)
    the_day(services, LAST)
    assert [(each.categories, why) for each, why in run.would_go(services)] == [("e", "goes")]
    assert documents(services, case) == {case.health, case.mixed, case.other}
    assert run.run(services).erased == 1
    assert documents(services, case) == {case.mixed, case.other}
    with services.db.reading() as session:
        assert session.scalar(select(func.count()).select_from(DataKey).where(DataKey.ref.in_(refs))) == 0
        left = select(func.count()).select_from(Rendition).where(Rendition.version_id.in_(refs))
        assert session.scalar(left) == 0
        assert session.scalars(select(Erasure.object_key)).all() == []
    assert record_of(services, case).bsn, "no field of the record is of health"
    after = kept(services, case)
    assert [(list(each.categories), each.article) for each in after.gone] == [(["e"], "PR12.1")]
    assert [line.over for line in after.lines] == [True, False], "the mixed document still holds health"
    (planned,) = [each for each in plans(services.db, LAST) if each.dossier_id == case.dossier]
    printed = retention_cli._as_text(planned, list(planned.lines))
    assert "this set was destroyed [e]" in printed
    assert retention_cli._as_json(planned, LAST)["destroyed"][0]["categories"] == ["e"]
    assert run.run(services).announced == 0, "what must stay is not announced again"


def test_who_received_a_document_of_a_set_by_name_is_asked_about_that_document_alone(services):
    case = health_last(services)
    consent_id = consent_to_municipality(services, case.dossier)
    wanted = builders.verstrekking(services, case.dossier, case.other, consent_id=consent_id)
    made = disclosure.disclose(services, builders.context(services, SWV), wanted)
    with services.db.reading() as session:
        version = session.scalars(select(DocumentVersion.id).where(DocumentVersion.document_id == case.other)).one()
    assert list(fetching.fetch(services, builders.context(services, MUNICIPALITY), made, version).chunks)
    announced(services, SHORT)
    the_day(services, SHORT)
    assert run.run(services).erased == 1
    with services.db.reading() as session:
        assert session.scalar(select(func.count()).where(Notice.kind == "destroy_asked")) == 1
        assert session.get_one(Verstrekking, made).state == "open", "what was given stays in the register"
    theirs = builders.context(services, MUNICIPALITY)
    (asked,) = recipients.received(services, theirs)
    assert (asked.row.part_of, asked.row.documents, asked.late) == (made, 1, False)
    assert "alleen stuk" in visitor(create_app(services), MUNICIPALITY).get("/ontvangen/vernietigen").get_data(
        as_text=True
    )
    (shown,) = approving.done(services, builders.context(services, SWV))
    assert shown.unanswered == 1
    recipients.answer(services, theirs, asked.row.id, "destroyed")
    sign_log(services)
    with services.db.reading() as session:
        row = session.scalars(select(Destruction).where(Destruction.dossier_id == case.dossier)).one()
        text = certificate.make(services, session, row, services.clock())
    told = certificate.check(text, *certificate.public_keys(services.vault.keyring)).body["recipients"]
    assert [(each["verstrekking"], each["documents"], each["answer"]) for each in told] == [(made, 1, "destroyed")]


def test_all_but_health_goes_first_with_its_fields_and_health_stays_with_who_it_is(services):
    case = health_last(services)
    before = record_of(services, case)
    announced(services, SHORT)
    row = standing(services, case.dossier)
    assert (row.categories, row.kept_until) == ("a b d g i j k", SHORT)
    the_day(services, SHORT)
    assert run.run(services).erased == 1
    assert documents(services, case) == {case.health, case.mixed}
    after = record_of(services, case)
    assert (after.bsn, after.reason) == ("", "")
    assert (after.name, after.born, after.guardians) == (before.name, before.born, before.guardians)
    with services.db.reading() as session:
        tokens = select(func.count()).select_from(SearchToken).where(SearchToken.subject_id == case.dossier)
        assert session.scalar(tokens.where(SearchToken.kind == "bsn")) == 0
        tenant = session.get_one(Dossier, case.dossier).tenant_id
        assert case.dossier not in services.vault.find(session, tenant, "bsn", normalise_number(before.bsn).zfill(9))
    app = create_app(services)
    for tab in ("", "/stukken", "/zaken", "/rechten", "/verstrekkingen", "/toestemmingen", "/brieven", "/weergaven"):
        assert visitor(app, SWV).get(f"/dossiers/{case.dossier}{tab}").status_code == 200, tab
    shown = visitor(app, SWV).get(f"/dossiers/{case.dossier}").get_data(as_text=True)
    assert (before.bsn in shown, "vernietigd, de bewaartermijn is voorbij" in shown) == (False, True)
    assert run.run(services).announced == 0
    renewal.renew(services.db, services.vault, nobody(services))
    sign_log(services)
    run.go_on(services)
    assert standing(services, case.dossier).state == "certified", "an old backup holds the fields until it expires"
    go_to(services, LAST - timedelta(days=20))
    assert run.run(services).announced == 1, "and then the whole"
    assert standing(services, case.dossier).categories == ""
    the_day(services, LAST)
    assert run.run(services).erased == 1
    assert not is_there(services, case.dossier)
    sign_log(services)
    run.go_on(services)
    with services.db.reading() as session:
        states = session.scalars(select(Destruction.state).where(Destruction.dossier_id == case.dossier)).all()
    assert sorted(states) == ["certified", "final"]


def test_the_certificate_of_a_set_says_what_went_and_becomes_final(services):
    case = health_first(services, rows_only)
    announced(services, LAST)
    the_day(services, LAST)
    run.run(services)
    sign_log(services)
    run.go_on(services)
    keys = certificate.public_keys(services.vault.keyring)
    checked = certificate.check(standing(services, case.dossier).certificate, *keys)
    assert checked.body["part"] == {"categories": ["e"], "documents": [case.health], "fields": []}
    assert (checked.body["state"], checked.body["counts"]["documents"]) == ("voorlopig", 1)
    renewal.renew(services.db, services.vault, nobody(services))
    run.go_on(services)
    row = standing(services, case.dossier)
    assert (row.state, certificate.check(row.certificate, *keys).body["state"]) == ("final", "definitief")
    (gone,) = approving.done(services, builders.context(services, SWV))
    assert gone.categories == ["e"]


def test_a_hold_takes_it_back_and_the_judge_is_asked_again(services):
    case = health_first(services, rows_only)
    announced(services, LAST)
    row = standing(services, case.dossier)
    the_day(services, LAST)
    keeping.add_hold(services, builders.context(services, SWV), case.dossier, new_hold(services))
    assert [why for _, why in run.would_go(services)] == ["refused"]
    assert executing.erase(services, nobody(services), row.id) == "taken_back"
    assert len(documents(services, case)) == 3
    assert (row.id, "OB2") in events_of(services, "refuse")


def test_people_approve_a_set_where_the_reglement_asks_it(services):
    case = health_first(services, rows_only)
    announced(services, LAST)
    new_rules(services, profile="leiden-2014", second_person=True)
    the_day(services, LAST)
    assert run.run(services).waiting == 1
    (line,) = approving.listed(services, builders.context(services, SWV)).lines
    assert (line.categories, line.needed, list(line.what.documents)) == (("e",), 2, [case.health])
    approving.approve(services, builders.context(services, SWV), line.destruction_id)
    approving.approve(services, builders.context(services, "contactpersoon@demo.example"), line.destruction_id)
    assert run.run(services).erased == 1


class KilledError(BaseException):
    """The process ended here."""


STEPS = {
    "before the event": ("gateway.destruction.sets.record",),
    "before the journal": ("gateway.destruction.journal.write",),
    "before the objects": ("gateway.destruction.executing.objects.waiting_of",),
    "before the certificate": ("gateway.destruction.certificate.make",),
}


@pytest.mark.parametrize("place", STEPS)
def test_killed_at_any_step_a_set_ends_complete(services, monkeypatch, place):
    case = health_first(services, rows_only)
    announced(services, LAST)
    the_day(services, LAST)

    def die(*_args, **_more):
        raise KilledError

    with monkeypatch.context() as here:
        here.setattr(STEPS[place][0], die)
        with pytest.raises(KilledError):
            run.run(services)
    assert (case.health in documents(services, case)) == (place == "before the event")
    run.run(services)
    sign_log(services)
    run.run(services)
    assert (standing(services, case.dossier).state, documents(services, case)) == (
        "certified",
        {case.mixed, case.other},
    )
    assert [each.object_id for each in events_of(services, "destroy")].count(case.dossier) == 1
    assert [each.part["documents"] for each in journal.entries(services)] == [[case.health]]


def test_a_row_alone_destroys_no_set_and_no_dossier(services):
    case = health_first(services, rows_only)
    announced(services, LAST)
    row_id = standing(services, case.dossier).id
    for state in ("erased", "journalled", "objects_gone"):
        with services.db.writing() as session:
            forged = session.get_one(Destruction, row_id)
            forged.state, forged.erased_at = state, services.clock()
        run.finish(services)
        assert (standing(services, case.dossier).state, len(documents(services, case))) == (state, 3)
    assert not list(journal.entries(services))


def test_a_real_set_is_not_turned_into_the_whole_dossier_by_changing_its_row(services, monkeypatch):
    case = health_first(services, rows_only)
    announced(services, LAST)
    the_day(services, LAST)
    with monkeypatch.context() as here:
        here.setattr(journal, "write", _fails)
        run.run(services)
    row_id = standing(services, case.dossier).id
    for categories in ("", "a b d g i j k"):
        with services.db.writing() as session:
            session.get_one(Destruction, row_id).categories = categories
        run.finish(services)
        assert (standing(services, case.dossier).state, documents(services, case)) == (
            "erased",
            {case.mixed, case.other},
        )


def _fails(*_args, **_more):
    raise OSError("no answer (made up)")
