"""The worker fills the review queue from the log, once for each thing; a person closes it with a reason (issue 5)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from audit.log import events, open_payload
from gateway.access.tables import AccessEntry
from gateway.accounts import usecases as accounts
from gateway.disclosure import usecases as disclosure
from gateway.dossiers import pages, reading
from gateway.errors import ConflictError, InvalidInputError, NotFoundError, RefusedError
from gateway.notices.tables import Notice
from gateway.oversight import queue, review, watching
from gateway.oversight.signals import Thresholds
from gateway.oversight.tables import Progress, Signal, SignalEvent
from gateway.recording import Action, LogSealer, record
from tests import builders, personas
from tests.builders import context, work


def signals(services, **where):
    with services.db.reading() as session:
        query = select(Signal)
        for name, value in where.items():
            query = query.where(getattr(Signal, name) == value)
        return list(session.scalars(query))


def set_limits(services, **changes):
    officer = context(services, personas.OFFICER)
    review.change_thresholds(services, officer, {**Thresholds(entry_days=0).as_json(), **changes})


def logged(services, action):
    with services.db.reading() as session:
        rows = events(session.connection(), action=action, limit=100).rows
        tenant = rows[0].tenant if rows else ""
        return [
            open_payload(row, LogSealer(session, services.vault, organisation_id=tenant, year=2026)) for row in rows
        ]


def test_reading_many_dossiers_is_one_signal_closed_with_a_reason_and_back_when_it_happens_again(services, clock):
    set_limits(services, dossiers_a_day=3)
    dossiers = [
        builders.submitted(services, bsn=bsn)[0] for bsn in ("100000009", "100000010", "100000022", "100000034")
    ]
    swv, officer = context(services, personas.SWV), context(services, personas.OFFICER)
    for dossier in dossiers[:3]:
        pages.consult(services, swv, dossier)
    work(services)
    work(services)
    with services.db.writing() as session:  # the same leaves once more
        session.get(Progress, watching.NAME).leaf = 0
    work(services)
    (found,) = signals(services, kind="many_dossiers")
    assert (found.subject_id, found.number, found.state) == (swv.person.account_id, 3, "open")
    with services.db.reading() as session:
        assert session.scalar(select(func.count()).where(SignalEvent.signal_id == found.id)) == 3
    shown = queue.view(services, officer, found.id)
    assert "Samira Voorbeeldi las 3 dossiers" in shown.line.why
    assert len(shown.events) == 3

    with pytest.raises(InvalidInputError):
        review.close(services, officer, found.id, "  ")
    with pytest.raises(NotFoundError):
        review.close(services, context(services, personas.ADMINISTRATOR), found.id, "Ik ben het zelf.")
    review.close(services, officer, found.id, "Voor het overleg van maandag.")
    with pytest.raises(ConflictError):
        review.close(services, officer, found.id, "Nog eens.")
    assert logged(services, Action.REVIEW)[0] == {"kind": "many_dossiers", "reason": "Voor het overleg van maandag."}
    work(services)
    assert signals(services, kind="many_dossiers")[0].state == "closed"

    clock.forward(days=1)
    for dossier in dossiers:
        pages.consult(services, context(services, personas.SWV), dossier)
    work(services)
    (again,) = signals(services, kind="many_dossiers")
    assert (again.id, again.state, again.reopened, again.number) == (found.id, "open", 1, 4)
    assert queue.view(services, officer, found.id).reason == "Voor het overleg van maandag."


def test_a_refusal_that_became_a_verstrekking_breaking_the_glass_and_failed_sign_ins_are_seen(services):
    set_limits(services, failures_an_hour=3, known_sign_ins=1)
    dossier, document = builders.submitted(services, bsn="100000009")
    swv = context(services, personas.SWV)
    partner = builders.account(services, personas.MUNICIPALITY)

    def request(basis, consent=None):
        return disclosure.Request(
            dossier_id=dossier,
            document_ids=(document,),
            recipient_id=partner.organisation_id,
            purpose="support_allocation",
            basis=basis,
            law=None,
            consent_id=consent,
            statement="Juist en volledig.",
            recipient_person="G. Gemeentema",
            identifiable=True,
            evidence="Verzonnen bewijs.",
            why_identifiable="De ontvanger moet weten over wie het gaat.",
        )

    from tests.web.matrix_people import consent

    with pytest.raises(RefusedError):
        disclosure.disclose(services, swv, request("public_task"))
    made = disclosure.disclose(services, swv, request("consent", consent(services, dossier)))
    with services.db.writing() as session:
        record(
            session,
            services.vault,
            swv,
            Action.BREAK_GLASS,
            dossier_id=dossier,
            object_type="dossier",
            object_id=dossier,
        )
    for _ in range(3):
        with pytest.raises(InvalidInputError):
            accounts.sign_in(services, swv, email=personas.SWV, password="dit is het niet, helaas")
    work(services)
    found = {row.kind: row for row in signals(services)}
    assert set(found) >= {"refused_then_granted", "break_glass", "sign_in_failures"}
    assert found["refused_then_granted"].subject_id == made
    assert found["sign_in_failures"].subject_id == swv.person.account_id
    overview = queue.queue(services, context(services, personas.OFFICER), state="open")
    assert {line.kind for line in overview.lines} == set(found)
    assert all(line.why and line.advice for line in overview.lines)


def test_a_reading_that_no_entry_explains_is_seen_and_one_within_scope_is_not(services, clock):
    set_limits(services)
    dossier, document = builders.submitted(services, bsn="100000009")
    reading.open_reading(services, context(services, personas.SWV), dossier, document)
    work(services)
    assert not signals(services, kind="outside_scope")
    reading.open_reading(services, context(services, personas.SWV), dossier, document)
    with services.db.writing() as session:  # as if the door had let in someone whose entry ended long ago
        session.execute(update(AccessEntry).values(state="ended", ended_at=clock.now - timedelta(days=5)))
    work(services)
    (found,) = signals(services, kind="outside_scope")
    assert found.dossier_id == dossier


def test_what_is_a_state_comes_and_goes_by_itself_and_comes_back(services, clock):
    set_limits(services, notice_days=2, entry_days=30, confirm_days=3)
    work(services)
    unused = signals(services, kind="entry_unused", state="open")
    assert unused, "nobody of the demo's list read anything yet"
    dossier, _ = builders.submitted(services, bsn="100000009")
    pages.consult(services, context(services, personas.SWV), dossier)
    clock.forward(days=3)
    work(services)
    assert len(signals(services, kind="entry_unused", state="open")) == len(unused) - 1
    assert logged(services, Action.REVIEW)[0] == {"kind": "entry_unused", "went_away": True}
    unread = {row.subject_id for row in signals(services, kind="notice_unread", state="open")}
    assert builders.account(services, personas.SWV).id in unread
    work(services)
    assert {row.subject_id for row in signals(services, kind="notice_unread", state="open")} == unread
    with services.db.writing() as session:
        session.execute(update(Notice).values(read_at=clock.now))
    clock.forward(hours=2)
    work(services)
    assert not signals(services, kind="notice_unread", state="open")
    with services.db.writing() as session:
        session.execute(update(Notice).values(read_at=None))
    clock.forward(hours=2)
    work(services)
    assert {row.subject_id for row in signals(services, kind="notice_unread", state="open")} == unread
    clock.forward(days=31)
    work(services)
    assert len(signals(services, kind="entry_unused", state="open")) == len(unused)


def test_thresholds_are_the_officers_and_their_change_is_logged_with_the_difference(services):
    officer = context(services, personas.OFFICER)
    chosen = Thresholds().as_json()
    for who in (personas.ADMINISTRATOR, personas.CONTACT_PERSON):
        with pytest.raises(NotFoundError):
            review.change_thresholds(services, context(services, who), chosen)
    for wrong in ({"dossiers_a_day": -1}, {"from_hour": 20, "until_hour": 7}, {"weekend": 2}):
        with pytest.raises(InvalidInputError):
            review.change_thresholds(services, officer, {**chosen, **wrong})
    review.change_thresholds(services, officer, {**chosen, "dossiers_a_day": 40, "weekend": 0})
    assert logged(services, Action.CONFIGURE)[0] == {"changed": {"dossiers_a_day": [25, 40], "weekend": [1, 0]}}
    before = len(logged(services, Action.CONFIGURE))
    review.change_thresholds(services, officer, {**chosen, "dossiers_a_day": 40, "weekend": 0})
    assert len(logged(services, Action.CONFIGURE)) == before, "nothing changed, nothing to log"
