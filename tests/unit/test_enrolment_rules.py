"""What follows from an enrolment history on a day. Source: PR9.2, PR12.1, issue 4."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.dossiers.enrolment_rules import Stretch, left_on, school_on

DAYS = st.dates(date(2015, 1, 1), date(2035, 12, 31))
ONE = timedelta(days=1)


@st.composite
def histories(draw):
    """Moves on rising days between schools of the tenant and others, and the last stretch open or ended."""
    starts = sorted(draw(st.sets(DAYS, min_size=1, max_size=5)))
    schools = [draw(st.sampled_from(["linde", "pad", None])) for _ in starts]
    ends = [after - ONE for after in starts[1:]] + [None]
    return [Stretch(school_id=s, first=a, last=z) for s, a, z in zip(schools, starts, ends, strict=True)]


@given(histories(), DAYS)
def test_on_each_day_a_pupil_is_at_one_school_or_has_left_or_was_never_there(history, on):
    here = school_on(history, on)
    covering = [stretch for stretch in history if stretch.covers(on)]
    assert len(covering) <= 1
    assert here == (covering[0].school_id if covering else None)
    if here is not None:
        assert left_on(history, on) is None


@given(histories(), DAYS)
def test_who_left_was_there_on_the_last_day_and_on_no_later_day_until_now(history, on):
    last = left_on(history, on)
    if last is not None:
        assert last < on
        assert school_on(history, last) is not None
        assert school_on(history, last + ONE) is None


def test_on_the_day_of_the_move_the_new_school_counts_and_the_day_before_the_old_one():
    day = date(2026, 8, 1)
    history = [
        Stretch(school_id="linde", first=None, last=day - ONE),
        Stretch(school_id="pad", first=day, last=None),
    ]
    assert school_on(history, day - ONE) == "linde"
    assert school_on(history, day) == "pad"
    assert left_on(history, day) is None


def test_a_move_to_outside_is_leaving_on_the_last_day_here():
    day = date(2026, 8, 1)
    history = [
        Stretch(school_id="linde", first=None, last=day - ONE),
        Stretch(school_id=None, first=day, last=None),
    ]
    assert left_on(history, day - ONE) is None
    assert left_on(history, day) == day - ONE
