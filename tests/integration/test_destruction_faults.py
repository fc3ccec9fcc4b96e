"""A destruction under faults: killed anywhere, two at once, a row that somebody wrote, a clock that jumped. Both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest

from gateway.destruction import certificate, executing, journal, run
from gateway.destruction.rules import ClockTrouble
from gateway.destruction.standing import standing as standing_of
from gateway.dossiers.tables import Erasure
from gateway.erasure.tables import Destruction
from gateway.ids import new_id
from gateway.storage import StorageRefused
from tests.destructions import (
    announced,
    bare,
    events_of,
    go_to,
    is_there,
    on_the_day,
    sign_log,
    standing,
)


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

    def judge(own, session, dossier, on, only=()):
        if dossier.id == bad:
            raise ValueError("made up")
        return judged(own, session, dossier, on, only)

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
