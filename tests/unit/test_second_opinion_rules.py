"""The machine of a case: what may follow what, with how many signatures, until when."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gateway.second_opinion.rules import advance, allowed, fold, waits_for
from gateway.second_opinion.state import CHECKS, OVER, PARTNER, REQUESTER, Act, Refused
from gateway.second_opinion.steps import STEPS
from retention.terms import Length, last_day

DAY = date(2026, 11, 23)
HOLDS = {"items": dict.fromkeys(CHECKS, True)}
TERMS = {"manner": "in het portaal", "deliver_by": "2026-12-04", "review": "P2W", "access_days": 14}
DOCUMENT = {"statement": "Juist, volledig en actueel.", "form": "anonymised"}
PARTS = {part: {"documents": ["one"]} for part in "abcd"}
SUPPLY = {"parts": PARTS, "documents": {"one": DOCUMENT}}


def act(kind, side=REQUESTER, on=DAY, **data):
    return Act(kind=kind, side=side, on=on, data=data)


def written(**changes):
    return act("write", **{"about": "opp", **changes})


def assign(expert, *, nvo=True):
    return act("assign", PARTNER, expert=expert, nvo=nvo, registration="" if nvo else "BIG 12345678901")


def declare(expert):
    return act("declare", PARTNER, expert=expert, confidential=True, involved=False)


def sign(expert, text="abc"):
    return act("sign", PARTNER, expert=expert, hash=text)


def road(*, until="close", experts=("x",), **request):
    """The acts of a case without a quarrel, up to and with this one."""
    acts = [
        written(**request),
        act("offer"),
        act("check", **HOLDS),
        act("send"),
        act("accept", PARTNER),
        act("propose", PARTNER, **TERMS),
        act("agree"),
        *(assign(each) for each in experts),
        *(declare(each) for each in experts),
        act("deliver", **SUPPLY),
        act("receive", PARTNER),
        *(sign(each) for each in experts),
        act("hand_over", PARTNER),
        act("confirm"),
        act("tell_parents"),
        act("close"),
    ]
    last = max(place for place, each in enumerate(acts) if each.kind == until)
    return acts[: last + 1]


def refused(state, new):
    after = advance(state, new)
    assert isinstance(after, Refused), after
    return after.article


def test_a_case_runs_from_request_to_closing():
    state = fold(road())
    assert (state.phase, state.access_until) == ("closed", DAY + timedelta(days=14))


def test_a_request_that_fails_the_check_waits_until_it_holds():
    fails = {"items": {**dict.fromkeys(CHECKS, True), "specific": False}}
    state = fold([written(), act("offer"), act("check", **fails)])
    assert (state.phase, waits_for(state)) == ("consultation", REQUESTER)
    assert isinstance(advance(state, act("send")), Refused)
    assert not isinstance(advance(state, act("say", PARTNER, text="Wat is de vraag precies?")), Refused)
    again = fold([written(), act("offer"), act("check", **fails), written(), act("check", **HOLDS), act("send")])
    assert again.phase == "sent"


def test_a_request_that_was_changed_is_checked_again():
    assert refused(fold([written(), act("offer"), act("check", **HOLDS), written()]), act("send")) == "CV3.5"


@pytest.mark.parametrize("request_", [{"by_parents": True}, {"second_expert": True}])
def test_two_experts_review_when_the_parents_ask_or_when_a_second_is_asked(request_):
    one = fold(road(until="deliver", **request_))
    assert refused(one, act("receive", PARTNER)) == ("SO2" if "by_parents" in request_ else "CV2.4")
    two = fold(road(until="receive", experts=("x", "y"), **request_))
    half = advance(two, sign("x"))
    assert half.phase == "in_review"
    assert advance(half, sign("y")).phase == "signed"


def test_the_first_expert_has_a_valid_nvo_registration():
    state = fold(road(until="agree"))
    assert refused(state, assign("x", nvo=False)) == "CV2.3"
    assert len(advance(advance(state, assign("x")), assign("y", nvo=False)).experts) == 2


def test_who_was_involved_before_gives_no_second_opinion():
    state = fold(road(until="assign"))
    assert refused(state, act("declare", PARTNER, expert="x", confidential=True, involved=True)) == "SO2"
    assert refused(state, act("declare", PARTNER, expert="x", confidential=False, involved=False)) == "PR10.3"


def test_a_delivery_has_its_four_parts_or_says_why_not():
    state = fold(road(until="declare"))
    parts = {**PARTS, "d": {"documents": [], "reason": ""}}
    assert refused(state, act("deliver", parts=parts, documents={"one": DOCUMENT})) == "CV4.5"
    parts = {**PARTS, "d": {"documents": [], "reason": "Ouders wilden niets schrijven."}}
    assert advance(state, act("deliver", parts=parts, documents={"one": DOCUMENT})).supplied


def test_each_document_is_delivered_with_a_statement_and_identifiable_only_with_a_reason():
    state = fold(road(until="declare"))
    bare = {"statement": "", "form": "anonymised"}
    assert refused(state, act("deliver", parts=PARTS, documents={"one": bare})) == "CV4.3"
    named = {"statement": "Juist.", "form": "expert"}
    assert refused(state, act("deliver", parts=PARTS, documents={"one": named})) == "CV4.6"


def test_the_term_is_two_weeks_from_receipt_and_four_more_when_research_is_needed():
    state = fold(road(until="receive"))
    assert state.due == last_day(DAY, Length.parse("P2W")).last_day
    asked = advance(state, act("ask_more", PARTNER, reason="Een rekenonderzoek."))
    assert refused(asked, act("extend", reason="Ja.")) == "SO4"
    longer = advance(asked, act("extend", reason="Nodig.", payer="school"))
    assert longer.due == last_day(state.due, Length.parse("P4W")).last_day
    assert refused(longer, act("ask_more", PARTNER, reason="Nog meer.")) == "SO3"


def test_another_text_than_was_signed_is_not_signed():
    state = fold(road(until="receive", experts=("x", "y"), second_expert=True))
    half = advance(state, sign("x", "first"))
    assert refused(half, sign("y", "second")) == "CV2.2"
    open_again = advance(half, act("reopen", PARTNER))
    assert advance(advance(open_again, sign("x", "second")), sign("y", "second")).phase == "signed"


def test_a_case_is_closed_only_when_the_parents_got_the_advice_or_a_reason_stands():
    state = fold(road(until="confirm"))
    assert refused(state, act("close")) == "WPO 18a(14)"
    kept = advance(state, act("withhold", reason="Een rechter verbood het."))
    assert advance(kept, act("close")).phase == "closed"


def test_the_one_who_proposed_does_not_agree():
    state = fold(road(until="propose"))
    assert refused(state, act("agree", PARTNER)) == "CV4.4"
    assert waits_for(state) == REQUESTER


texts = st.sampled_from(["", "abc", "def"])
datas = st.fixed_dictionaries(
    {
        "about": st.sampled_from(["opp", "dispute", "nonsense"]),
        "by_parents": st.booleans(),
        "second_expert": st.booleans(),
        "items": st.sampled_from([HOLDS["items"], {**HOLDS["items"], "task": False}, {}]),
        "reason": st.sampled_from(["", "Daarom."]),
        "text": texts,
        "manner": st.sampled_from(["", "portaal"]),
        "deliver_by": st.sampled_from(["", "2026-12-04"]),
        "review": st.sampled_from(["P2W", "P10D"]),
        "access_days": st.integers(0, 90),
        "expert": st.sampled_from(["x", "y", "z"]),
        "nvo": st.booleans(),
        "registration": st.sampled_from(["", "SKJ 1"]),
        "confidential": st.booleans(),
        "involved": st.booleans(),
        "parts": st.sampled_from([PARTS, {}]),
        "documents": st.sampled_from([SUPPLY["documents"], {}]),
        "payer": st.sampled_from(["school", "swv", "me"]),
        "question": st.integers(1, 3),
        "hash": texts,
    }
)


class Case(RuleBasedStateMachine):
    """Whatever both sides try, in whatever order."""

    @initialize(
        parents=st.booleans(),
        second=st.booleans(),
        until=st.sampled_from(sorted({"write", "send", "agree", "receive"})),
    )
    def start(self, parents, second, until):
        self.acts = road(
            until=until, experts=("x", "y") if parents or second else ("x",), by_parents=parents, second_expert=second
        )
        self.state, self.day = fold(self.acts), DAY

    @rule(
        kind=st.sampled_from(sorted(STEPS)),
        side=st.sampled_from([REQUESTER, PARTNER]),
        data=datas,
        days=st.integers(0, 9),
    )
    def act(self, kind, side, data, days):
        self.day += timedelta(days=days)
        self._do(Act(kind=kind, side=side, on=self.day, data=data))

    @rule(expert=st.sampled_from(["x", "y"]))
    def work(self, expert):
        """An expert who does it right, so that the far end is reached."""
        self._do(
            Act(
                kind="declare",
                side=PARTNER,
                on=self.day,
                data={"expert": expert, "confidential": True, "involved": False},
            )
        )
        self._do(Act(kind="sign", side=PARTNER, on=self.day, data={"expert": expert, "hash": "abc"}))

    def _do(self, new):
        before, after = self.state, advance(self.state, new)
        if isinstance(after, Refused):
            assert after.article
            assert after.reason
            return
        assert before.phase not in OVER, "no act after the end"
        assert allowed(before, new.kind, new.side)
        if new.kind == "withdraw":
            assert after.phase == "withdrawn"
            assert after.access_until == new.on
        if before.phase == "in_review" and after.phase == "signed":
            assert len(after.experts) >= after.experts_needed
            assert len({each.signed for each in after.experts}) == 1
            assert all(each.declared for each in after.experts)
        if new.kind == "receive":
            assert after.due > new.on
        self.acts, self.state = [*self.acts, new], after

    @invariant()
    def always(self):
        if not hasattr(self, "state"):
            return
        state = self.state
        assert fold(self.acts) == state
        assert state.experts_needed == (2 if state.by_parents or state.second_expert else 1)
        if state.phase in {"signed", "delivered", "closed"}:
            assert len([each for each in state.experts if each.signed]) >= state.experts_needed
            assert any(each.nvo for each in state.experts)
        if state.phase == "in_review":
            assert len(state.experts) >= state.experts_needed
            assert state.due >= last_day(state.received_on, Length.parse(state.agreed["review"])).last_day
        assert (waits_for(state) == "") == (state.phase in OVER)


Case.TestCase.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
TestCase = Case.TestCase


def test_an_unknown_step_is_refused_and_acts_that_cannot_follow_are_no_case():
    assert isinstance(advance(fold(()), act("dance")), Refused)
    with pytest.raises(ValueError, match="cannot follow"):
        fold([act("accept", PARTNER)])
