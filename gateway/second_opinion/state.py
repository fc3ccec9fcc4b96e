"""What a case of a second opinion is made of: acts, experts and the state that they lead to. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from retention.terms import Length

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

REQUESTER: Final = "requester"
PARTNER: Final = "partner"
BOTH: Final = frozenset({REQUESTER, PARTNER})

KINDS: Final = frozenset({"opp", "arrangement", "expert_opinion", "dispute"})
PARTS: Final = ("a", "b", "c", "d")
"""What a delivery holds at least (CV4.5): needs, preceding allocation, view of the school, view of the parents."""
CHECKS: Final = ("written", "specific", "task", "necessary", "proportionate", "not_twice", "contact_person")
"""The items of the check before sending (CV3.1-CV3.4)."""
REVIEW: Final = Length.parse("P2W")
EXTENSION: Final = Length.parse("P4W")
MOST_EXPERTS: Final = 2

OVER: Final = frozenset({"declined", "withdrawn", "closed"})
BEFORE_SENDING: Final = frozenset({"draft", "check", "consultation"})
WITH_PARTNER: Final = frozenset({"accepted", "agreements", "delivery", "in_review"})
RUNNING: Final = BEFORE_SENDING | WITH_PARTNER | {"sent", "signed", "delivered"}
PHASES: Final = RUNNING | OVER


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing that one side did. `by` is an opaque id; `data` holds what the act needs, in JSON's types."""

    kind: str
    side: str
    on: date
    by: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Why an act cannot be done now, as a sentence, and the article that says so."""

    reason: str
    article: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Expert:
    """An expert in a case. `declared`: accepted confidentiality and said whether they were involved before."""

    id: str
    nvo: bool
    admitted: bool = False
    declared: bool = False
    signed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Where a case stands. `proposal` and `agreed` are agreements (CV4.2) with their number; `due` is the term."""

    phase: str = "draft"
    by_parents: bool = False
    second_expert: bool = False
    written: int = 0
    checked: bool = False
    proposed_by: str = ""
    proposal: Mapping[str, Any] | None = None
    agreed: Mapping[str, Any] | None = None
    agreements: int = 0
    experts: tuple[Expert, ...] = ()
    supplied: bool = False
    received_on: date | None = None
    due: date | None = None
    more_asked: bool = False
    extended: bool = False
    open_questions: frozenset[int] = frozenset()
    questions: int = 0
    confirmed: bool = False
    parents: str = ""
    access_until: date | None = None

    @property
    def experts_needed(self) -> int:
        """How many experts sign: always two when the parents asked (SO2), else one, or two when asked (CV2.4)."""
        return 2 if self.by_parents or self.second_expert else 1

    @property
    def over(self) -> bool:
        """Whether nothing can be done any more."""
        return self.phase in OVER

    def expert(self, expert_id: str) -> Expert | None:
        """The expert with this id, when they are in the case."""
        return next((each for each in self.experts if each.id == expert_id), None)
