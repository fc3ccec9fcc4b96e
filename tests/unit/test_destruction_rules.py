"""When a destruction may go on, by whom, and whether the clock can be believed (PR12.1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from gateway.destruction.rules import (
    SLACK,
    ClockTrouble,
    Times,
    approvals_needed,
    clock_trouble,
    first_day,
    is_announced,
)
from gateway.reglement.profiles import DestroyRules

NOW = datetime(2029, 11, 22, 3, 0, tzinfo=UTC)
DAYS = 3
TIMES = Times(seen_at=NOW - timedelta(days=1), checkpoint_at=NOW - timedelta(hours=1), witnessed_at=NOW)


def test_the_clock_is_believed_that_goes_on_from_where_it_was():
    assert clock_trouble(NOW, TIMES, DAYS) is None
    assert clock_trouble(NOW, Times(seen_at=None, checkpoint_at=None, witnessed_at=None), DAYS) is None


@pytest.mark.parametrize("known", ["seen_at", "checkpoint_at", "witnessed_at"])
def test_a_clock_before_anything_that_was_signed_is_wrong_whatever_else_there_is(known):
    edge = replace(TIMES, **{known: NOW + SLACK})
    assert clock_trouble(NOW, edge, DAYS) is None
    late = replace(edge, **{known: NOW + SLACK + timedelta(seconds=1)})
    assert clock_trouble(NOW, late, DAYS) is ClockTrouble.BACK


def test_a_clock_far_from_the_witness_is_wrong_although_it_was_seen_yesterday():
    edge = replace(TIMES, witnessed_at=NOW - timedelta(days=DAYS))
    assert clock_trouble(NOW, edge, DAYS) is None
    far = replace(TIMES, witnessed_at=NOW - timedelta(days=DAYS, seconds=1))
    assert clock_trouble(NOW, far, DAYS) is ClockTrouble.WITNESS


@pytest.mark.parametrize("known", ["seen_at", "checkpoint_at"])
def test_a_clock_that_jumped_is_wrong(known):
    nothing = Times(seen_at=None, checkpoint_at=None, witnessed_at=None)
    assert clock_trouble(NOW, replace(nothing, **{known: NOW - timedelta(days=DAYS)}), DAYS) is None
    jumped = replace(nothing, **{known: NOW - timedelta(days=DAYS, seconds=1)})
    assert clock_trouble(NOW, jumped, DAYS) is ClockTrouble.JUMP


def test_it_goes_after_the_last_day_of_keeping_and_a_month_after_it_was_announced():
    today = date(2029, 10, 22)
    assert first_day(date(2029, 11, 21), today) == date(2029, 11, 22)
    assert first_day(date(2029, 9, 1), today) == date(2029, 11, 22)
    assert not is_announced(date(2029, 11, 22), today)
    assert is_announced(date(2029, 11, 21), today)


def test_a_second_person_where_the_reglement_asks_and_one_for_an_unusual_number():
    alone = DestroyRules(second_person=False, at_once=5)
    assert [approvals_needed(alone, number) for number in (0, 5, 6)] == [0, 0, 1]
    together = DestroyRules(second_person=True, at_once=5)
    assert [approvals_needed(together, number) for number in (0, 5, 6)] == [2, 2, 2]
