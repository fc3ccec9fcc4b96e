"""The case of a second opinion as one explicit machine: a state, an act, and the next state or a reason why not.

Pure: days come in with the acts, terms are counted by `retention.terms`. A case is the fold of its acts, so that an act
typed in this portal and one that came from the other party's go through the same door. Who of a side may do an act is
asked before (`second_opinion.reach`).
Source: CV2-CV5, CV10; SO1-SO4; issue 8, States.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from gateway.second_opinion.state import (
    BEFORE_SENDING,
    BOTH,
    PARTNER,
    REQUESTER,
    RUNNING,
    WITH_PARTNER,
    Act,
    Refused,
    State,
)
from gateway.second_opinion.steps import STEPS
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Iterable

_ALLOWED: Final[dict[str, tuple[frozenset[str], frozenset[str]]]] = {
    "write": (frozenset({REQUESTER}), BEFORE_SENDING),
    "offer": (frozenset({REQUESTER}), frozenset({"draft"})),
    "check": (frozenset({REQUESTER}), frozenset({"check", "consultation"})),
    "send": (frozenset({REQUESTER}), frozenset({"check"})),
    "say": (BOTH, RUNNING - {"draft"}),
    "accept": (frozenset({PARTNER}), frozenset({"sent"})),
    "decline": (frozenset({PARTNER}), frozenset({"sent"})),
    "propose": (BOTH, frozenset({"accepted", "agreements", "delivery"})),
    "agree": (BOTH, frozenset({"agreements", "delivery"})),
    "assign": (frozenset({PARTNER}), WITH_PARTNER),
    "release": (frozenset({PARTNER}), WITH_PARTNER),
    "admit": (frozenset({REQUESTER}), WITH_PARTNER),
    "declare": (frozenset({PARTNER}), WITH_PARTNER),
    "deliver": (frozenset({REQUESTER}), frozenset({"delivery"})),
    "supplement": (frozenset({REQUESTER}), frozenset({"in_review"})),
    "receive": (frozenset({PARTNER}), frozenset({"delivery"})),
    "ask": (frozenset({PARTNER}), frozenset({"in_review"})),
    "answer": (frozenset({REQUESTER}), frozenset({"in_review"})),
    "ask_more": (frozenset({PARTNER}), frozenset({"in_review"})),
    "extend": (frozenset({REQUESTER}), frozenset({"in_review"})),
    "refuse_more": (frozenset({REQUESTER}), frozenset({"in_review"})),
    "sign": (frozenset({PARTNER}), frozenset({"in_review"})),
    "reopen": (frozenset({PARTNER}), frozenset({"in_review"})),
    "hand_over": (frozenset({PARTNER}), frozenset({"signed"})),
    "confirm": (frozenset({REQUESTER}), frozenset({"delivered"})),
    "tell_parents": (frozenset({REQUESTER}), frozenset({"delivered"})),
    "withhold": (frozenset({REQUESTER}), frozenset({"delivered"})),
    "close": (frozenset({REQUESTER}), frozenset({"delivered"})),
    "withdraw": (frozenset({REQUESTER}), RUNNING),
}
ACTS: Final = frozenset(_ALLOWED)
NEEDS_REASON: Final = frozenset({"decline", "withdraw", "release", "ask_more", "extend", "refuse_more", "withhold"})


def begin() -> State:
    """A case in which nothing was done yet."""
    return State()


def advance(state: State, act: Act) -> State | Refused:
    """The state after this act, or why it cannot be done now."""
    if act.kind not in _ALLOWED:
        return Refused(reason=sentence("Deze stap bestaat niet."), article="CV4.4")
    sides, phases = _ALLOWED[act.kind]
    if act.side not in sides:
        return Refused(reason=sentence("Deze stap is aan de andere partij."), article="CV3.4")
    if state.over:
        return Refused(reason=sentence("Deze zaak is afgelopen. Er kan niets meer aan veranderen."), article="CV3.6")
    if act.kind == "write" and state.phase == "draft" and state.written == 0 and act.side == REQUESTER:
        return STEPS["write"](state, act)
    if state.written == 0 or state.phase not in phases:
        return Refused(reason=sentence("Deze stap kan nu niet. Kijk in de tijdlijn hoe ver de zaak is."), article="CV4")
    if act.kind in NEEDS_REASON and not str(act.data.get("reason", "")).strip():
        return Refused(reason=sentence("Schrijf waarom."), article="CV4.4")
    return STEPS[act.kind](state, act)


def fold(acts: Iterable[Act]) -> State:
    """The state after these acts in their order; each of them was allowed when it was kept.

    Raises:
        ValueError: one of them cannot follow; the acts are not a case.
    """
    state = begin()
    for act in acts:
        after = advance(state, act)
        if isinstance(after, Refused):
            raise ValueError(f"the act {act.kind} cannot follow")  # noqa: TRY004 - the order is wrong, not a type
        state = after
    return state


def allowed(state: State, kind: str, side: str) -> bool:
    """Whether this side could do this act in this phase; what it needs to say is judged when it does."""
    sides, phases = _ALLOWED[kind]
    return side in sides and state.phase in phases and not state.over


def waits_for(state: State) -> str:
    """Who must act now: a side, `expert`, or empty when nobody must."""
    if state.phase in BEFORE_SENDING:
        return REQUESTER
    if state.phase in {"sent", "accepted", "signed"}:
        return PARTNER
    if state.phase == "agreements":
        return PARTNER if state.proposed_by == REQUESTER else REQUESTER
    if state.phase == "delivery":
        return PARTNER if state.supplied else REQUESTER
    if state.phase == "in_review":
        return REQUESTER if state.open_questions or state.more_asked else "expert"
    return REQUESTER if state.phase == "delivered" else ""


def due_of(state: State) -> date | None:
    """The day that counts now: until when the delivery was agreed, or the advice is due (SO3)."""
    if state.phase == "delivery" and state.agreed is not None and not state.supplied:
        return date.fromisoformat(str(state.agreed["deliver_by"]))
    return state.due if state.phase == "in_review" else None
