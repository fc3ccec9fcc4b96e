"""One numbering for all documents of a dossier: what an earlier document called someone, a later one calls them too."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.anonymisation.detection import Detector
from gateway.anonymisation.identities import RecordError, known_from_record
from gateway.anonymisation.numbering import clash

PUPIL = {"roepnaam": "Wubbo", "achternaam": "Kwikkel"}
NAMES = ("Xander Bramzijl", "Ottoline Vosmeer", "Quirijn Zandwolde", "Evelien Hagelstee")


def named(text, *earlier):
    """The replacement of each find that was numbered in this document."""
    record = {"leerling": PUPIL, "eerder_genummerd": [dict(zip(("tekst", "soort", "vervanging"), e, strict=True)) for e in earlier]}  # fmt: skip # one line a record
    finds = Detector(known_from_record(record)).find(text)
    return {text[find.start : find.end]: find.replacement for find in finds}


def test_a_later_document_keeps_the_numbers_of_an_earlier_one():
    earlier = [("Ottoline Vosmeer", "PERSON_OTHER", "persoon 1"), ("OBS De Bieslook", "SCHOOL", "school B")]
    text = "Gesproken met mevrouw Zandwolde. Daarna met Ottoline Vosmeer, leerkracht van OBS De Bieslook."
    found = named(text, *earlier)
    assert found["Ottoline Vosmeer"] == "[persoon 1]"
    assert found["OBS De Bieslook"] == "[school B]"
    assert next(v for k, v in found.items() if "Zandwolde" in k) == "[persoon 2]"


def test_a_fuller_name_is_the_same_person_and_a_second_one_is_not():
    earlier = [("Vosmeer", "PERSON_OTHER", "persoon 4")]
    found = named("Gesproken met Ottoline Vosmeer. Ook was Quirijn Vosmeer er.", *earlier)
    assert sorted(found.values()) == ["[persoon 4]", "[persoon 5]"]


@pytest.mark.parametrize("label", ["", "leerling", "persoon", "persoon 0", "school a", "persoon B", "[persoon 1]"])
def test_only_a_numbered_replacement_can_be_kept(label):
    with pytest.raises(RecordError):
        named("", ("Ottoline", "PERSON_OTHER", label))


@settings(max_examples=25, deadline=None)
@given(order=st.permutations(NAMES), cut=st.integers(0, 4))
def test_the_same_number_never_stands_for_two_people_of_a_dossier(order, cut):
    first, second = order[:cut], order
    one = named(" ".join(f"Gesproken met mevrouw {name}." for name in first))
    earlier = [(name, "PERSON_OTHER", label.strip("[]")) for name, label in one.items() if "persoon" in label]
    two = named(" ".join(f"Gesproken met mevrouw {name}." for name in second), *earlier)
    people = {}
    for found, label in [*one.items(), *two.items()]:
        people.setdefault(label, set()).update(name for name in NAMES if set(found.split()) & set(name.split()))
    assert all(len(names) == 1 for names in people.values()), people
    assert all(two.get(found, label) == label for found, label in one.items())


def test_documents_clash_when_a_number_stands_for_two_people_and_not_when_it_is_one_pupil():
    known = {"Noa": "[leerling]", "De Voorbeeld": "[leerling]"}
    one = {"[leerling]": ("Noa",), "[persoon 1]": ("Piet Bramzijl",), "[adres]": ("Straat 1",)}
    same = {"[leerling]": ("De Voorbeeld",), "[persoon 1]": ("Bramzijl",), "[adres]": ("Laan 9",)}
    assert clash([one, same], lambda text: known.get(text, "")) is None
    assert clash([one, same, {"[persoon 1]": ("Quirijn Zandwolde",)}], lambda text: known.get(text, "")) == 2
    assert clash([one, {"[leerling]": ("Sam",)}], lambda text: known.get(text, "")) == 1
