"""The clock of 72 hours (AVG 33), and tables in which a small count cannot be found back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.context import AMSTERDAM
from gateway.oversight.breach_rules import clock, deadline, from_local
from gateway.oversight.charts import HEIGHT, WIDTH, stacked
from gateway.oversight.small_counts import publish, share


@pytest.mark.parametrize(
    ("found", "until"),
    [
        ("2026-11-20T16:30", "2026-11-23T16:30"),  # over a weekend the hours run on
        ("2026-10-23T12:00", "2026-10-26T11:00"),  # the clock goes back: 72 hours are 72 hours
        ("2027-03-26T12:00", "2027-03-29T13:00"),  # the clock goes forward
        ("2026-10-25T02:30", "2026-10-28T01:30"),  # this half past two comes twice: the first counts
    ],
)
def test_the_term_ends_72_hours_after_the_discovery_in_the_time_of_amsterdam(found, until):
    moment = from_local(datetime.fromisoformat(found))
    assert deadline(moment) - moment == timedelta(hours=72)
    assert deadline(moment).astimezone(AMSTERDAM).strftime("%Y-%m-%dT%H:%M") == until


NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("after", "reported", "verdict", "left", "late", "running"),
    [
        (timedelta(0), None, None, 72, False, True),
        (timedelta(hours=71, minutes=59), None, "yes", 0, False, True),
        (timedelta(hours=72, minutes=1), None, "yes", -1, True, True),
        (timedelta(hours=90), None, "no", -18, False, False),
        (timedelta(hours=90), timedelta(hours=10), "yes", -18, False, False),
        (timedelta(hours=90), timedelta(hours=80), "yes", -18, True, False),
    ],
)
def test_the_clock_runs_until_it_is_reported_or_decided_not_to(after, reported, verdict, left, late, running):
    found = clock(NOON, NOON + after, reported_at=NOON + reported if reported else None, verdict=verdict)
    assert (found.hours_left, found.late, found.running) == (left, late, running)


ROWS, COLUMNS = ("jan", "feb", "mrt"), ("a", "b", "c")
_counts = st.fixed_dictionaries({(row, column): st.integers(0, 40) for row in ROWS for column in COLUMNS})


@given(_counts, st.data())
def test_what_is_published_says_nothing_of_which_small_count_is_hidden(counts, data):
    """Other hidden counts, the same page: then no subtraction of totals can bring one back."""
    others = {place: data.draw(st.integers(1, 4)) if 0 < count < 5 else count for place, count in counts.items()}
    first, second = publish(ROWS, COLUMNS, counts), publish(ROWS, COLUMNS, others)
    assert first == second
    assert share(first, ["b"]) == share(second, ["b"])


@given(_counts)
def test_nothing_from_one_to_four_is_shown_and_totals_are_of_what_is_shown(counts):
    table = publish(ROWS, COLUMNS, counts)
    for place, cell in table.cells.items():
        assert cell.hidden == (0 < counts[place] < 5)
        assert cell.number == (0 if cell.hidden else counts[place])
    assert table.total.number == sum(cell.number for cell in table.cells.values())
    assert table.total.at_least == table.hides
    if not table.hides:
        assert table.total.number == sum(counts.values())


def test_a_share_is_rounded_and_said_only_when_there_is_enough():
    assert share(publish(["x"], ["a", "b"], {("x", "a"): 15, ("x", "b"): 4}), ["b"]) is None
    assert share(publish(["x"], ["a", "b"], {("x", "a"): 41, ("x", "b"): 59}), ["b"]) == 60


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), max_size=14))
def test_every_bar_lies_within_the_picture_and_is_as_high_as_its_number(values):
    chart = stacked(
        [str(at) for at in range(len(values))], [("a", [a for a, _ in values]), ("b", [b for _, b in values])]
    )
    for bar in chart.bars:
        assert 0 <= bar.x <= bar.x + bar.width <= WIDTH
        assert 0 <= bar.y <= bar.y + bar.height <= HEIGHT
    tops = [number for _, number in chart.ticks]
    assert max(tops) >= max((a + b for a, b in values), default=0)
