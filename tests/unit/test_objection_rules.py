"""Objection and appeal: in time or late, the term of Awb 7:10, the committee first, one extension."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import ConflictError, InvalidInputError
from gateway.letters.kinds import WORDS
from gateway.matters.rules import objection_until
from gateway.objection_words import ADVICE, OUTCOMES
from gateway.objections import rules
from gateway.objections.rules import Decision, Received

ANNOUNCED = date(2026, 9, 1)
UNTIL = date(2026, 10, 13)
NEW = Received(kind="bezwaar", by="guardian", received_on=date(2026, 9, 20), grounds="Niet mee eens.")
DAYS = st.dates(date(2024, 1, 1), date(2027, 6, 1))


def checked(new=NEW, kind="tlv", today=date(2026, 12, 1)):
    return rules.checked(new, besluit_kind=kind, announced_on=ANNOUNCED, until=UNTIL, today=today)


def decided(new, **changes):
    values = {"kind": "bezwaar", "committee": True, "advised": True, "received_on": UNTIL, "today": date(2026, 12, 1)}
    return rules.checked_decision(new, **{**values, **changes})


def test_the_last_day_to_object_is_six_weeks_after_the_besluit_was_made_known():
    assert objection_until("tlv", ANNOUNCED) == UNTIL == rules.appeal_until(ANNOUNCED)
    assert checked(replace(NEW, received_on=UNTIL)).late_reason == ""
    with pytest.raises(InvalidInputError, match="6:11") as caught:
        checked(replace(NEW, received_on=UNTIL + timedelta(days=1)))
    assert caught.value.field == "late_reason"
    late = replace(NEW, received_on=UNTIL + timedelta(days=1), late_reason="Lag in het ziekenhuis (verzonnen).")
    assert checked(late).late_reason


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"grounds": "  "}, "grounds"),
        ({"received_on": date(2026, 8, 31)}, "received_on"),
        ({"received_on": date(2027, 1, 1)}, "received_on"),
        ({"by": "neighbour"}, "by"),
        ({"kind": "cassatie"}, "kind"),
        ({"who": "x" * 201}, "who"),
    ],
)
def test_what_an_objection_lacks_is_said_at_its_field(change, field):
    with pytest.raises(InvalidInputError) as caught:
        checked(replace(NEW, **change))
    assert caught.value.field == field


def test_nobody_objects_to_an_advice_and_the_committee_always_advises_on_admissibility():
    with pytest.raises(ConflictError):
        checked(kind="advice")
    assert checked(replace(NEW, committee=False)).committee
    assert not checked(replace(NEW, committee=False), kind="allocation").committee
    assert not checked(replace(NEW, kind="beroep")).committee


def test_the_swv_has_six_weeks_or_twelve_with_a_committee_after_the_term_to_object_and_six_more_once():
    def last(**changes):
        values = {"until": UNTIL, "received_on": NEW.received_on, "committee": False, "extended": False}
        return rules.decide_by(**{**values, **changes}).last_day

    assert last() == date(2026, 11, 24)
    assert last(committee=True) == date(2027, 1, 5)
    assert last(committee=True, extended=True) == date(2027, 2, 16)
    assert last(received_on=date(2026, 11, 2)) == date(2026, 12, 14)  # taken up though late


@given(announced=DAYS, after=st.integers(0, 120), committee=st.booleans())
def test_there_are_always_full_weeks_to_decide_after_the_last_day_to_object(announced, after, committee):
    until = rules.appeal_until(announced)
    received = announced + timedelta(days=after)
    plain, longer = (
        rules.decide_by(until=until, received_on=received, committee=committee, extended=extended)
        for extended in (False, True)
    )
    assert plain.last_day >= max(until, received) + timedelta(weeks=12 if committee else 6)
    assert plain.last_day <= max(until, received) + timedelta(weeks=12 if committee else 6, days=6)
    assert longer.last_day > plain.last_day
    assert plain.last_day.weekday() < 5
    assert plain.why


def test_with_a_committee_its_advice_comes_before_the_decision_unless_nothing_is_judged():
    new = Decision(outcome="upheld", decided_on=date(2026, 11, 1), reasons="Omdat.", article="7:11 Awb")
    assert decided(new)
    with pytest.raises(ConflictError, match="OB1"):
        decided(new, advised=False)
    assert decided(replace(new, outcome="inadmissible"), advised=False)
    for change, field in (
        ({"reasons": ""}, "reasons"),
        ({"article": ""}, "article"),
        ({"outcome": "founded"}, "outcome"),
        ({"new_besluit_id": "a" * 32}, "new_besluit_id"),
        ({"decided_on": date(2026, 10, 1)}, "decided_on"),
    ):
        with pytest.raises(InvalidInputError) as caught:
            decided(replace(new, **change))
        assert caught.value.field == field


def test_the_committees_advice_is_of_a_day_between_the_objection_and_today():
    day, today = UNTIL + timedelta(days=7), UNTIL + timedelta(days=14)
    advice = {"committee": True, "received_on": UNTIL, "advised_on": day, "advice": next(iter(ADVICE)), "today": today}
    assert (
        rules.checked_advice(**advice, text="  Het bezwaar slaagt (verzonnen). ") == "Het bezwaar slaagt (verzonnen)."
    )
    with pytest.raises(ConflictError, match="geen commissie"):
        rules.checked_advice(**{**advice, "committee": False}, text="Verzonnen.")
    for change, text, field in (
        ({"advice": "unknown"}, "Verzonnen.", "advice"),
        ({"advised_on": UNTIL - timedelta(days=1)}, "Verzonnen.", "advised_on"),
        ({"advised_on": today + timedelta(days=1)}, "Verzonnen.", "advised_on"),
        ({}, "", "text"),
    ):
        with pytest.raises(InvalidInputError) as caught:
            rules.checked_advice(**{**advice, **change}, text=text)
        assert caught.value.field == field


def test_more_time_is_taken_once_and_in_time():
    rules.checked_extension(kind="bezwaar", extended=False, last=UNTIL, today=UNTIL)
    for change in ({"extended": True}, {"today": UNTIL + timedelta(days=1)}, {"kind": "beroep"}):
        with pytest.raises(ConflictError):
            rules.checked_extension(**{"kind": "bezwaar", "extended": False, "last": UNTIL, "today": UNTIL, **change})


def test_every_outcome_of_an_objection_has_its_words_in_a_letter():
    assert set(OUTCOMES["bezwaar"]) == set(ADVICE) <= set(WORDS)
