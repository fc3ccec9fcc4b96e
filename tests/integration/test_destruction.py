"""A destruction from its announcement to its certificate: what must go goes, everywhere, and never half. Both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from audit.tables import event
from gateway.accounts.tables import Organisation
from gateway.consent.usecases import NewConsent
from gateway.context import Context
from gateway.destruction import approving, certificate, clock, executing, journal, recipients, run, web
from gateway.destruction.rules import ClockTrouble
from gateway.destruction.shares import SHARES
from gateway.destruction.standing import standing as standing_of
from gateway.disclosure import consenting
from gateway.disclosure import usecases as disclosure
from gateway.dossiers.rules import PURPOSES
from gateway.dossiers.tables import Dossier, Erasure
from gateway.erasure.tables import Destruction, VerstrekkingGone
from gateway.errors import ConflictError, NotFoundError
from gateway.ids import new_id
from gateway.keeping import usecases as keeping
from gateway.matters.rules import NewHold
from gateway.notices.tables import Notice
from gateway.oversight import breaches, months
from gateway.oversight.tables import DataBreach, RegisterMonth
from gateway.peers.tables import PeerThread
from gateway.peers.threads import SUBJECT
from gateway.reglement import versions
from gateway.rights.tables import RightRequest
from gateway.rights.told_tables import RightTold
from gateway.storage import StorageRefused
from gateway.vault import renewal
from retention.erasers import erase_all
from tests import builders
from tests.personas import ADMINISTRATOR, CONTACT_PERSON, MUNICIPALITY, OFFICER, SWV

LAST = date(2029, 11, 23)


def nobody(services):
    return Context(actor=None, now=services.clock(), request_id=new_id())


def go_to(services, day):
    """The clock goes on with the years, and somebody who looks says that it is right."""
    services.clock.now = datetime(day.year, day.month, day.day, 9, 0, tzinfo=UTC)
    clock.confirm(services, nobody(services))


def ended_matter(services, dossier_id):
    builders.tlv(services, dossier_id, builders.matter(services, dossier_id))


def ended(services, **changes):
    """A submitted dossier with a document and a TLV that ended today: kept until `LAST`."""
    dossier_id, _ = builders.submitted(services, **changes)
    ended_matter(services, dossier_id)
    return dossier_id


def bare(services, **changes):
    """The same without a document: its files decide nothing here."""
    dossier_id = builders.draft(services, **changes)
    with services.db.writing() as session:
        dossier = session.get_one(Dossier, dossier_id)
        dossier.state, dossier.submitted_at = "submitted", services.clock()
    ended_matter(services, dossier_id)
    return dossier_id


def new_hold(services, **changes):
    who = builders.context(services, SWV)
    values = {
        "kind": "bezwaar",
        "started_on": who.today,
        "review_on": who.today + timedelta(days=60),
        "reason": "Bezwaar van de school (verzonnen).",
        "owner_id": who.person.account_id,
    }
    return NewHold(**{**values, **changes})


def standing(services, dossier_id):
    with services.db.reading() as session:
        return session.scalars(
            select(Destruction).where(Destruction.dossier_id == dossier_id).order_by(Destruction.announced_at.desc())
        ).first()


def is_there(services, dossier_id):
    with services.db.reading() as session:
        return session.get(Dossier, dossier_id) is not None


def announced(services, dossier_id):
    go_to(services, date(2029, 10, 24))
    ran = run.run(services)
    assert ran.announced == 1, ran
    return standing(services, dossier_id)


def sign_log(services):
    builders.work(services)


def on_the_day(services):
    go_to(services, LAST + timedelta(days=1))


def events_of(services, action):
    with services.db.reading() as session:
        return session.execute(select(event.c.object_id, event.c.article).where(event.c.action == action)).all()


def new_rules(services, **destroy):
    """The tenant's reglement says something on destroying from tomorrow; the clock goes there."""
    who = builders.context(services, ADMINISTRATOR)
    tenant = who.person.tenant_id
    with services.db.reading() as session:
        document = versions.as_json(dict(versions.in_force(session, tenant, "po-raad-2014", who.today).document))
    document["keep"]["destroy"] = destroy
    made = versions.draft(services, who, "po-raad-2014", document, who.today + timedelta(days=1))
    versions.decide(services, builders.context(services, CONTACT_PERSON), made, approve=True)


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


class KilledError(BaseException):
    """The process ended here."""


STEPS = {
    "before the event": (executing, "record"),
    "before the journal": (journal, "write"),
    "before the recipients": (executing, "_ask_recipients"),
    "before the objects": (executing.objects, "waiting_of"),
    "before the certificate": (certificate, "make"),
}


@pytest.mark.parametrize("place", STEPS)
def test_killed_at_any_step_it_ends_complete_when_it_is_taken_up_again(services, monkeypatch, place):
    dossier_id = bare(services)
    announced(services, dossier_id)
    on_the_day(services)

    def die(*_args, **_more):
        raise KilledError

    with monkeypatch.context() as here:
        here.setattr(*STEPS[place], die)
        with pytest.raises(KilledError):
            run.run(services)
    assert is_there(services, dossier_id) == (place == "before the event")
    run.run(services)
    sign_log(services)
    run.run(services)
    row = standing(services, dossier_id)
    assert (row.state, is_there(services, dossier_id)) == ("certified", False)
    assert [each.object_id for each in events_of(services, "destroy")] == [dossier_id]
    assert [each.dossier for each in journal.entries(services)] == [dossier_id]


def test_two_runs_at_once_destroy_each_dossier_once(services):
    ids = [bare(services, bsn=number) for number in ("999990020", "999990032", "999990044")]
    go_to(services, date(2029, 10, 24))
    run.run(services)
    on_the_day(services)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: run.run(services), range(2)))
    assert not any(is_there(services, each) for each in ids)
    assert sorted(each.object_id for each in events_of(services, "destroy")) == sorted(ids)


def test_a_clock_that_jumped_destroys_nothing_until_a_person_looked(services):
    dossier_id = bare(services)
    announced(services, dossier_id)
    services.clock.now = datetime(2040, 1, 1, 9, 0, tzinfo=UTC)
    assert run.run(services).trouble is ClockTrouble.JUMP
    assert standing_of(services, services.clock())[0] == "warn"
    services.clock.now = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
    assert run.run(services).trouble is ClockTrouble.BACK
    assert is_there(services, dossier_id)
    services.clock.now = datetime(2029, 10, 30, 9, 0, tzinfo=UTC)
    assert run.run(services).trouble is None
    assert standing_of(services, services.clock()) == ("good", "1 announced")
    assert [each.object_id for each in events_of(services, "destroy")] == []


def test_a_recipient_is_asked_reminded_and_signs_and_the_certificate_says_so(services):
    dossier_id, document_id = builders.submitted(services)
    consent_id = builders_consent(services, dossier_id)
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


def builders_consent(services, dossier_id):
    who = builders.context(services, SWV)
    new = NewConsent(
        given_by="guardian",
        giver_name="Iemand Zonderaccount",
        has_authority=True,
        given_on=who.today,
        purposes=tuple(PURPOSES),
        recipients=("municipality",),
        evidence="Getekend formulier (verzonnen).",
    )
    return consenting.record_consent(services, who, dossier_id, new)


def test_a_row_alone_destroys_nothing(services):
    """Who can write in the database and holds no keys of the log destroys no dossier with it."""
    living, gone = bare(services), bare(services, bsn="999990020")
    go_to(services, date(2029, 10, 24))
    run.run(services)
    row, other = standing(services, living), standing(services, gone)
    on_the_day(services)
    with services.db.writing() as session:
        forged = session.get_one(Destruction, row.id)
        forged.state, forged.erased_at = "erased", services.clock()
    assert run.run(services).erased == 1
    event_id = standing(services, gone).event_id
    for state in ("erased", "journalled", "objects_gone"):
        with services.db.writing() as session:
            forged = session.get_one(Destruction, row.id)
            forged.state, forged.event_id = state, event_id
        run.finish(services)
        assert (is_there(services, living), standing(services, living).state) == (True, state)
    assert [each.destruction for each in journal.entries(services)] == [other.id]
    with services.db.writing() as session:
        forged = session.get_one(Destruction, row.id)
        forged.state, forged.dossier_id, forged.event_id = "erased", new_id(), event_id
    run.finish(services)
    with services.db.reading() as session:
        assert session.get_one(Destruction, row.id).state == "erased", "the event is of another destruction"


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
    with services.db.writing() as session:
        session.get_one(DataBreach, breach).closed_at = services.clock()
    assert run.run(services).announced == 1


def test_each_stands_in_the_journal_before_the_next_one_goes(services, monkeypatch):
    ids = [bare(services), bare(services, bsn="999990020")]
    go_to(services, date(2029, 10, 24))
    run.run(services)
    on_the_day(services)
    with monkeypatch.context() as here:
        here.setattr(journal, "write", _fails)
        ran = run.run(services)
    assert (ran.erased, ran.troubles > 0) == (1, True)
    assert sum(is_there(services, each) for each in ids) == 1
    assert run.run(services).erased == 1
    assert sorted(each.dossier for each in journal.entries(services)) == sorted(ids)


def _fails(*_args, **_more):
    raise OSError("no answer (made up)")


def test_one_bad_dossier_or_locked_object_does_not_stop_the_others(services, monkeypatch):
    bad, good = bare(services), bare(services, bsn="999990020")
    go_to(services, date(2029, 10, 24))
    run.run(services)
    on_the_day(services)
    judged = executing.judge_destroy

    def judge(own, session, dossier, on):
        if dossier.id == bad:
            raise ValueError("made up")
        return judged(own, session, dossier, on)

    def refused(_own):
        raise StorageRefused("locked (made up)")

    with services.db.writing() as session:
        session.add(Erasure(object_key=new_id(), asked_at=services.clock(), dossier_id=new_id()))
    with monkeypatch.context() as here:
        here.setattr(executing, "judge_destroy", judge)
        here.setattr(executing.checking, "erase_asked", refused)
        ran = run.run(services)
    assert (ran.erased, ran.troubles) == (1, 1)
    assert (is_there(services, bad), standing(services, good).state) == (True, "objects_gone")
    with monkeypatch.context() as here:
        here.setattr(certificate, "make", lambda *_: 1 / 0)
        assert run.finish(services) == 0


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
