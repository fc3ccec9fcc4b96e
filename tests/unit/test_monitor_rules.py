"""Counts that stay and counts that are shown: nothing under k can be read from them, nor reckoned back (PR4.2, IN6)."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.matters.rules import BESLUIT_KINDS, FUNDING_OF
from gateway.monitor import rules
from gateway.monitor.rules import Decided, Kept
from gateway.reglement.afterlife import FLOOR, AfterlifeRules, read_afterlife
from gateway.reglement.errors import ProfileError

K = 5


def besluit(**changes):
    values = {
        "kind": "tlv",
        "started_on": date(2026, 9, 1),
        "decided_on": date(2026, 10, 1),
        "school_type": "so",
        "funding": "hoog",
        "second_opinion": False,
    }
    return Decided(**{**values, **changes})


def test_a_school_year_begins_on_the_first_of_august():
    assert [rules.school_year(date(2026, month, day)) for month, day in ((7, 31), (8, 1))] == [2025, 2026]
    assert rules.year_name(2026) == "2026/2027"


@pytest.mark.parametrize(
    ("decided", "coarse"),
    [
        (date(2026, 10, 13), "within"),  # six weeks after a Tuesday
        (date(2026, 10, 14), "longer"),
        (date(2026, 11, 10), "longer"),
        (date(2026, 11, 11), "long"),
    ],
)
def test_how_long_a_matter_took_is_told_coarsely(decided, coarse):
    assert rules.duration(date(2026, 9, 1), decided) == coarse


def test_a_term_of_six_weeks_that_ends_on_a_holiday_ends_on_the_next_working_day():
    assert rules.duration(date(2026, 2, 23), date(2026, 4, 7)) == "within"  # 6 April 2026 is Easter Monday


@pytest.mark.parametrize(
    ("received", "answered", "extended", "told"),
    [
        (None, None, False, "none"),
        (date(2026, 9, 1), None, False, "none"),
        (date(2026, 9, 1), date(2026, 9, 15), False, "in_time"),
        (date(2026, 9, 1), date(2026, 9, 16), False, "late"),
        (date(2026, 9, 1), date(2026, 10, 13), True, "in_time"),
        (date(2026, 9, 1), date(2026, 10, 14), True, "late"),
    ],
)
def test_a_second_opinion_is_in_time_within_two_weeks_or_six_when_it_was_extended(received, answered, extended, told):
    assert rules.answer(received, answered, extended=extended) == told


def test_a_besluit_counts_in_codes_alone():
    assert list(rules.paths_of(besluit())) == [
        "tlv",
        "tlv/duration/within",
        "tlv/asked/no",
        "tlv/school_type/so",
        "tlv/school_type/so/funding/hoog",
    ]
    assert list(rules.paths_of(besluit(funding=None)))[-1] == "tlv/school_type/so"
    assert list(rules.paths_of(besluit(kind="advice", second_opinion=True))) == [
        "advice",
        "advice/duration/within",
        "advice/asked/yes",
    ]
    assert list(rules.paths_of(besluit(school_type=None)))[-1] == "tlv/asked/no"


def test_every_kind_of_besluit_and_of_school_is_counted_and_has_words():
    assert set(rules.BESLUITEN) == set(BESLUIT_KINDS) <= set(rules.SUBJECTS)
    every = [
        path
        for kind, (school, fundings), second in product(BESLUIT_KINDS, FUNDING_OF.items(), (False, True))
        for funding in fundings
        for path in rules.paths_of(besluit(kind=kind, school_type=school, funding=funding, second_opinion=second))
    ]
    full = Counter(dict.fromkeys(every, 50))
    shown = {figure.subject: figure for figure in rules.figures(full, K)}
    assert shown["tlv"].number == 50
    (school,) = [split for split in shown["tlv"].splits if split.name == "school_type"]
    assert [value for value, _ in school.apart] == list(FUNDING_OF)
    assert {value: tuple(code for code, _ in each.apart) for value, each in school.below} == FUNDING_OF


# What stays


def test_what_fewer_than_k_share_stays_in_the_path_above_and_not_apart():
    common, rare = Counter(rules.paths_of(besluit())), Counter(rules.paths_of(besluit(school_type="vso")))
    living = Counter(dict.fromkeys(common, 20))
    kept = rules.settled(rules.NOTHING, rare, living, K)
    assert kept == Kept(counts={"tlv": 1, "tlv/asked/no": 1, "tlv/duration/within": 1}, whole=True)
    kept = rules.settled(kept, common, living, K)
    assert (kept.counts["tlv"], kept.counts["tlv/school_type/so/funding/hoog"]) == (2, 1)


def test_of_a_kind_with_fewer_than_k_in_a_school_year_nothing_stays_and_the_year_says_so():
    kept = rules.settled(rules.NOTHING, Counter(rules.paths_of(besluit())), {"tlv": K - 2}, K)
    assert kept == Kept(counts={}, whole=False)
    assert [each.number for each in rules.figures(kept.counts, K, whole=kept.whole)] == [None] * len(rules.SUBJECTS)


def test_what_stood_apart_goes_into_the_path_above_when_the_others_went_elsewhere():
    kept = Kept(counts={"tlv": 6, "tlv/school_type/so": 2}, whole=True)
    assert rules.settled(kept, {"tlv": 1}, {}, K).counts == {"tlv": 7}


KINDS = st.builds(
    besluit,
    school_type=st.sampled_from(["sbo", "so", "vso"]),
    funding=st.sampled_from(["laag", "hoog"]),
    second_opinion=st.booleans(),
    kind=st.sampled_from(["tlv", "advice"]),
)


@given(st.lists(KINDS, max_size=30), st.data())
def test_nothing_stays_apart_that_fewer_than_k_ever_shared(every, data):
    living = Counter(path for each in every for path in rules.paths_of(each))
    all_there_were = Counter(living)
    kept = rules.NOTHING
    for each in data.draw(st.permutations(every)):
        added = Counter(rules.paths_of(each))
        if rules.enough(kept.counts, added, K):
            kept = rules.with_added(kept, added)
        else:
            kept = rules.settled(kept, added, living - added, K)
        living -= added
        assert all(all_there_were[path] >= K for path in kept.counts)
        assert all(kept.counts[path] + living[path] == all_there_were[path] for path in kept.counts)
    subjects = {path: count for path, count in all_there_were.items() if "/" not in path and count >= K}
    assert {path: count for path, count in kept.counts.items() if "/" not in path} == subjects


@given(st.lists(KINDS, max_size=40), st.integers(0, 40))
def test_last_year_says_the_same_before_and_after_its_dossiers_are_destroyed(every, gone):
    living = Counter(path for each in every for path in rules.paths_of(each))
    before = rules.figures(living, K)
    kept = rules.NOTHING
    for each in every[:gone]:
        added = Counter(rules.paths_of(each))
        kept = rules.settled(kept, added, living - added, K)
        living -= added
    after = rules.figures(rules.with_added(kept, living).counts, K, whole=kept.whole)
    zero = {figure.subject for figure in before if figure.number == 0}
    assert [each.number for each in after if each.subject not in zero] == [
        each.number for each in before if each.subject not in zero
    ]


# What is shown


def every_number(splits):
    for split in splits:
        yield from (number for _, number in split.apart)
        yield split.together
        yield from every_number([below for _, below in split.below])


@given(st.lists(KINDS, max_size=60), st.integers(FLOOR, 12), st.booleans())
def test_no_number_that_is_shown_is_between_nothing_and_k(every, k, whole):
    counts = Counter(path for each in every for path in rules.paths_of(each))
    for figure in rules.figures(counts, k, whole=whole):
        assert figure.number is None or figure.number == 0 or figure.number >= k
        assert all(number == 0 or number >= k for number in every_number(figure.splits))
        for split in figure.splits:
            assert sum(number for _, number in split.apart) + split.together == figure.number


def test_without_counts_every_figure_says_none():
    assert {figure.number for figure in rules.figures({}, K)} == {0}


@pytest.mark.parametrize(
    ("counts", "whole", "shown"),
    [
        ({"a": 9, "b": 2}, 11, None),  # b would be what is left
        ({"a": 9, "b": 2, "c": 7}, 18, ([("c", 7)], ["a", "b"], 11)),
        ({"a": 9, "b": 0, "c": 7}, 16, ([("a", 9), ("b", 0), ("c", 7)], [], 0)),
        ({"a": 9, "b": 0, "c": 7}, 18, ([("c", 7)], ["a", "b"], 11)),  # of two it is not known which they are
        ({"a": 9, "b": 7}, 22, ([("a", 9), ("b", 7)], [], 6)),
        ({"a": 9, "b": 3, "c": 4}, 16, ([("a", 9)], ["b", "c"], 7)),
        ({"a": 9, "b": 4, "c": 4}, 17, None),  # eight of two that are at most four each
        ({"a": 9, "b": 4, "c": 4, "d": 6}, 23, ([("d", 6)], ["a", "b", "c"], 17)),
        ({"a": 0, "b": 3, "c": 2}, 5, None),
    ],
)
def test_what_is_small_stands_with_another_in_one_number(counts, whole, shown):
    split = rules.split_of("x", counts, whole, K)
    assert (split and (split.apart, split.others, split.together)) == shown


@pytest.mark.parametrize(
    ("values", "most", "rest"), [(2, 3 * K, 0), (3, 2 * K + 3, 0), (4, 2 * K, 0), (3, K + 3, K + 3)]
)
def test_who_knows_the_rule_and_every_total_cannot_reckon_back_what_is_small(values, most, rest):
    """All tables that could have led to what is shown: in them, whatever is small is at least two different numbers."""
    led_to = defaultdict(list)
    for counts in product(range(most + 1), repeat=values):
        for left in range(rest + 1):
            whole = sum(counts) + left
            split = rules.split_of("x", dict(zip("abcd", counts, strict=False)), whole, K) if whole >= K else None
            if split is not None and split.together <= most:
                led_to[tuple(split.apart), tuple(split.others), split.together].append(counts)
    assert len(led_to) > 50
    for tables in led_to.values():
        for place in range(values):
            could_be = {counts[place] for counts in tables}
            assert len(could_be) > 1 or not 0 < min(could_be) < K


# What the reglement says


def test_a_reglement_that_says_nothing_keeps_no_counts():
    assert AfterlifeRules() == AfterlifeRules(on=False, k=10)
    assert read_afterlife({"on": True}) == AfterlifeRules(on=True, k=10)
    assert read_afterlife({"on": False, "k": 20}) == AfterlifeRules(on=False, k=20)


@pytest.mark.parametrize("said", [{}, {"on": 1}, {"on": True, "k": FLOOR - 1}, {"on": True, "K": 10}, []])
def test_what_a_reglement_says_wrongly_is_refused(said):
    with pytest.raises(ProfileError):
        read_afterlife(said)
