"""What a document's description adds to its categories, as pure functions (PR7, PR6.3)."""

from __future__ import annotations

import pytest

from gateway.dossiers.rules import needs_necessity, with_health


@pytest.mark.parametrize(
    ("chosen", "speaks", "kept"),
    [
        (["j"], False, ["j"]),
        (["j"], True, ["e", "j"]),
        (["m", "e"], True, ["e", "m"]),
        (["a.bank", "z", "zz.x"], False, ["a.bank"]),
    ],
)
def test_a_document_that_speaks_of_health_holds_health_data(chosen, speaks, kept):
    assert with_health(chosen, speaks_of_health=speaks) == kept


@pytest.mark.parametrize(
    ("chosen", "asked"), [(["a", "j"], False), (["e"], True), (["f"], True), (["e.iq"], True), ([], False)]
)
def test_health_and_belief_ask_why_they_are_needed(chosen, asked):
    assert needs_necessity(chosen) is asked
