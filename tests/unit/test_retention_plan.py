"""The plan of keeping: until when, why, and that the plan and the judge never differ (PR12.1, OB2, D-PR 7)."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.reglement import facts, profiles
from gateway.reglement.rules import judge
from retention.plan import Change, History, Hold, Line, Matter, Rule, Why, is_due, plan, standing, until

PROFILES = profiles.shipped()
THREE = Rule(years=3)
LEIDEN = Rule(years=3, after_leaving=2, excepted=frozenset("e"))
TODAY = date(2026, 11, 21)


def lines(history, *, rule=THREE, categories="aeg", on=TODAY):
    return plan(rule, standing(history, on), categories)


def only(history, **more) -> Line:
    (line,) = lines(history, **more)
    return line


def matter(ended=None):
    return Matter(ended_on=date.fromisoformat(ended) if ended else None)


def hold(ended=None, final=None):
    return Hold(
        ended_on=date.fromisoformat(ended) if ended else None,
        final_decision_on=date.fromisoformat(final) if final else None,
    )


def test_a_dossier_is_kept_three_years_after_its_besluit():
    line = only(History(matters=[matter("2026-11-21")]))
    assert (line.keep_until, line.why, line.article) == (date(2029, 11, 21), Why.AFTER_MATTER, "PR12.1")
    assert line.counted_from == date(2026, 11, 21)
    assert line.changes == (Change.NEW_MATTER, Change.NEW_HOLD)


def test_a_besluit_on_leap_day_keeps_to_the_28th():
    assert only(History(matters=[matter("2024-02-29")])).keep_until == date(2027, 2, 28)


def test_a_second_tlv_moves_the_date():
    first, second = matter("2024-01-10"), matter("2026-03-01")
    assert only(History(matters=[first])).keep_until == date(2027, 1, 10)
    assert only(History(matters=[second, first])).keep_until == date(2029, 3, 1)


def test_an_open_matter_keeps_the_dossier_without_a_date_and_says_which_term_runs():
    line = only(History(matters=[matter("2020-01-10"), matter()]))
    assert (line.keep_until, line.term_until, line.why) == (None, date(2023, 1, 10), Why.OPEN)
    assert line.changes == (Change.END_OF_MATTER,)


def test_without_any_matter_there_is_no_date():
    line = only(History())
    assert (line.keep_until, line.why, line.changes) == (None, Why.NO_MATTER, (Change.NEW_MATTER,))


def test_a_hold_forbids_destruction_through_its_last_day():
    held = History(matters=[matter("2020-01-10")], holds=[hold("2026-11-21")])
    assert only(held).article == "OB2"
    assert only(held).keep_until is None
    assert only(held).changes == (Change.END_OF_HOLD,)
    assert only(held, on=date(2026, 11, 22)).keep_until == date(2023, 1, 10)
    assert only(History(matters=[matter("2020-01-10")], holds=[hold()]), on=date(2099, 1, 1)).why is Why.HELD


def test_after_an_objection_the_term_restarts_from_the_final_decision():
    line = only(History(matters=[matter("2024-01-10")], holds=[hold("2026-06-02", "2026-06-01")]))
    assert (line.keep_until, line.why) == (date(2029, 6, 1), Why.AFTER_DECISION)


def test_a_later_matter_counts_more_than_an_earlier_final_decision():
    history = History(matters=[matter("2026-07-01")], holds=[hold("2026-06-02", "2026-06-01"), hold("2026-01-01")])
    assert (only(history).keep_until, only(history).why) == (date(2029, 7, 1), Why.AFTER_MATTER)


def test_leiden_keeps_health_after_the_matter_and_the_rest_after_leaving():
    history = History(matters=[matter("2025-03-01")], left_school_on=date(2026, 7, 31))
    health, rest = lines(history, rule=LEIDEN)
    assert (health.categories, health.keep_until, health.why) == (("e",), date(2028, 3, 1), Why.AFTER_MATTER)
    assert (rest.categories, rest.keep_until, rest.why) == (("a", "g"), date(2028, 7, 31), Why.AFTER_LEAVING)
    assert until((health, rest)) == date(2028, 7, 31)
    assert rest.changes == (Change.NEW_HOLD,)


def test_leiden_keeps_what_is_health_alone_after_the_matter():
    (line,) = lines(History(matters=[matter("2025-03-01")], left_school_on=TODAY), rule=LEIDEN, categories="e")
    assert (line.categories, line.keep_until) == (("e",), date(2028, 3, 1))


def test_leiden_counts_from_the_matter_while_the_pupil_has_not_left():
    (line,) = lines(History(matters=[matter("2025-03-01")]), rule=LEIDEN, categories="g")
    assert (line.keep_until, line.changes[-1]) == (date(2028, 3, 1), Change.LEAVING)
    (line,) = lines(History(), rule=LEIDEN, categories="g")
    assert line.changes == (Change.NEW_MATTER, Change.LEAVING)


def test_leiden_restarts_after_an_objection_for_every_category():
    history = History(
        matters=[matter("2020-01-01")], holds=[hold("2026-06-01", "2026-06-01")], left_school_on=date(2021, 7, 31)
    )
    assert [line.keep_until for line in lines(history, rule=LEIDEN)] == [date(2029, 6, 1), date(2028, 6, 1)]


def test_a_term_past_the_calendar_never_ends():
    line = only(History(matters=[matter("9998-01-01")]))
    assert (line.keep_until, line.why) == (None, Why.NEVER)


def test_what_holds_nothing_has_no_plan_and_is_never_due():
    assert lines(History(), categories="") == ()
    assert until(()) is None
    assert not is_due(THREE, standing(History(), TODAY), "", TODAY)


DAYS = st.dates(min_value=date(2019, 1, 1), max_value=date(2032, 12, 31)) | st.just(date(2024, 2, 29))
HISTORIES = st.builds(
    History,
    matters=st.lists(st.builds(Matter, ended_on=DAYS | DAYS | st.none()), max_size=3),
    holds=st.lists(st.builds(Hold, ended_on=DAYS | DAYS | st.none(), final_decision_on=st.none() | DAYS), max_size=2),
    left_school_on=st.none() | DAYS,
)


def judged(profile, history, categories, on):
    stands = standing(history, on)
    asked = {
        "profile": profile.id,
        "on": on.isoformat(),
        "act": "destroy",
        "data": {"categories": sorted(categories)},
        "state": {
            "legal_hold": stands.held,
            "open_matters": stands.open_matters,
            "last_matter_ended_on": stands.last_ended_on.isoformat() if stands.last_ended_on else None,
            "left_school_on": stands.left_school_on.isoformat() if stands.left_school_on else None,
        },
    }
    return judge(facts.parse(asked), profile).allowed


@pytest.mark.parametrize("profile", [*PROFILES], ids=lambda each: each.id)
@given(history=HISTORIES, categories=st.sets(st.sampled_from("abcdefghijklmnop"), min_size=1), on=DAYS)
def test_the_plan_and_the_judge_never_differ(profile, history, categories, on):
    leaving = profile.keep_after_leaving
    rule = Rule(
        years=profile.keep_years,
        after_leaving=leaving.years if leaving else None,
        excepted=leaving.except_categories if leaving else frozenset(),
    )
    stands = standing(history, on)
    assert is_due(rule, stands, categories, on) == judged(profile, history, categories, on)
    found = plan(rule, stands, categories)
    assert {letter for line in found for letter in line.categories} == categories
    last = until(found)
    if last is not None and last.year < 2100:
        assert not judged(profile, history, categories, last), "the last day still counts"
