"""Telling a recipient: whatever is tried in whatever order, nobody is closed untold, and an answer stays. Source: PR11.7."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gateway.errors import ConflictError, InvalidInputError
from gateway.restrictions import rules as restrictions
from gateway.restrictions.rules import KINDS, PENDING, RESTRICTED, SHIELD, UPHELD, Standing
from gateway.rights import told_rules as rules

TODAY = date(2026, 11, 23)
WAYS = (rules.PORTAL, rules.LINE, rules.LETTER)


class Telling(RuleBasedStateMachine):
    """One recipient, to whom everything is done that anyone can think of."""

    @initialize(way=st.sampled_from(WAYS))
    def begin(self, way):
        self.now = rules.begin(way, TODAY)
        self.day, self.asked = TODAY, 0

    def tried(self, act, *arguments):
        try:
            self.now = act(self.now, *arguments)
        except (ConflictError, InvalidInputError):
            return False
        return True

    @rule(days=st.integers(0, 30))
    def days_pass(self, days):
        self.day += timedelta(days=days)
        due = rules.remind_on(self.now)
        if due is not None and self.day >= due:
            assert rules.is_late(self.now, self.day)
            self.now = rules.reminded(self.now, self.day)
            self.asked += 1

    @rule()
    def sent(self):
        before = self.now.state
        assert self.tried(rules.sent, self.day) == (before == rules.TO_SEND)

    @rule(done=st.sampled_from((*rules.DONE, "", "else")), text=st.sampled_from(("", " ", "Daarom.", "x" * 5000)))
    def answer(self, done, text):
        before = self.now.state
        good = done in rules.DONE and len(text) <= rules.TEXT_MAX and (done != "not_done" or bool(text.strip()))
        assert self.tried(rules.answer, done, text) == (before == rules.TOLD and good)

    @rule(why=st.sampled_from(("", "  ", "Bestaat niet meer.")))
    def impossible(self, why):
        before = self.now.state
        assert self.tried(rules.impossible, why) == (before in {rules.TO_SEND, rules.TOLD} and bool(why.strip()))

    @rule()
    def changes_again(self):
        self.now, self.asked = rules.again(self.now, self.day), 0

    @invariant()
    def stands(self):
        if not hasattr(self, "now"):
            return
        assert (self.now.due is not None) == (self.now.state == rules.TOLD), "an answer is awaited, or it is not"
        assert self.asked <= rules.MOST_REMINDERS
        assert rules.all_told([self.now.state]) == (self.now.state != rules.TO_SEND)


TestTelling = Telling.TestCase


def test_a_letter_counts_from_the_day_it_went_out_and_the_portal_at_once():
    assert rules.begin(rules.PORTAL, TODAY).due == TODAY + rules.ANSWER_DAYS
    letter = rules.begin(rules.LETTER, TODAY)
    assert (letter.state, letter.due) == (rules.TO_SEND, None)
    late = TODAY + timedelta(days=5)
    assert rules.sent(letter, late).due == late + rules.ANSWER_DAYS


def standing(kind, **more):
    return Standing(kind=kind, on=TODAY, **more)


ROWS = st.builds(
    Standing,
    kind=st.sampled_from(KINDS),
    on=st.dates(TODAY - timedelta(days=9), TODAY + timedelta(days=9)),
    document_id=st.sampled_from((None, "d1", "d2")),
    version_id=st.sampled_from((None, "v1", "v2")),
    categories=st.one_of(st.none(), st.frozensets(st.sampled_from("aeg"))),
)


@given(rows=st.lists(ROWS, max_size=6), more=ROWS)
def test_one_more_restriction_never_allows_more(rows, more):
    order = ("none", "pending", "upheld")
    before, after = restrictions.verzet(rows), restrictions.verzet([*rows, more])
    assert order.index(after) >= order.index(before)
    told = {"document_id": "d1", "version_id": "v1"}
    assert restrictions.shielded(rows, "aeg", **told) <= restrictions.shielded([*rows, more], "aeg", **told)


@given(rows=st.lists(ROWS, max_size=6), agreed=st.dates(TODAY - timedelta(days=9), TODAY + timedelta(days=9)))
def test_a_consent_lifts_restrictions_of_before_it_and_never_a_shield(rows, agreed):
    with_it = restrictions.shielded(rows, "aeg", document_id="d1", version_id="v1", agreed_on=agreed)
    left = [row for row in rows if row.kind == SHIELD or (row.kind == RESTRICTED and row.on >= agreed)]
    assert with_it == restrictions.shielded(left, "aeg", document_id="d1", version_id="v1")


@pytest.mark.parametrize(
    ("kinds", "state"),
    [((), "none"), ((PENDING,), "pending"), ((PENDING, UPHELD), "upheld"), ((SHIELD,), "none"), (("of_later",), None)],
)
def test_what_stands_adds_up_to_the_state_of_a_verzet(kinds, state):
    assert restrictions.verzet([standing(kind) for kind in kinds]) == state


def test_sub_fields_count_as_their_category_and_an_unknown_kind_shields_all():
    rows = [standing(SHIELD, categories=frozenset("a"))]
    assert restrictions.shielded(rows, ["a.bank", "g"]) == {"a"}
    assert restrictions.shielded([standing("of_later")], ["a.bank", "g"]) == {"a", "g"}
