"""Which document goes with a set of categories: only what is known to lie wholly in it (judgement.md, "destroy")."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from gateway.dossiers.parts import FIELDS, Held, Stays, fate, fields_of, without
from gateway.dossiers.rules import CATEGORIES
from tests import builders

LETTERS = st.frozensets(st.sampled_from(sorted(CATEGORIES)))
PLAIN = Held(letters=frozenset("e"), known=True, kinds=frozenset({"conversation"}), evidence=False)


@given(letters=LETTERS, wanted=LETTERS, known=st.booleans(), evidence=st.booleans(), besluit=st.booleans())
def test_what_goes_is_known_to_lie_wholly_in_the_set_and_nothing_rests_on_it(letters, wanted, known, evidence, besluit):
    held = Held(letters=letters, known=known, kinds=frozenset({"expert_opinion"}), evidence=evidence)
    if fate(held, wanted, besluit_kept=besluit) is True:
        assert (known, letters <= wanted, evidence, besluit) == (True, True, False, False)


def test_why_a_document_stays():
    assert fate(PLAIN, "e", besluit_kept=True) is True
    assert fate(PLAIN, "gk", besluit_kept=False) is False
    assert fate(replace(PLAIN, letters=frozenset("eg")), "e", besluit_kept=False) is Stays.MIXED
    assert fate(replace(PLAIN, known=False), "e", besluit_kept=False) is Stays.UNKNOWN
    assert fate(replace(PLAIN, letters=frozenset(), known=False), "e", besluit_kept=False) is Stays.UNKNOWN
    assert fate(replace(PLAIN, evidence=True), "e", besluit_kept=False) is Stays.EVIDENCE
    rests = replace(PLAIN, kinds=frozenset({"expert_opinion"}))
    assert (fate(rests, "e", besluit_kept=True), fate(rests, "e", besluit_kept=False)) == (Stays.BESLUIT, True)


def test_of_the_record_number_and_reason_go_with_their_category_and_who_it_is_stays():
    pupil = builders.pupil()
    assert fields_of(pupil, "abdgij") == ("bsn", "reason")
    assert fields_of(pupil, "e") == ()
    gone = without(pupil, FIELDS.values())
    assert (gone.bsn, gone.reason, fields_of(gone, "abdgij")) == ("", "", ())
    assert replace(gone, bsn=pupil.bsn, reason=pupil.reason) == pupil
