"""The legal clock: scenarios, calendar and properties (PR11.2, PR12.1; Algemene termijnenwet)."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retention.calendar import Calendar, dutch_date, local_date, read_days, shipped_calendar
from retention.errors import TermError
from retention.terms import Length, Suspension, add_months, add_years, keep_until, last_day, remaining

ROWS = Path(__file__).resolve().parent.parent / "data" / "judgement" / "terms.jsonl"
SCENARIOS = [json.loads(line) for line in ROWS.read_text(encoding="utf-8").splitlines()]
DAYS = st.dates(min_value=date(1990, 1, 1), max_value=date(2090, 12, 31))
LENGTHS = st.one_of(
    st.builds(Length, number=st.integers(1, 120), unit=st.just("D")),
    st.builds(Length, number=st.integers(1, 20), unit=st.just("W")),
    st.builds(Length, number=st.integers(1, 14), unit=st.just("M")),
    st.builds(Length, number=st.integers(1, 5), unit=st.just("Y")),
)


@st.composite
def _pauses(draw):
    asked = draw(st.dates(min_value=date(2026, 1, 1), max_value=date(2026, 3, 1)))
    return Suspension(asked_on=asked, proven_on=asked + timedelta(days=draw(st.integers(0, 30))))


def _easter(year):
    """Easter Sunday by the anonymous Gregorian computus: an oracle that is not the library."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def _atw(year):
    """The holidays of Atw art. 3, worked out without the library."""
    easter = _easter(year)
    king = date(year, 4, 27) if date(year, 4, 27).weekday() != 6 else date(year, 4, 26)
    moving = {easter + timedelta(days=offset) for offset in (-2, 1, 39, 50)}
    return moving | {date(year, 1, 1), king, date(year, 5, 5), date(year, 12, 25), date(year, 12, 26)}


@pytest.mark.parametrize("row", SCENARIOS, ids=[row["id"] for row in SCENARIOS])
def test_scenario_ends_on_the_expected_day(row):
    pauses = [Suspension(asked_on=date.fromisoformat(a), proven_on=date.fromisoformat(b)) for a, b in row["suspended"]]
    term = last_day(date.fromisoformat(row["from"]), Length.parse(row["length"]), pauses)
    assert term.last_day.isoformat() == row["expect"]


@pytest.mark.parametrize("year", range(2014, 2101))
def test_public_holidays_are_exactly_those_of_the_law(year):
    bare = Calendar()
    days = [date(year, 1, 1) + timedelta(days=offset) for offset in range(366)]
    workdays = [day for day in days if day.year == year and day.weekday() < 5]
    assert {day for day in workdays if bare.free_day(day)} == {day for day in _atw(year) if day.weekday() < 5}


@settings(deadline=None)
@given(DAYS, LENGTHS)
def test_a_term_that_moves_ends_on_the_first_working_day(start, length):
    term = last_day(start, length)
    calendar = shipped_calendar()
    if length.moves:
        assert calendar.free_day(term.last_day) is None
        gap = [term.unmoved + timedelta(days=n) for n in range((term.last_day - term.unmoved).days)]
        assert all(calendar.free_day(day) for day in gap)
    else:
        assert term.last_day == term.unmoved
        assert "schuift niet op" in term.why


@settings(deadline=None)
@given(DAYS, LENGTHS)
def test_a_later_start_never_ends_earlier(start, length):
    assert last_day(start, length).last_day <= last_day(start + timedelta(days=1), length).last_day


@settings(deadline=None)
@given(DAYS, LENGTHS)
def test_the_why_names_the_move_and_only_then(start, length):
    term = last_day(start, length)
    assert ("daarom" in term.why) is (term.last_day != term.unmoved)
    assert dutch_date(start) in term.why


@settings(deadline=None)
@given(st.lists(_pauses(), max_size=5), st.randoms())
def test_suspended_days_count_once_and_in_any_order(pauses, random):
    days = {
        pause.asked_on + timedelta(days=n)
        for pause in pauses
        for n in range(1, (pause.proven_on - pause.asked_on).days + 1)
    }
    length, start = Length.parse("P13W"), date(2026, 1, 1)
    expected = last_day(start, length).unmoved + timedelta(days=len(days))
    assert last_day(start, length, pauses).unmoved == expected
    random.shuffle(pauses)
    assert last_day(start, length, pauses).unmoved == expected


@settings(deadline=None)
@given(DAYS, st.integers(1, 20))
def test_keeping_ends_on_the_same_date_years_on(ended, years):
    until = keep_until(ended, years)
    assert until.year == ended.year + years
    leap = (ended.month, ended.day) == (2, 29)
    assert (until.month, until.day) == (ended.month, ended.day) or (leap and (until.month, until.day) == (2, 28))


@settings(deadline=None)
@given(DAYS, st.integers(0, 40))
def test_months_keep_the_day_number_or_take_the_last_day(day, months):
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later.day < day.day and (later + timedelta(days=1)).day == 1)


def test_the_why_says_it_is_kings_day():
    term = last_day(date(2026, 1, 27), Length.parse("P3M"))
    assert term.why.endswith("27 april is Koningsdag, daarom 28 april")


def test_fifth_of_may_is_a_holiday_every_year_and_good_friday_too():
    assert {shipped_calendar().free_day(date(year, 5, 5)) for year in range(2000, 2101)} == {"Bevrijdingsdag"}
    assert shipped_calendar().free_day(date(2026, 4, 3)) == "Goede Vrijdag"


def test_the_decreed_days_are_those_of_the_specification():
    assert {day.isoformat() for day in shipped_calendar().decreed} == {
        *("2024-05-10", "2024-12-27", "2025-05-30", "2026-01-02"),
        *("2026-05-15", "2027-05-07", "2028-04-28", "2028-05-26"),
    }


def test_an_swv_can_add_a_decreed_day():
    extra = read_days('[[days]]\non = 2029-05-11\nname = "de vrijdag na Hemelvaartsdag"\n')
    calendar = shipped_calendar().extended(extra)
    term = last_day(date(2029, 4, 13), Length.parse("P4W"), calendar=calendar)
    assert term.last_day == date(2029, 5, 14)
    assert "gelijkgesteld met een feestdag (de vrijdag na Hemelvaartsdag)" in term.why


@pytest.mark.parametrize(
    "text",
    [
        "days = 1",
        "",
        "other = 1\ndays = []",
        "days = [1]",
        "[[days]]\non = 2029-05-11",
        '[[days]]\non = "2029-05-11"\nname = "x"',
        '[[days]]\non = 2029-05-11T00:00:00\nname = "x"',
        '[[days]]\non = 2029-05-11\nname = " "',
        '[[days]]\non = 2029-05-11\nname = "x"\n[[days]]\non = 2029-05-11\nname = "y"',
        "[[days",
    ],
)
def test_a_days_file_in_another_form_is_refused(text):
    with pytest.raises(TermError):
        read_days(text)


@pytest.mark.parametrize(
    "text", ["", "P", "4W", "P0D", "P-1D", "P1.5W", "P1Y6M", "p4w", "P4W ", "P4H", "P٣D", "P100000D"]
)
def test_another_length_is_refused(text):
    with pytest.raises(TermError):
        Length.parse(text)


def test_a_length_shorter_than_one_is_refused():
    with pytest.raises(TermError):
        Length(number=0, unit="D")


def test_proof_before_the_letter_is_refused():
    with pytest.raises(TermError):
        Suspension(asked_on=date(2026, 9, 2), proven_on=date(2026, 9, 1))


@pytest.mark.parametrize("length", ["P1D", "P1W", "P1M", "P1Y"])
def test_a_term_past_the_calendar_is_refused(length):
    with pytest.raises(TermError):
        last_day(date(9999, 12, 31), Length.parse(length))


def test_months_reach_to_both_ends_of_the_calendar():
    assert add_months(date(1, 1, 31), 1) == date(1, 2, 28)
    assert add_months(date(9999, 10, 31), 2) == date(9999, 12, 31)
    with pytest.raises(TermError):
        add_months(date(1, 1, 1), -1)


@pytest.mark.parametrize("year", [1950, 2101, 2500])
def test_a_year_without_known_holidays_is_refused_not_guessed(year):
    with pytest.raises(TermError, match=str(year)):
        last_day(date(year, 3, 3), Length.parse("P1W"))


def test_a_long_term_needs_no_holidays():
    assert last_day(date(2101, 1, 1), Length.parse("P3Y")).last_day == date(2104, 1, 1)


@pytest.mark.parametrize(
    ("last", "text"),
    [
        (date(2026, 11, 27), "nog 6 dagen (t/m vrijdag 27 november)"),
        (date(2026, 11, 22), "nog 1 dag (t/m zondag 22 november)"),
        (date(2026, 11, 21), "vandaag is de laatste dag (zaterdag 21 november)"),
        (date(2026, 11, 18), "3 dagen te laat (t/m woensdag 18 november)"),
        (date(2027, 1, 4), "nog 44 dagen (t/m maandag 4 januari 2027)"),
    ],
)
def test_remaining_days_are_told_in_dutch(last, text):
    assert remaining(last, date(2026, 11, 21)) == text


def test_dates_are_written_in_dutch():
    assert dutch_date(date(2026, 11, 27)) == "27 november 2026"
    months = [dutch_date(date(2026, month, 1)) for month in range(1, 13)]
    assert all(one != two for one, two in pairwise(months))


def test_a_day_is_that_of_amsterdam():
    assert local_date(datetime(2026, 11, 27, 23, 30, tzinfo=UTC)) == date(2026, 11, 28)
    assert local_date(datetime(2026, 6, 30, 21, 59, tzinfo=UTC)) == date(2026, 6, 30)
    assert local_date(datetime(2026, 6, 30, 22, 0, tzinfo=UTC)) == date(2026, 7, 1)


def test_an_instant_without_zone_is_refused():
    with pytest.raises(TermError):
        local_date(datetime(2026, 11, 27, 23, 30))


def test_the_leap_day_becomes_the_28th():
    assert add_years(date(2024, 2, 29), 3) == date(2027, 2, 28)
    assert add_years(date(2024, 2, 29), 4) == date(2028, 2, 29)
