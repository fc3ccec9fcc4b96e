"""A destruction from its announcement to its certificate: what must go goes, everywhere, and never half. Both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from gateway import retention_cli
from gateway.accounts.tables import Organisation
from gateway.destruction import approving, certificate, executing, recipients, run, web
from gateway.destruction.shares import SHARES
from gateway.disclosure import usecases as disclosure
from gateway.dossiers import informing
from gateway.dossiers.tables import Dossier, Erasure
from gateway.erasure.tables import Destruction, VerstrekkingGone
from gateway.errors import ConflictError, NotFoundError
from gateway.ids import new_id
from gateway.keeping import usecases as keeping
from gateway.keeping.planning import plans
from gateway.keeping.queries import waiting
from gateway.matters.breach_tables import DataBreach
from gateway.notices.tables import Notice
from gateway.oversight import breaches, months
from gateway.oversight.tables import RegisterMonth
from gateway.peers.tables import PeerThread
from gateway.peers.threads import SUBJECT
from gateway.rights.tables import RightRequest
from gateway.rights.told_tables import RightTold
from gateway.vault import renewal
from retention.erasers import erase_all
from tests import builders
from tests.destructions import (
    LAST,
    announced,
    bare,
    consent_to_municipality,
    ended,
    ended_matter,
    events_of,
    go_to,
    is_there,
    new_hold,
    new_rules,
    nobody,
    on_the_day,
    sign_log,
    standing,
)
from tests.personas import CONTACT_PERSON, MUNICIPALITY, OFFICER, SWV


def test_a_dossier_is_announced_a_month_ahead_and_destroyed_on_the_day_after_its_last(services):
    dossier_id = ended(services)
    go_to(services, date(2029, 10, 22))
    assert run.run(services).announced == 0
    row = announced(services, dossier_id)
    assert (row.state, row.kept_until, row.due_on, row.article) == (
        "announced",
        LAST,
        LAST + timedelta(days=1),
        "PR12.1",
    )
    with services.db.reading() as session:
        told = set(session.scalars(select(Notice.kind).where(Notice.dossier_id == dossier_id)))
    assert {"destroy_announced"} <= told
    go_to(services, LAST)
    assert run.run(services).erased == 0
    assert is_there(services, dossier_id)
    go_to(services, LAST + timedelta(days=1))
    assert [(each.dossier_id, why) for each, why in run.would_go(services)] == [(dossier_id, "goes")]
    assert is_there(services, dossier_id)
    assert run.run(services).erased == 1
    assert not is_there(services, dossier_id)
    sign_log(services)
    assert run.go_on(services) == 1
    row = standing(services, dossier_id)
    assert row.state == "certified"
    checked = certificate.check(row.certificate, *certificate.public_keys(services.vault.keyring))
    assert (checked.body["state"], checked.body["counts"]["documents"], checked.body["dossier"]) == (
        "voorlopig",
        1,
        dossier_id,
    )
    renewal.renew(services.db, services.vault, nobody(services))
    run.go_on(services)
    row = standing(services, dossier_id)
    checked = certificate.check(row.certificate, *certificate.public_keys(services.vault.keyring))
    assert (row.state, checked.body["state"]) == ("final", "definitief")
    with pytest.raises(certificate.CertificateError):
        certificate.check(row.certificate.replace("PR12.1", "PR12.9"), *certificate.public_keys(services.vault.keyring))


def test_a_hold_before_the_day_takes_it_back_and_after_the_final_decision_it_is_announced_anew(services):
    dossier_id = bare(services)
    row = announced(services, dossier_id)
    hold = keeping.add_hold(services, builders.context(services, SWV), dossier_id, new_hold(services))
    ran = run.run(services)
    assert (ran.taken_back, ran.announced, standing(services, dossier_id).state) == (1, 0, "taken_back")
    assert (row.id, "OB2") in events_of(services, "hold")
    lines = informing.of_dossier(services, builders.context(services, SWV), dossier_id)
    said = [sentence for line in lines for item in line.items for sentence in item.told]
    assert any("gaat nu niet door" in each for each in said), "who read that it would go hears that it does not"
    final = builders.context(services, SWV).today
    keeping.end_hold(
        services, builders.context(services, SWV), dossier_id, hold, reason="Ongegrond.", final_decision_on=final
    )
    go_to(services, date(2032, 9, 25))
    assert run.run(services).announced == 1
    again = standing(services, dossier_id)
    assert (again.kept_until, again.state, again.id != row.id) == (date(2032, 10, 24), "announced", True)


def test_the_judge_is_asked_again_in_the_transaction_that_erases(services):
    dossier_id = bare(services)
    row = announced(services, dossier_id)
    on_the_day(services)
    keeping.add_hold(services, builders.context(services, SWV), dossier_id, new_hold(services))
    assert [why for _, why in run.would_go(services)] == ["refused"]
    assert executing.erase(services, nobody(services), row.id) == "taken_back"
    assert is_there(services, dossier_id)
    assert (row.id, "OB2") in events_of(services, "refuse")


def test_two_people_approve_where_the_reglement_asks_a_second_person(services):
    dossier_id = bare(services)
    row = announced(services, dossier_id)
    new_rules(services, second_person=True)
    on_the_day(services)
    first, second = (builders.context(services, each) for each in (SWV, CONTACT_PERSON))
    assert run.run(services).waiting == 1
    approving.approve(services, first, row.id)
    with pytest.raises(ConflictError):
        approving.approve(services, first, row.id)
    assert run.run(services).waiting == 1
    (line,) = approving.listed(services, first).lines
    assert (line.mine, len(line.approved_by), approving.listed(services, first).needed) == (True, 1, 2)
    with pytest.raises(NotFoundError):
        approving.approve(services, builders.context(services, "school@demo.example"), row.id)
    approving.approve(services, second, row.id)
    assert run.run(services).erased == 1


def test_an_unusual_number_waits_for_a_person(services):
    mine, other = bare(services), bare(services, bsn="999990020")
    new_rules(services, at_once=1)
    go_to(services, date(2029, 10, 24))
    assert run.run(services).announced == 2
    on_the_day(services)
    ran = run.run(services)
    assert (ran.waiting, ran.erased) == (2, 0)
    approving.approve(services, builders.context(services, SWV), standing(services, mine).id)
    assert run.run(services).erased == 1
    assert (is_there(services, mine), is_there(services, other)) == (False, True)


def test_a_recipient_is_asked_reminded_and_signs_and_the_certificate_says_so(services):
    dossier_id, document_id = builders.submitted(services)
    consent_id = consent_to_municipality(services, dossier_id)
    asked = builders.verstrekking(services, dossier_id, document_id, consent_id=consent_id)
    verstrekking_id = disclosure.disclose(services, builders.context(services, SWV), asked)
    ended_matter(services, dossier_id)
    announced(services, dossier_id)
    months.count_ahead(services, services.clock())
    with services.db.reading() as session:
        before = months_total(session)
    assert before == 1
    on_the_day(services)
    assert run.run(services).erased == 1
    months.count_ahead(services, services.clock())
    with services.db.reading() as session:
        gone = session.get_one(VerstrekkingGone, verstrekking_id)
        assert (gone.documents, gone.basis, gone.asked_on) == (1, "consent", builders.context(services, SWV).today)
        assert session.scalar(select(func.count()).where(Notice.kind == "destroy_asked")) == 1
        assert session.scalars(select(Erasure.object_key)).all() == []
        assert months_total(session) == before
    go_to(services, gone.answer_by + timedelta(days=1))
    run.run(services)
    run.run(services)
    with services.db.reading() as session:
        assert session.scalar(select(func.count()).where(Notice.kind == "destroy_reminder")) == 1
    theirs = builders.context(services, MUNICIPALITY)
    (waiting,) = recipients.received(services, theirs)
    assert waiting.late
    with pytest.raises(NotFoundError):
        recipients.answer(services, builders.context(services, CONTACT_PERSON), verstrekking_id, "destroyed")
    recipients.answer(services, theirs, verstrekking_id, "destroyed")
    with pytest.raises(ConflictError):
        recipients.answer(services, theirs, verstrekking_id, "returned")
    sign_log(services)
    with services.db.reading() as session:
        text = certificate.make(services, session, standing(services, dossier_id), services.clock())
    checked = certificate.check(text, *certificate.public_keys(services.vault.keyring))
    assert [each["answer"] for each in checked.body["recipients"]] == ["destroyed"]


def test_family_and_who_received_no_name_are_not_asked_to_destroy_it(services):
    """What they have is their own, or names nobody."""
    dossier_id = bare(services)
    announced(services, dossier_id)
    with services.db.writing() as session:
        other = session.scalars(select(Organisation)).first()
        family = Organisation(id=new_id(), tenant_id=other.tenant_id, kind="family", name="Verzonnen gezin")
        session.add(family)
        session.flush()
        for recipient, form in ((other, "original"), (other, "anonymised"), (other, "coded"), (family, "original")):
            values = {"purpose": "support", "basis": "law", "article": "PR9", "profile": "x@1", "school_id": other.id}
            session.add(
                VerstrekkingGone(
                    id=new_id(),
                    tenant_id=other.tenant_id,
                    dossier_id=dossier_id,
                    recipient_id=recipient.id,
                    form=form,
                    made_at=services.clock(),
                    documents=1,
                    **values,
                )
            )
    on_the_day(services)
    run.run(services)
    given = recipients.given(services, builders.context(services, OFFICER))
    assert sorted((each.row.form, each.row.asked_on is None, each.exempt) for each in given) == [
        ("anonymised", True, True),
        ("coded", True, True),
        ("original", False, False),
        ("original", True, True),
    ]


def test_a_day_is_that_of_amsterdam_also_in_summer(services):
    """An instant just after midnight in summer stands on the paper and in the list with its own day."""
    assert web._day("2029-07-01T22:30:00+00:00") == date(2029, 7, 2)
    assert web._day("2029-07-01") == date(2029, 7, 1)
    dossier_id = bare(services)
    announced(services, dossier_id)
    on_the_day(services)
    run.run(services)
    with services.db.writing() as session:
        row = session.get_one(Destruction, standing(services, dossier_id).id)
        row.erased_at = datetime(2029, 7, 1, 22, 30, tzinfo=UTC)
        session.flush()
        (gone,) = approving.gone(session, row.tenant_id)
    assert gone.erased_on == date(2029, 7, 2)


def months_total(session):
    return session.scalar(select(func.sum(RegisterMonth.count)).where(RegisterMonth.grain == "month"))


def test_a_dossier_in_a_data_breach_that_is_looked_into_is_not_destroyed(services):
    dossier_id, document_id = builders.submitted(services)
    ended_matter(services, dossier_id)
    row = announced(services, dossier_id)
    officer = builders.context(services, OFFICER)
    details = breaches.Details(title="Verzonnen", what="Verzonnen.", consequences="", measures="")
    new = breaches.NewBreach(
        details=details,
        kinds=("confidentiality",),
        cause="other",
        discovered_at=officer.now,
        began_at=None,
        ended_at=None,
    )
    breach = breaches.record_breach(services, officer, new)
    on_the_day(services)
    breaches.add_documents(services, builders.context(services, OFFICER), breach, [document_id])
    assert executing.erase(services, nobody(services), row.id) == "taken_back"
    ran = run.run(services)
    assert (ran.announced, ran.erased, is_there(services, dossier_id)) == (0, 0, True)
    who = builders.context(services, SWV)
    (planned,) = [each for each in plans(services.db, who.today) if each.dossier_id == dossier_id]
    assert {(line.article, line.why.value, line.keep_until) for line in planned.lines} == {("OB2", "held", None)}
    (held,) = retention_cli._holds(services, "", who.today)
    assert (held["dossier"], held["kind"], held["derived"], held["review_on"]) == (dossier_id, "breach", True, None)
    assert [each.number for each in keeping.of_dossier(services, who, dossier_id).breaches] == [1]
    assert [(line.dossier_id, line.kind) for line in waiting(services, who).holds] == [(dossier_id, "breach")]
    school = builders.context(services, "school@demo.example")
    assert not keeping.of_dossier(services, school, dossier_id).breaches, "why it is held is the SWV's own"
    with services.db.writing() as session:
        session.get_one(DataBreach, breach).closed_at = services.clock()
    assert run.run(services).announced == 1


def test_the_approval_of_one_does_not_let_the_others_of_its_day_go(services):
    mine, other = bare(services), bare(services, bsn="999990020")
    new_rules(services, at_once=1)
    go_to(services, date(2029, 10, 24))
    run.run(services)
    found = approving.listed(services, builders.context(services, SWV))
    assert [line.needed for line in found.lines] == [1, 1], "said before the day"
    on_the_day(services)
    approving.approve(services, builders.context(services, SWV), standing(services, mine).id)
    assert run.run(services).erased == 1
    go_to(services, LAST + timedelta(days=2))
    assert (run.run(services).waiting, is_there(services, other)) == (1, True)


def test_what_told_a_partner_of_a_correction_over_the_line_goes_too(services):
    dossier_id = bare(services)
    who = builders.context(services, SWV)
    with services.db.writing() as session:
        dossier = session.get_one(Dossier, dossier_id)
        partner = session.scalars(select(Organisation).where(Organisation.id != dossier.school_id)).first()
        values = {"tenant_id": dossier.tenant_id, "details": b"x"}
        request = RightRequest(
            id=new_id(),
            dossier_id=dossier_id,
            kind="correct",
            capacity="guardian",
            made_by=who.person.account_id,
            changed_at=who.now,
            way="portal",
            received_on=who.today,
            made_at=who.now,
            **values,
        )
        session.add(request)
        session.flush()
        told = RightTold(
            id=new_id(),
            request_id=request.id,
            organisation_id=partner.id,
            nameless=False,
            way="line",
            state="told",
            made_at=who.now,
            **values,
        )
        thread = PeerThread(id=new_id(), organisation_id=partner.id, name=told.id, made_at=who.now)
        session.add_all([told, thread])
        session.flush()
        thread_id = thread.id
        services.vault.create_subject(
            session, kind=SUBJECT, subject_id=thread_id, organisation_id=dossier.tenant_id, opened_on=who.today
        )
        erase_all(SHARES, services, session, who, dossier_id)
    with services.db.reading() as session:
        assert session.get_one(PeerThread, thread_id).erased_at is not None
