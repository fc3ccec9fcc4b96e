"""A request for a right walks only where it may, its term is that of the calendar, and nothing is refused in silence."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gateway import rights_words as words
from gateway.context import Role
from gateway.errors import ConflictError, InvalidInputError
from gateway.reglement.versions import shipped_profiles
from gateway.rights import effects, rules, writing
from gateway.rights.rules import Decision, NewItem, Pause, Standing
from retention.terms import Length, last_day

RIGHTS = shipped_profiles().get("avg-2018", on=date(2026, 11, 2)).rights
OFFICER, PARENT, OTHER = "officer", "parent", "other"
RECEIVED = date(2026, 11, 2)


def asked(kind: str = "inzage", **changed) -> Standing:
    return replace(
        Standing(kind=kind, state="received", capacity="guardian", received_on=RECEIVED, asked_by=PARENT), **changed
    )


def decision(outcome: str = "granted", **changed) -> Decision:
    return replace(Decision(outcome=outcome, reasons="Zo staat het in het dossier.", article="AVG 15"), **changed)


@pytest.mark.parametrize(
    ("kind", "received", "last"),
    [
        ("inzage", date(2026, 11, 2), date(2026, 11, 30)),
        ("correctie", date(2026, 3, 9), date(2026, 4, 7)),  # 6 April 2026 is Easter Monday
        ("verzet", date(2026, 11, 27), date(2026, 12, 28)),  # 25 and 26 December are Christmas, then a Sunday
        ("klacht", date(2026, 11, 2), date(2026, 12, 14)),  # six weeks
        ("overdracht", date(2027, 1, 29), date(2027, 2, 26)),
        ("beperking", date(2026, 4, 2), date(2026, 4, 30)),
        ("wissing", date(2026, 4, 7), date(2026, 5, 6)),  # 5 May is Liberation Day
    ],
)
def test_a_request_is_decided_within_the_term_of_the_reglement(kind, received, last):
    found = rules.deadline(asked(kind, received_on=received), RIGHTS)
    assert found.last_day == last
    assert str(received.year) in found.why


def test_a_longer_term_of_a_reglement_never_passes_the_month_of_the_avg():
    generous = replace(RIGHTS, inzage_term=Length(number=8, unit="W"))
    found = rules.deadline(asked(), generous)
    assert found.last_day == last_day(RECEIVED, Length(number=1, unit="M")).last_day
    assert "uiterlijk" in found.why
    extended = rules.deadline(asked(extension_weeks=8), generous)
    assert extended.last_day == date(2027, 2, 2)  # the month and two more


def test_the_term_stands_still_while_proof_is_asked_and_says_so():
    waiting = rules.begin_pause(asked(), date(2026, 11, 10))
    found = rules.deadline(waiting, RIGHTS)
    assert (found.last_day, found.paused_since) == (None, date(2026, 11, 10))
    runs = rules.end_pause(waiting, date(2026, 11, 20), date(2026, 11, 21))
    assert runs.state == "treated"
    again = rules.deadline(runs, RIGHTS)
    assert again.last_day == date(2026, 12, 10)  # 30 November and ten days
    assert "10 dagen opschorting" in again.why


@pytest.mark.parametrize("on", [date(2026, 11, 9), date(2026, 11, 22)])
def test_proof_does_not_arrive_before_it_was_asked_nor_tomorrow(on):
    waiting = rules.begin_pause(asked(), date(2026, 11, 10))
    with pytest.raises(InvalidInputError):
        rules.end_pause(waiting, on, date(2026, 11, 21))


def test_proof_is_not_asked_before_the_request_came():
    with pytest.raises(InvalidInputError):
        rules.begin_pause(asked(), RECEIVED - timedelta(days=1))


def test_an_extension_is_told_in_time_once_and_by_no_more_than_the_law_gives():
    longer = rules.extend(asked(state="treated"), 4, date(2026, 11, 30), RIGHTS)
    assert rules.deadline(longer, RIGHTS).last_day == date(2026, 12, 28)
    with pytest.raises(ConflictError, match="al een keer"):
        rules.extend(longer, 1, RECEIVED, RIGHTS)
    with pytest.raises(ConflictError, match="voorbij"):
        rules.extend(asked(), 4, date(2026, 12, 1), RIGHTS)
    with pytest.raises(InvalidInputError):
        rules.extend(asked(), 9, RECEIVED, RIGHTS)
    with pytest.raises(InvalidInputError):
        rules.extend(asked("klacht"), 5, RECEIVED, RIGHTS)


@pytest.mark.parametrize(
    ("made", "field"),
    [
        (decision("maybe"), "outcome"),
        (decision(reasons=" "), "reasons"),
        (decision(reasons="x" * 4001), "reasons"),
        (decision(excessive=True), "outcome"),
    ],
)
def test_a_decision_has_an_outcome_and_reasons(made, field):
    with pytest.raises(InvalidInputError) as caught:
        rules.decide(asked(state="treated"), made, entitled=True)
    assert caught.value.field == field


def test_who_does_not_speak_for_the_pupil_gets_an_answer_but_not_the_data():
    with pytest.raises(ConflictError):
        rules.decide(asked(state="treated", capacity="other"), decision(), entitled=False)
    after, _ = rules.decide(asked(state="treated", capacity="other"), decision("refused"), entitled=False)
    assert after.state == "decided"


def test_without_the_proof_a_request_can_only_be_refused():
    waiting = rules.begin_pause(asked(), RECEIVED)
    with pytest.raises(ConflictError, match="bewijs"):
        rules.decide(waiting, decision("partly"), entitled=True)
    assert rules.decide(waiting, decision("refused"), entitled=True)[0].outcome == "refused"


@pytest.mark.parametrize("state", ["treated", "proof_asked"])
def test_a_complaint_can_be_well_founded_whoever_complains_and_rests_on_the_awb(state):
    pauses = [rules.Pause(asked_on=RECEIVED)] if state == "proof_asked" else []
    complaint = asked("klacht", state=state, capacity="other", pauses=pauses)
    after, made = rules.decide(complaint, decision("granted", article=""), entitled=False)
    assert (after.outcome, made.article) == ("granted", "Awb 9:12")


def test_a_manifestly_excessive_request_is_refused_with_reasons_and_its_article():
    _, made = rules.decide(asked(state="treated"), decision("refused", excessive=True), entitled=True)
    assert made.article == "AVG 12(5)"


def test_a_decision_without_an_article_rests_on_that_of_its_kind():
    _, made = rules.decide(asked("verzet", state="treated"), decision("refused", article=" "), entitled=True)
    assert made.article == "AVG 21"


def test_what_was_granted_is_carried_out_before_it_is_closed():
    granted = asked(state="decided", outcome="granted")
    with pytest.raises(ConflictError):
        rules.next_state(granted, "close")
    assert rules.next_state(granted, "carry_out") == "carried_out"
    refused = asked(state="decided", outcome="refused")
    with pytest.raises(ConflictError):
        rules.next_state(refused, "carry_out")
    assert rules.next_state(refused, "close") == "closed"


def test_who_asks_never_decides_even_as_privacy_officer():
    mine = asked(state="treated", asked_by=OFFICER)
    assert rules.steps_for(mine, Role.PRIVACY_OFFICER, OFFICER) == ["withdraw"]
    with pytest.raises(ConflictError):
        rules.check_actor(mine, "decide", Role.PRIVACY_OFFICER, OFFICER)
    rules.check_actor(mine, "decide", Role.PRIVACY_OFFICER, OTHER)


@pytest.mark.parametrize("role", [each for each in Role if each is not Role.PRIVACY_OFFICER])
@pytest.mark.parametrize("state", rules.RUNNING)
def test_only_the_privacy_officer_and_the_requester_have_steps(role, state):
    assert rules.steps_for(asked(state=state), role, OTHER) == []


def test_the_officer_withdraws_only_what_came_on_paper():
    portal, paper = asked(state="treated"), asked(state="treated", way="paper", asked_by=None)
    assert "withdraw" not in rules.steps_for(portal, Role.PRIVACY_OFFICER, OFFICER)
    assert "withdraw" in rules.steps_for(paper, Role.PRIVACY_OFFICER, OFFICER)


def test_an_item_says_what_and_where():
    item = NewItem(change="improve", wrong="De naam", should_be=" Sam ", document_id="d")
    assert rules.checked_item(item, 0).should_be == "Sam"
    for broken, field in [
        (replace(item, change="burn"), "change-2"),
        (replace(item, document_id=None), "about-2"),
        (replace(item, change="shield", document_id=None, field="address"), "change-2"),
        (replace(item, wrong=" "), "wrong-2"),
        (replace(item, should_be=""), "should_be-2"),
    ]:
        with pytest.raises(InvalidInputError) as caught:
            rules.checked_item(broken, 2)
        assert caught.value.field == field
    assert not rules.checked_item(replace(item, change="remove", should_be=""), 0).should_be


def test_a_text_that_is_needed_is_there_and_not_too_long():
    assert rules.checked_text("  ja ", field="text", needed=True, missing="Schrijf iets.") == "ja"
    assert not rules.checked_text(" ", field="text", needed=False, missing="Schrijf iets.")
    for text in (" ", "x" * 4001):
        with pytest.raises(InvalidInputError):
            rules.checked_text(text, field="text", needed=True, missing="Schrijf iets.")


def test_the_days_that_are_left_stand_still_with_the_term():
    assert rules.days_left(date(2026, 11, 30), date(2026, 12, 2)) == -2
    assert rules.days_left(None, RECEIVED) is None


def test_effects_are_registered_for_a_kind_that_exists():
    with pytest.raises(ValueError, match="kind"):
        effects.register("wens")
    assert effects.of("no such kind") == effects.Effects()


def test_every_kind_state_and_step_has_its_words():
    assert set(words.KINDS) == set(words.ASKS) == set(words.HELP) == set(rules.KINDS)
    assert set(words.STATES) == {*rules.RUNNING, *rules.OVER}
    assert set(words.OUTCOMES) == set(words.COMPLAINT_OUTCOMES) == set(rules.OUTCOMES)
    assert {step for _state, step in rules._MOVES} <= set(words.STEPS)
    assert set(words.CHANGES) == set(rules.CHANGES)


@given(
    received=st.dates(date(2024, 1, 1), date(2029, 6, 1)),
    pauses=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=3),
    weeks=st.none() | st.integers(1, 8),
    kind=st.sampled_from(sorted(rules.KINDS)),
)
@settings(max_examples=60)
def test_more_pause_or_more_weeks_never_make_a_term_shorter(received, pauses, weeks, kind):
    made = tuple(
        Pause(asked_on=received + timedelta(days=start), until=received + timedelta(days=start + length))
        for start, length in pauses
    )
    plain = rules.deadline(asked(kind, received_on=received), RIGHTS).last_day
    paused = rules.deadline(asked(kind, received_on=received, pauses=made), RIGHTS).last_day
    longer = rules.deadline(asked(kind, received_on=received, pauses=made, extension_weeks=weeks), RIGHTS).last_day
    assert plain is not None
    assert plain <= paused <= longer
    assert plain <= received + timedelta(days=28 if kind != "klacht" else 42) + timedelta(days=5)


class Requests(RuleBasedStateMachine):
    """Any walk of steps: what the rules list can be done, what they do not list cannot."""

    @initialize(kind=st.sampled_from(sorted(rules.KINDS)), paper=st.booleans())
    def begin(self, kind, paper):
        self.today = RECEIVED
        self.request = asked(kind, way="paper" if paper else "portal", asked_by=None if paper else PARENT)
        self.reasoned = False

    @rule(days=st.integers(0, 20))
    def time_passes(self, days):
        self.today += timedelta(days=days)

    @precondition(lambda self: "treat" in self.officer())
    @rule()
    def treat(self):
        self.request = replace(self.request, state=rules.next_state(self.request, "treat"))

    @precondition(lambda self: "ask_proof" in self.officer())
    @rule()
    def ask_proof(self):
        self.request = rules.begin_pause(self.request, self.today)

    @precondition(lambda self: "proof_in" in self.officer())
    @rule()
    def proof_in(self):
        self.request = rules.end_pause(self.request, self.today, self.today)

    @precondition(lambda self: "extend" in self.officer())
    @rule(weeks=st.integers(1, 4))
    def extend(self, weeks):
        due = rules.deadline(self.request, RIGHTS).last_day
        if self.today <= due:
            self.request = rules.extend(self.request, weeks, self.today, RIGHTS)
        else:
            with pytest.raises(ConflictError):
                rules.extend(self.request, weeks, self.today, RIGHTS)

    @precondition(lambda self: "decide" in self.officer())
    @rule(outcome=st.sampled_from(rules.OUTCOMES), entitled=st.booleans())
    def decide(self, outcome, entitled):
        in_doubt = self.request.state == rules.PROOF_ASKED
        gives_data = outcome != "refused" and self.request.kind != "klacht"
        if gives_data and (in_doubt or not entitled):
            with pytest.raises(ConflictError):
                rules.decide(self.request, decision(outcome), entitled=entitled)
            return
        self.request, made = rules.decide(self.request, decision(outcome), entitled=entitled)
        self.reasoned = bool(made.reasons and made.article)

    @precondition(lambda self: "carry_out" in self.officer() or "close" in self.officer())
    @rule()
    def finish(self):
        (step,) = self.officer()
        self.request = replace(self.request, state=rules.next_state(self.request, step))

    @precondition(lambda self: "withdraw" in self.steps())
    @rule()
    def withdraw(self):
        self.request = replace(self.request, state=rules.next_state(self.request, "withdraw"))

    def officer(self):
        return rules.steps_for(self.request, Role.PRIVACY_OFFICER, OFFICER)

    def steps(self):
        return [*self.officer(), *rules.steps_for(self.request, Role.GUARDIAN, PARENT)]

    @invariant()
    def nothing_ends_without_reasons_but_by_the_requester(self):
        if self.request.state in {"decided", "carried_out", "closed"}:
            assert self.reasoned

    @invariant()
    def something_can_always_be_done_until_it_is_over(self):
        assert bool(self.officer()) is (self.request.state in rules.RUNNING)

    @invariant()
    def a_term_is_known_or_stands_still(self):
        found = rules.deadline(self.request, RIGHTS)
        assert (found.last_day is None) is (found.paused_since is not None)
        assert found.why

    @invariant()
    def what_is_not_listed_is_refused(self):
        listed = set(self.steps()) | {"extend"}
        for step in set(words.STEPS) - listed - {"item", "answer_proof", "withdraw"}:
            with pytest.raises(ConflictError):
                rules.next_state(self.request, step)


TestRequests = Requests.TestCase
TestRequests.settings = settings(max_examples=40, stateful_step_count=15)


def test_a_letter_says_an_article_in_words():
    assert writing.in_words("AVG 15") == "artikel 15 AVG"
    assert writing.in_words("AVG 12(5)") == "artikel 12 lid 5 AVG"
    assert writing.in_words("AVG 12(5)", "en") == "article 12(5) GDPR"
    assert writing.in_words("artikel 23 lid 1 UAVG") == "artikel 23 lid 1 UAVG"
