"""The protocol in a model: a line that loses, doubles and mixes up, and two sides that apply once and in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.peers import rules
from gateway.peers.rules import Place


@dataclass
class Sender:
    """Our out-tray of one thread: the contents by number, and the state of each."""

    messages: dict[int, str] = field(default_factory=dict)
    states: dict[int, str] = field(default_factory=dict)

    def put(self, content: str) -> None:
        number = len(self.messages) + 1
        self.messages[number], self.states[number] = content, rules.WAITING

    def waiting(self) -> list[int]:
        return [number for number, state in self.states.items() if state == rules.WAITING]

    def told(self, number: int, state: str) -> None:
        self.states[number] = rules.settled(self.states[number], state)


@dataclass
class Receiver:
    """The partner's in-tray of one thread: what lies there, and what was applied in which order."""

    rows: dict[int, str] = field(default_factory=dict)
    applied: list[tuple[int, str]] = field(default_factory=list)

    def take(self, number: int, content: str) -> tuple[str, str]:
        where = rules.place(number=number, digest=content, known=self.rows.get(number), applied=len(self.applied))
        if where is Place.NEW:
            self.rows[number] = content
        if where in (Place.NEW, Place.AGAIN):
            return (rules.APPLIED if number <= len(self.applied) else rules.WAITING), ""
        return rules.REFUSED, where.value

    def step(self) -> None:
        number = len(self.applied) + 1
        if number in self.rows:
            self.applied.append((number, self.rows[number]))


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers()),
        st.tuples(st.just("send"), st.integers(0, 9)),  # the line may carry any of what waits, not only the first
        st.tuples(st.just("arrive"), st.integers(0, 30)),
        st.tuples(st.just("arrive-and-stay"), st.integers(0, 30)),  # doubled: it comes once more later
        st.tuples(st.just("lose"), st.integers(0, 30)),
        st.tuples(st.just("answer"), st.integers(0, 30)),
        st.tuples(st.just("lose-answer"), st.integers(0, 30)),
        st.tuples(st.just("apply"), st.just(0)),
    ),
    max_size=80,
)


@dataclass
class Line:
    sender: Sender = field(default_factory=Sender)
    receiver: Receiver = field(default_factory=Receiver)
    flying: list[tuple[int, str]] = field(default_factory=list)
    answers: list[tuple[int, str, str]] = field(default_factory=list)

    def do(self, what: str, which: int) -> None:
        if what == "put":
            self.sender.put(f"{len(self.sender.messages)}-{which}")
        elif what == "send" and (waiting := self.sender.waiting()):
            number = waiting[which % len(waiting)]
            self.flying.append((number, self.sender.messages[number]))
        elif what.startswith("arrive") and self.flying:
            at = which % len(self.flying)
            number, content = self.flying[at] if what.endswith("stay") else self.flying.pop(at)
            self.answers.append((number, *self.receiver.take(number, content)))
        elif what == "lose" and self.flying:
            self.flying.pop(which % len(self.flying))
        elif what == "answer" and self.answers:
            number, state, code = self.answers.pop(which % len(self.answers))
            assert not code, "an honest line is never refused"
            self.sender.told(number, rules.ARRIVED if state == rules.WAITING else state)
        elif what == "lose-answer" and self.answers:
            self.answers.pop(which % len(self.answers))
        elif what == "apply":
            self.receiver.step()


@given(STEPS)
def test_whatever_is_lost_doubled_or_mixed_up_all_is_applied_once_and_in_order(steps):
    line = Line()
    for step in steps:
        line.do(*step)
        sent = list(line.sender.messages.items())
        assert line.receiver.applied == sent[: len(line.receiver.applied)], "a prefix of what was sent, nothing twice"
    while line.sender.waiting():  # from here on the line is good
        line.do("send", 0)
        line.do("arrive", len(line.flying) - 1)
        line.do("answer", len(line.answers) - 1)
    for _ in line.sender.messages:
        line.do("apply", 0)
    assert line.receiver.applied == list(line.sender.messages.items())


def test_another_content_under_a_number_that_is_there_is_a_conflict():
    assert rules.place(number=3, digest="b", known="a", applied=1) is Place.CONFLICT
    assert rules.place(number=3, digest="a", known="a", applied=5) is Place.AGAIN
    assert rules.place(number=3, digest="a", known=None, applied=3) is Place.CONFLICT, "its row is gone: never again"


def test_a_hole_waits_but_not_for_ever_many():
    assert rules.place(number=rules.MOST_AHEAD, digest="a", known=None, applied=0) is Place.NEW
    assert rules.place(number=rules.MOST_AHEAD + 1, digest="a", known=None, applied=0) is Place.AHEAD


@given(st.lists(st.sampled_from([rules.WAITING, rules.ARRIVED, rules.APPLIED, rules.REFUSED, "nonsense"])))
def test_a_state_only_goes_forward_and_its_end_stays_its_end(told):
    state, seen = rules.WAITING, []
    for each in told:
        state = rules.settled(state, each)
        seen.append(state)
    ends = [each for each in seen if each in (rules.APPLIED, rules.REFUSED)]
    assert len(set(ends)) <= 1
    assert seen[len(seen) - len(ends) :] == ends


def test_a_line_that_fails_is_tried_ever_less_often_until_once_an_hour():
    waits = [rules.wait(failures) for failures in range(1, 10)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (timedelta(minutes=1), timedelta(hours=1))
