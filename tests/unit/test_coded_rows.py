"""What research and policy get is codes alone, and no combination stands for fewer than the profile asks (PR4.2)."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.disclosure.coding import FIELDS, SUPPRESSED, Told, coded, half_year, suppressed
from gateway.reglement.errors import ProfileError
from gateway.reglement.profiles import parse, shipped

ROWS = st.dictionaries(
    st.text("0123456789abcdef", min_size=4, max_size=4),
    st.tuples(*(st.sampled_from("abc") for _ in FIELDS)),
    max_size=40,
)


def told(**changes):
    values = {
        "born": date(2016, 3, 9), "notified_on": date(2026, 9, 1), "enrolled_from": date(2022, 8, 20),
        "kinds": ("conversation",), "categories": frozenset({"a", "b", "d", "e", "g", "c.birthplace"}),
    }  # fmt: skip
    return Told(**{**values, **changes})


def test_a_row_says_bands_and_periods_and_no_category_that_identifies():
    row = coded(told(), date(2026, 11, 22))
    assert row == ("10-11", "2026-2", "3 tot 5 jaar", "1-3", "conversation", "c e g")
    assert coded(told(born=date(2017, 11, 23)), date(2026, 11, 22))[0] == "8-9"
    assert coded(told(kinds=("een vrije tekst",)), date(2026, 11, 22))[4] == ""
    assert (half_year(date(2026, 6, 30)), half_year(date(2026, 7, 1))) == ("2026-1", "2026-2")


@settings(max_examples=150, deadline=None)
@given(rows=ROWS, k=st.integers(2, 6))
def test_every_combination_that_leaves_is_shared_by_enough_dossiers_and_says_nothing_untrue(rows, k):
    kept = suppressed(rows, k)
    shared = Counter(kept.values())
    assert all(count >= k for count in shared.values())
    for each, row in kept.items():
        assert all(code in {SUPPRESSED, was} for code, was in zip(row, rows[each], strict=True))
        assert set(row) != {SUPPRESSED}
    crowd = Counter(rows.values())
    assert all(kept[each] == row for each, row in rows.items() if crowd[row] >= k), "what is common stays whole"


def test_a_profile_may_ask_more_and_no_less_than_three():
    document = dict(shipped().get("avg-2018").document)
    assert parse(document).coded_minimum == 5
    asks = {**document, "disclose": {**document["disclose"], "coded_minimum": 12}}
    assert parse(asks).coded_minimum == 12
    with pytest.raises(ProfileError, match="dates_as"):
        parse({**document, "disclose": {**document["disclose"], "dates_as": "alles"}})
    with pytest.raises(ProfileError, match="coded_minimum"):
        parse({**document, "disclose": {**document["disclose"], "coded_minimum": 2}})
