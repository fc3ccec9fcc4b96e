"""When a convenant counts: both signed, notice of two months, changes, and who may exchange what. Source: CV10, GR5."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.convenant import rules
from gateway.reglement.facts import parse
from gateway.reglement.rules import convenant_in_force

DAYS = st.dates(min_value=date(2020, 1, 1), max_value=date(2030, 12, 31))
MAYBE = st.none() | DAYS
FOUNDERS = ("own", "partner")


def judge(on, *, own, partner, notice, requested):
    """What the judge makes of these days."""
    convenant = {
        "signed_a": own and own.isoformat(),
        "signed_b": partner and partner.isoformat(),
        "notice_on": notice and notice.isoformat(),
        "requested_on": requested.isoformat(),
    }
    facts = {"profile": "avg-2018", "on": on.isoformat(), "act": "request_second_opinion", "convenant": convenant}
    return convenant_in_force(parse(facts))


@given(on=DAYS, own=MAYBE, partner=MAYBE, notice=MAYBE, agreed=MAYBE, requested=DAYS)
def test_our_own_answer_is_that_of_the_judge(on, own, partner, notice, agreed, requested):
    ends = [day for day in (notice and rules.notice_ends(notice), agreed) if day]
    last = rules.last_day(ends)
    ours = rules.in_force(signed_own=own, signed_partner=partner, last_day=last, on=on, requested_on=requested)
    told = rules.notice_fact(last, [notice] if notice else [], requested)
    assert ours == judge(on, own=own, partner=partner, notice=told, requested=requested)


@given(own=DAYS, partner=DAYS, later=st.integers(0, 400))
def test_it_counts_from_the_day_of_the_last_signature_and_not_before(own, partner, later):
    signed = {"own": own, "partner": partner}
    begins = rules.complete_on(FOUNDERS, signed)
    assert begins == max(own, partner)

    def counts(day):
        return rules.in_force(signed_own=own, signed_partner=partner, last_day=None, on=day, requested_on=None)

    assert counts(begins + timedelta(days=later))
    assert not counts(begins - timedelta(days=1 + later))


def test_one_signature_or_no_founders_is_never_complete():
    assert rules.complete_on(FOUNDERS, {"own": date(2026, 1, 1)}) is None
    assert rules.complete_on((), {"own": date(2026, 1, 1)}) is None


@given(notice=DAYS, asked=st.integers(-100, 100))
def test_a_request_within_the_notice_period_counts_and_one_after_it_never(notice, asked):
    signed = date(2019, 1, 1)
    last = rules.notice_ends(notice)
    requested = last + timedelta(days=asked)
    on = requested + timedelta(days=500)  # a running request stays within it, long after the end
    found = rules.in_force(signed_own=signed, signed_partner=signed, last_day=last, on=on, requested_on=requested)
    assert found is (asked <= 0)


@pytest.mark.parametrize(
    ("notice", "last"),
    [
        (date(2026, 11, 23), date(2027, 1, 23)),  # a Saturday: exact, not moved
        (date(2026, 12, 31), date(2027, 2, 28)),
        (date(2027, 12, 31), date(2028, 2, 29)),
        (date(2027, 12, 29), date(2028, 2, 29)),
        (date(2028, 2, 29), date(2028, 4, 29)),
        (date(2026, 10, 31), date(2026, 12, 31)),
    ],
)
def test_notice_ends_on_the_same_day_number_two_months_on_and_is_not_moved(notice, last):
    assert rules.notice_ends(notice) == last


def test_the_old_version_counts_until_all_founders_signed_the_new_one():
    first = rules.Version(number=1, signed={"own": date(2026, 1, 5), "partner": date(2026, 2, 2)})
    half = rules.Version(number=2, signed={"own": date(2026, 6, 1)})
    assert rules.current(FOUNDERS, [first, half], date(2026, 7, 1)) == first
    whole = rules.Version(number=2, signed={"own": date(2026, 6, 1), "partner": date(2026, 6, 9)})
    assert rules.current(FOUNDERS, [first, whole], date(2026, 6, 8)) == first
    assert rules.current(FOUNDERS, [first, whole], date(2026, 6, 9)) == whole
    assert rules.current(FOUNDERS, [first, whole], date(2026, 2, 1)) is None


def test_who_joined_the_old_version_is_bound_by_that_until_it_signs_the_new_one():
    joined = {"own": date(2026, 1, 5), "partner": date(2026, 1, 5), "care": date(2026, 3, 1)}
    old = rules.Version(number=1, signed=joined)
    new = rules.Version(number=2, signed={"own": date(2026, 6, 1), "partner": date(2026, 6, 1)})
    assert rules.binding(FOUNDERS, [old, new], date(2026, 7, 1), "own", "care") == old
    assert rules.binding(FOUNDERS, [old, new], date(2026, 7, 1), "own", "partner") == new
    assert rules.binding(FOUNDERS, [old, new], date(2026, 2, 28), "own", "care") is None


LINES = [
    rules.Exchange(giver="g", receiver="r", categories=frozenset("ag"), purposes=frozenset({"case_consultation"})),
    rules.Exchange(giver="g", receiver="r", categories=frozenset("i"), purposes=frozenset({"case_consultation"})),
    rules.Exchange(giver="r", receiver="g", categories=frozenset("k"), purposes=frozenset({"absence"})),
]


@given(
    giver=st.sampled_from("grx"),
    receiver=st.sampled_from("grx"),
    purpose=st.sampled_from(["case_consultation", "absence", "research"]),
    categories=st.sets(st.sampled_from([*"abgik", "a.bank"])),
)
def test_nothing_may_be_exchanged_that_no_line_names(giver, receiver, purpose, categories):
    problem = rules.exchange_problem(LINES, giver=giver, receiver=receiver, purpose=purpose, categories=categories)
    named = {
        letter
        for line in LINES
        if (line.giver, line.receiver) == (giver, receiver) and purpose in line.purposes
        for letter in line.categories
    }
    assert (problem is None) is (bool(categories) and {each[0] for each in categories} <= named)
    if (giver, receiver) not in {("g", "r"), ("r", "g")}:
        assert problem == "pair"


def test_every_item_of_the_checklist_is_asked():
    assert rules.open_items([]) == list(rules.CHECKLIST)
    assert rules.open_items(rules.CHECKLIST) == []
    assert "family" in rules.open_items(["goal"])


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=5), min_size=1, max_size=4))
def test_the_hash_hangs_on_what_is_said_and_not_on_its_order(said):
    turned = dict(reversed(list(said.items())))
    assert rules.content_hash(said) == rules.content_hash(turned)
    name = next(iter(said))
    assert rules.content_hash(said) != rules.content_hash({**said, name: said[name] + "."})


def test_an_agreed_end_is_no_notice_and_a_request_after_it_is_refused():
    end = date(2026, 6, 30)
    assert rules.notice_fact(end, [], end) is None
    assert rules.notice_fact(end, [], end + timedelta(days=1)) == date.min
    assert rules.notice_fact(end, [date(2026, 6, 1)], end + timedelta(days=1)) == date.min, "notice ended later"
    assert rules.notice_fact(end, [date.max], end + timedelta(days=1)) == date.min, "past the calendar"
    assert rules.notice_fact(end, [date(2026, 1, 1)], end + timedelta(days=1)) == date(2026, 1, 1)
