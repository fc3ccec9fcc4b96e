"""How long what a dossier holds is kept, per set of categories: until when, why, and what would change it. Pure.

One history gives both the plan and the facts that the judge is told (`standing`), so that what a page promises and what
the judge allows never differ.
Source: PR12.1, OB2, D-PR 7; judgement.md, "destroy".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from retention.errors import TermError
from retention.terms import keep_until

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date


class Why(StrEnum):
    """What decides how long a set is kept."""

    HELD = "held"
    OPEN = "open"
    NO_MATTER = "no_matter"
    AFTER_MATTER = "after_matter"
    AFTER_DECISION = "after_decision"
    AFTER_LEAVING = "after_leaving"
    NEVER = "never"


class Change(StrEnum):
    """What would give another date."""

    END_OF_HOLD = "end_of_hold"
    END_OF_MATTER = "end_of_matter"
    NEW_MATTER = "new_matter"
    NEW_HOLD = "new_hold"
    LEAVING = "leaving"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a profile says: so many years after the last matter; `after_leaving` for all but the excepted categories."""

    years: int
    after_leaving: int | None = None
    excepted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """One matter; without a last day it is open."""

    ended_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Something that forbids destruction through its last day.

    After an objection or appeal the term restarts from the final decision (OB2).
    """

    ended_on: date | None = None
    final_decision_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What happened to one dossier; `left_school_on` None: still at school, or not known."""

    matters: Sequence[Matter] = ()
    holds: Sequence[Hold] = ()
    left_school_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A history as the judge is told it on one day.

    `restarted`: the last end is a final decision, and no matter. The day of leaving counts from it too.
    """

    held: bool
    open_matters: int
    last_ended_on: date | None
    left_school_on: date | None
    restarted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One set of categories with one fate.

    `term_until` is the last day of the term as it runs now, `counted_from` the day it counts from. `keep_until` is None
    as long as something forbids destruction whatever the term says.
    """

    categories: tuple[str, ...]
    why: Why
    article: str
    counted_from: date | None
    term_until: date | None
    keep_until: date | None
    changes: tuple[Change, ...]


def standing(history: History, on: date) -> Standing:
    """What the judge is told of this history on this day. A hold holds through its last day.

    Source: OB2 (legal hold, the term restarts from the final decision).
    """
    finals = [hold.final_decision_on for hold in history.holds if hold.final_decision_on is not None]
    ends = [matter.ended_on for matter in history.matters if matter.ended_on is not None]
    final, end = max(finals, default=None), max(ends, default=None)
    restarted = final is not None and (end is None or final > end)
    left = history.left_school_on
    return Standing(
        held=any(hold.ended_on is None or on <= hold.ended_on for hold in history.holds),
        open_matters=sum(matter.ended_on is None for matter in history.matters),
        last_ended_on=final if restarted else end,
        left_school_on=left if left is None or final is None else max(left, final),
        restarted=restarted,
    )


def plan(rule: Rule, stands: Standing, categories: Iterable[str]) -> tuple[Line, ...]:
    """One line for each set of these categories that has its own rule; the excepted set comes first.

    Without `after_leaving` there is one set. No categories: no line.
    """
    asked = tuple(sorted(set(categories)))
    if not asked:
        return ()
    if rule.after_leaving is None:
        return (_line(rule, stands, asked),)
    kept = tuple(each for each in asked if each in rule.excepted)
    others = tuple(each for each in asked if each not in rule.excepted)
    found = [_line(rule, stands, kept)] if kept else []
    if others:
        found.append(_line(rule, stands, others, leaves=True))
    return tuple(found)


def until(lines: Sequence[Line]) -> date | None:
    """The last day of keeping of everything in these lines; None: something in it has none."""
    days = [line.keep_until for line in lines]
    return max((day for day in days if day is not None), default=None) if all(days) else None


def besluit_is_kept(rule: Rule, stands: Standing, on: date) -> bool:
    """Whether the term after the last matter still runs, so that what a besluit rests on stays with it (PR12.1)."""
    last = _last_day(stands.last_ended_on, rule.years)
    return stands.last_ended_on is not None and (last is None or last >= on)


def is_due(rule: Rule, stands: Standing, categories: Iterable[str], on: date) -> bool:
    """Whether every one of these categories is past its last day of keeping, so that the judge allows destruction."""
    last = until(plan(rule, stands, categories))
    return last is not None and last < on


def _line(rule: Rule, stands: Standing, categories: tuple[str, ...], *, leaves: bool = False) -> Line:
    by_leaving = leaves and stands.left_school_on is not None
    start = stands.left_school_on if by_leaving else stands.last_ended_on
    years = rule.after_leaving if by_leaving and rule.after_leaving is not None else rule.years
    term = _last_day(start, years)
    why = _why(stands, start, term, by_leaving=by_leaving)
    stops = why in {Why.HELD, Why.OPEN}
    return Line(
        categories=categories,
        why=why,
        article="OB2" if why is Why.HELD else "PR12.1",
        counted_from=start,
        term_until=term,
        keep_until=None if stops else term,
        changes=_changes(why, waits_for_leaving=leaves and not by_leaving),
    )


def _last_day(start: date | None, years: int) -> date | None:
    """The last day; None where there is no day to count from, or it lies past the calendar (then it never comes)."""
    try:
        return None if start is None else keep_until(start, years)
    except TermError:
        return None


def _why(stands: Standing, start: date | None, term: date | None, *, by_leaving: bool) -> Why:
    if stands.held:
        return Why.HELD
    if stands.open_matters:
        return Why.OPEN
    if start is None:
        return Why.NO_MATTER
    if term is None:
        return Why.NEVER
    if by_leaving:
        return Why.AFTER_LEAVING
    return Why.AFTER_DECISION if stands.restarted else Why.AFTER_MATTER


def _changes(why: Why, *, waits_for_leaving: bool) -> tuple[Change, ...]:
    if why is Why.HELD:
        return (Change.END_OF_HOLD,)
    if why is Why.OPEN:
        return (Change.END_OF_MATTER,)
    if why is Why.NO_MATTER:
        return (Change.NEW_MATTER, Change.LEAVING) if waits_for_leaving else (Change.NEW_MATTER,)
    usual = (Change.NEW_HOLD,) if why is Why.AFTER_LEAVING else (Change.NEW_MATTER, Change.NEW_HOLD)
    return (*usual, Change.LEAVING) if waits_for_leaving else usual
