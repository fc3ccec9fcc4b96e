"""What the log gives a signal for, and what it does not (issue 5, review queue)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.events import Action, Outcome
from gateway.oversight.signals import KINDS, Seen, Thresholds, detect
from gateway.oversight.wordings import SIGNALS, THRESHOLDS, why

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LIMITS = Thresholds(dossiers_a_day=3, refusals_a_day=2, failures_an_hour=3, known_sign_ins=2, granted_days=14)


def seen(name, at=MONDAY, action=Action.CONSULT, **changes):
    values = {"outcome": Outcome.SUCCESS, "actor": "a", "role": "swv_staff", "dossier": "d", **changes}
    return Seen(event_id=name, at=at, action=action, **values)


def minutes(count):
    return timedelta(minutes=count)


def kinds(events, limits=LIMITS):
    return [found.kind for found in detect(events, limits)]


MANY = [seen(f"m{n}", MONDAY + minutes(n), dossier=f"d{n}") for n in range(3)]
LATE = [seen("late", datetime(2026, 11, 23, 20, 30, tzinfo=UTC))]
GLASS = [seen("glass", action=Action.BREAK_GLASS)]
REFUSED = [
    seen(f"r{n}", MONDAY + minutes(n), Action.REFUSE, outcome=Outcome.REFUSED, object_type="document_version")
    for n in range(2)
]
GRANTED = [
    seen("no", MONDAY, Action.REFUSE, outcome=Outcome.REFUSED, object_type="verstrekking", recipient="p"),
    seen("yes", MONDAY + timedelta(days=3), Action.DISCLOSE, object_type="verstrekking", object_id="v", recipient="p"),
]
FAILED = [
    seen(f"f{n}", MONDAY + minutes(10 * n), Action.SIGN_IN_FAILED, actor=None, role=None, dossier=None, object_id="a")
    for n in range(3)
]
NEW = [
    seen(f"s{n}", MONDAY + minutes(n), Action.SIGN_IN, dossier=None, network=f"192.0.2.{0 if n < 2 else 128}/25")
    for n in range(3)
]
ALL = [*MANY, *LATE, *GLASS, *REFUSED, *GRANTED, *FAILED, *NEW]


@pytest.mark.parametrize(
    ("day", "told"),
    [
        (datetime(2026, 4, 27, 9, 0, tzinfo=UTC), True),  # Koningsdag, a Monday
        (datetime(2026, 5, 5, 9, 0, tzinfo=UTC), True),  # Bevrijdingsdag: the Atw names it every year
        (datetime(2026, 5, 15, 9, 0, tzinfo=UTC), True),  # the Friday after Hemelvaart, made equal by decree
        (datetime(2026, 12, 25, 9, 0, tzinfo=UTC), True),
        (datetime(2026, 4, 26, 22, 30, tzinfo=UTC), True),  # already Koningsdag in Amsterdam
        (datetime(2026, 4, 28, 9, 0, tzinfo=UTC), False),
        (datetime(2101, 4, 27, 9, 0, tzinfo=UTC), False),  # where the calendar ends only weekends are known
        (datetime(2101, 4, 30, 9, 0, tzinfo=UTC), True),
    ],
)
def test_reading_on_a_free_day_is_outside_hours_unless_the_swv_says_otherwise(day, told):
    assert ("outside_hours" in kinds([seen("one", day)])) is told
    assert "outside_hours" not in kinds([seen("one", day)], Thresholds(weekend=0, from_hour=0, until_hour=24))


@pytest.mark.parametrize(
    ("events", "kind", "subject"),
    [
        (MANY, "many_dossiers", "a"),
        (LATE, "outside_hours", "a"),
        (GLASS, "break_glass", "glass"),
        (REFUSED, "refused_reading", "a"),
        (GRANTED, "refused_then_granted", "v"),
        (FAILED, "sign_in_failures", "a"),
        (NEW, "new_network", "a"),
    ],
)
def test_each_pattern_gives_its_signal_with_its_events_and_one_event_less_gives_none(events, kind, subject):
    (found,) = detect(events, LIMITS)
    assert (found.kind, found.subject) == (kind, subject)
    expected = events[-1:] if kind == "new_network" else events
    assert {event.event_id for event in found.events} == {event.event_id for event in expected}
    assert detect(events[:-1], LIMITS) == []


@pytest.mark.parametrize(
    ("events", "limits"),
    [
        (MANY, Thresholds(dossiers_a_day=0)),
        (REFUSED, Thresholds(refusals_a_day=0)),
        (GRANTED, Thresholds(granted_days=0)),
        (FAILED, Thresholds(failures_an_hour=0)),
        (NEW, Thresholds(known_sign_ins=0)),
    ],
)
def test_a_threshold_of_nothing_switches_the_signal_off(events, limits):
    assert detect(events, limits) == []


@pytest.mark.parametrize(
    ("moment", "limits", "expected"),
    [
        (datetime(2026, 11, 23, 6, 0, tzinfo=UTC), LIMITS, []),  # seven in Amsterdam in winter
        (datetime(2026, 7, 20, 5, 0, tzinfo=UTC), LIMITS, []),  # and in summer
        (datetime(2026, 11, 23, 5, 59, tzinfo=UTC), LIMITS, ["outside_hours"]),
        (datetime(2026, 11, 23, 18, 59, tzinfo=UTC), LIMITS, []),
        (datetime(2026, 11, 23, 19, 0, tzinfo=UTC), LIMITS, ["outside_hours"]),
        (datetime(2026, 11, 21, 11, 0, tzinfo=UTC), LIMITS, ["outside_hours"]),  # a Saturday
        (datetime(2026, 11, 21, 11, 0, tzinfo=UTC), Thresholds(weekend=0), []),
        (datetime(2026, 11, 23, 22, 59, tzinfo=UTC), Thresholds(until_hour=24), []),
    ],
)
def test_working_hours_are_those_of_amsterdam(moment, limits, expected):
    assert kinds([seen("x", moment)], limits) == expected


def test_what_only_resembles_a_pattern_gives_no_signal():
    over_midnight = [seen(f"m{n}", MONDAY + timedelta(days=n), dossier=f"d{n}") for n in range(3)]
    same_dossier = [seen(f"m{n}", MONDAY + minutes(n)) for n in range(9)]
    by_family = [seen(f"m{n}", MONDAY, dossier=f"d{n}", role="guardian") for n in range(9)]
    to_another = [
        GRANTED[0],
        seen("yes", MONDAY, Action.DISCLOSE, object_type="verstrekking", object_id="v", recipient="q"),
    ]
    too_late = [
        GRANTED[0],
        seen(
            "yes",
            MONDAY + timedelta(days=15),
            Action.DISCLOSE,
            object_type="verstrekking",
            object_id="v",
            recipient="p",
        ),
    ]
    spread = [
        seen(f"f{n}", MONDAY + minutes(40 * n), Action.SIGN_IN_FAILED, dossier=None, object_id="a") for n in range(5)
    ]
    for events in (over_midnight, same_dossier, by_family, to_another, too_late, spread):
        assert detect(events, LIMITS) == []


# Acts of other people on other dossiers, within working hours: whatever they are, they say nothing about these.
_unrelated = st.builds(
    lambda number, action, minute: seen(
        f"u{number}",
        MONDAY + minutes(minute),
        action,
        actor=f"other{number}",
        dossier=f"elsewhere{number}",
        object_type="verstrekking" if action is Action.DISCLOSE else "dossier",
        object_id=f"o{number}",
        network="198.51.100.0/24",
        recipient=f"x{number}",
    ),
    st.integers(0, 10_000),
    st.sampled_from([action for action in Action if action is not Action.BREAK_GLASS]),
    st.integers(0, 8 * 60),
)


@given(st.lists(_unrelated, max_size=30, unique_by=lambda event: event.event_id), st.randoms(use_true_random=False))
def test_events_of_others_never_make_or_change_a_signal_and_order_says_nothing(others, random):
    assert detect(others, LIMITS) == []
    mixed = [*ALL, *others]
    random.shuffle(mixed)
    assert sorted(detect(mixed, LIMITS), key=repr) == sorted(detect(ALL, LIMITS), key=repr)


@given(st.lists(st.sampled_from(ALL), max_size=40))
def test_the_same_event_told_twice_is_one_event(events):
    once = {event.event_id: event for event in events}.values()
    assert detect([*events, *events], LIMITS) == detect(once, LIMITS)


def test_every_kind_has_its_words_and_every_threshold_its_question():
    assert set(SIGNALS) == set(KINDS)
    assert set(THRESHOLDS) == set(LIMITS.as_json())
    for kind in KINDS:
        assert "Jan" in why(kind, name="Jan", number=3, day="23-11-2026", limits=LIMITS)
