"""What someone can do from their seat at a case. Pure: the machine says what may follow, the seat who may do it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.second_opinion.rules import ACTS, allowed

if TYPE_CHECKING:
    from gateway.second_opinion.reach import Seat
    from gateway.second_opinion.state import State

OF_EXPERT: Final = frozenset({"declare", "ask", "ask_more", "sign", "reopen"})
OF_STAFF: Final = frozenset({"write", "offer"})


def possible(state: State, seat: Seat) -> frozenset[str]:
    """The steps that this seat can do now, as far as a page offers them."""
    if not seat.content or not seat.side:
        return frozenset()
    mine = frozenset(kind for kind in ACTS if allowed(state, kind, seat.side) and _is_theirs(kind, seat))
    return mine - _not_now(state, seat)


def _is_theirs(kind: str, seat: Seat) -> bool:
    if seat.kind == "expert":
        return kind in OF_EXPERT
    return kind not in OF_EXPERT and (seat.contact or kind in OF_STAFF)


def _not_now(state: State, seat: Seat) -> frozenset[str]:
    """What the phase allows and the state does not: it would be refused, so it is not offered."""
    found: set[str] = set()
    if state.proposal is None or state.proposed_by == seat.side:
        found.add("agree")
    if state.supplied:
        found |= {"propose", "deliver"}
    else:
        found |= {"receive"}
    if not state.more_asked:
        found |= {"extend", "refuse_more"}
    if state.extended or state.more_asked:
        found.add("ask_more")
    if not state.open_questions:
        found.add("answer")
    if state.confirmed:
        found.add("confirm")
    if state.parents == "told":
        found |= {"tell_parents", "withhold"}
    if not any(each.signed for each in state.experts):
        found.add("reopen")
    if not (state.confirmed and state.parents):
        found.add("close")
    return frozenset(found)


def is_mine(waits: str, seat: Seat) -> bool:
    """Whether it is this seat's turn; `waits` as `rules.waits_for` says it."""
    if waits == "expert":
        return seat.kind == "expert"
    return bool(waits) and seat.side == waits and seat.kind != "expert"
