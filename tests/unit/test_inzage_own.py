"""In an inzage only what is of others goes: the choice that the detector, the masker and the proof share (AVG 15(4))."""

from __future__ import annotations

import pytest

from gateway.anonymisation.choices import Added, Choices, is_own, key_of, stays, without
from gateway.anonymisation.finds import Find

OWN = frozenset({"jip", "jips", "van", "zwollebol", "mies", "bedachte kade 7", "06 00000001"})
INZAGE = Choices(own=OWN)


def find(kind: str, source: str = "model") -> Find:
    return Find(start=0, end=1, kind=kind, source=source, certainty=1.0, replacement="[x]")


@pytest.mark.parametrize(
    ("text", "kind", "source", "expected"),
    [
        ("Jip van Zwollebol", "PERSON_PUPIL", "known", True),
        ("Mies van Zwollebol", "PERSON_PARENT", "known", True),
        ("Jips", "PERSON_OTHER", "model", True),
        ("Karel van Zwollebol", "PERSON_PARENT", "known", False),  # the other parent shares the surname only
        ("Zwollebol", "PERSON_PARENT", "known", True),
        ("Achmed Benali", "PERSON_OTHER", "model", False),
        ("06-00000001", "PHONE", "known", True),
        ("06-00000002", "PHONE", "pattern", False),
        ("Bedachte Kade 7", "ADDRESS", "known", True),
        ("Kade 7", "ADDRESS", "pattern", False),
        ("9 maart 2016", "DATE_BIRTH", "known", True),
        ("1 mei 2015", "DATE_BIRTH", "pattern", False),
        ("12 april", "DATE", "pattern", True),
        ("Verzinstad", "PLACE", "known", True),
        ("De Verzonnen Linde", "SCHOOL", "known", True),
    ],
)
def test_what_is_of_the_pupil_or_the_requester_stays_and_what_is_of_others_goes(
    text: str, kind: str, source: str, expected: bool
) -> None:
    assert is_own(kind, source, key_of(text), INZAGE) is expected
    assert stays(INZAGE, find(kind, source), text) is expected


def test_the_officer_lets_a_name_stay_and_an_added_text_always_goes() -> None:
    kept = Choices(own=OWN, keep=frozenset({"achmed benali"}))
    assert stays(kept, find("PERSON_OTHER"), "Achmed Benali")
    assert not stays(INZAGE, find("PERSON_OTHER", "reviewer"), "Jip")
    go, stay = without([find("PERSON_OTHER"), find("PLACE")], INZAGE, "J")
    assert ([each.kind for each in go], [each.kind for each in stay]) == (["PERSON_OTHER"], ["PLACE"])


def test_without_own_nothing_of_pupil_or_parent_stays_as_before() -> None:
    ordinary = Choices(keep=frozenset({"jip"}))
    assert not stays(ordinary, find("PERSON_PUPIL", "known"), "Jip")
    assert "own" not in ordinary.to_json()
    whole = Choices(own=OWN, keep=frozenset({"x"}), added=(Added(text="a b", kind="ID"),))
    assert Choices.from_json(whole.to_json()) == whole
    assert Choices.from_json(ordinary.to_json()) == ordinary
