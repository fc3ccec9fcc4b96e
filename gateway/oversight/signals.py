"""What in the log deserves a look: pure rules over events. Same events, same signals; other events change nothing.

Each rule gives `Found` values that name the events they rest on. Source: issue 5 (review queue), NEN 7513.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass, fields
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from audit.events import Action, Outcome
from gateway.context import AMSTERDAM, Role
from retention.calendar import shipped_calendar
from retention.errors import TermError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

STAFF = frozenset({Role.SCHOOL_STAFF, Role.SWV_STAFF, Role.CONTACT_PERSON, Role.EXPERT})
READING = frozenset({Action.CONSULT, Action.DOWNLOAD, Action.PRINT})
SATURDAY = 5
HOUR = timedelta(hours=1)
EVENT_KINDS = (
    "break_glass",
    "outside_scope",
    "many_dossiers",
    "outside_hours",
    "refused_reading",
    "refused_then_granted",
    "sign_in_failures",
    "new_network",
)
STATE_KINDS = ("key_expiring", "unconfirmed", "notice_unread", "entry_unused")
KINDS = EVENT_KINDS + STATE_KINDS
"""All kinds of signal, the most urgent first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """From where on an SWV wants to be told. Whole numbers; 0 switches a signal off (but for the hours)."""

    dossiers_a_day: int = 25
    from_hour: int = 7
    until_hour: int = 20
    weekend: int = 1
    refusals_a_day: int = 3
    granted_days: int = 14
    failures_an_hour: int = 5
    known_sign_ins: int = 3
    key_days: int = 30
    confirm_days: int = 7
    notice_days: int = 14
    entry_days: int = 90

    def as_json(self) -> dict[str, int]:
        """As it is kept."""
        return asdict(self)

    @classmethod
    def from_json(cls, chosen: Mapping[str, Any]) -> Thresholds:
        """As it was kept; what is not in it has its default, what is not known is passed over."""
        known = {item.name for item in fields(cls)}
        return cls(**{name: int(value) for name, value in chosen.items() if name in known})


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An event as the rules see it; `seq` orders those of one instant.

    `recipient` comes from the payload of a verstrekking or its refusal.
    """

    event_id: str
    at: datetime
    action: Action
    outcome: Outcome
    actor: str | None = None
    role: str | None = None
    dossier: str | None = None
    object_type: str | None = None
    object_id: str | None = None
    network: str | None = None
    seq: int = 0
    recipient: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Something to look at: its kind, whom or what it is about, its figure, and the events it rests on."""

    kind: str
    subject: str
    number: int
    events: tuple[Seen, ...]
    dossier: str | None = None

    @property
    def day(self) -> date:
        """The last day it happened (Europe/Amsterdam)."""
        return max(_day(event) for event in self.events)


def detect(events: Iterable[Seen], limits: Thresholds) -> list[Found]:
    """Every signal that these events give, whatever their order and however often one of them is told."""
    told = sorted({event.event_id: event for event in events}.values(), key=_order)
    return [
        *_break_glass(told),
        *_many_dossiers(told, limits),
        *_outside_hours(told, limits),
        *_refused_reading(told, limits),
        *_refused_then_granted(told, limits),
        *_sign_in_failures(told, limits),
        *_new_network(told, limits),
    ]


def _order(event: Seen) -> tuple[datetime, int, str]:
    return event.at, event.seq, event.event_id


def is_reading(event: Seen) -> bool:
    """Whether staff read in a dossier."""
    return (
        event.action in READING
        and event.outcome is Outcome.SUCCESS
        and event.dossier is not None
        and event.actor is not None
        and event.role in STAFF
    )


def outside(event: Seen, limits: Thresholds) -> bool:
    """Whether this moment lies outside the hours in which people work; free days are those of the Atw."""
    local = event.at.astimezone(AMSTERDAM)
    if limits.weekend and _is_free(local.date()):
        return True
    return not limits.from_hour <= local.hour < limits.until_hour


def _is_free(day: date) -> bool:
    """A weekend, a public holiday, or a day made equal to one; where the calendar ends only weekends are known."""
    try:
        return shipped_calendar().free_day(day) is not None
    except TermError:
        return day.weekday() >= SATURDAY


def _break_glass(told: Sequence[Seen]) -> Iterable[Found]:
    for event in told:
        if event.action is Action.BREAK_GLASS and event.outcome is Outcome.SUCCESS:
            yield Found(kind="break_glass", subject=event.event_id, number=1, events=(event,), dossier=event.dossier)


def _many_dossiers(told: Sequence[Seen], limits: Thresholds) -> Iterable[Found]:
    if not limits.dossiers_a_day:
        return
    by_day: dict[tuple[str, date], dict[str, Seen]] = defaultdict(dict)
    for event in filter(is_reading, told):
        by_day[event.actor or "", _day(event)].setdefault(event.dossier or "", event)
    for (actor, _), firsts in by_day.items():
        if len(firsts) >= limits.dossiers_a_day:
            yield Found(kind="many_dossiers", subject=actor, number=len(firsts), events=tuple(firsts.values()))


def _outside_hours(told: Sequence[Seen], limits: Thresholds) -> Iterable[Found]:
    by_day: dict[tuple[str, date], list[Seen]] = defaultdict(list)
    for event in filter(is_reading, told):
        if outside(event, limits):
            by_day[event.actor or "", _day(event)].append(event)
    for (actor, _), late in by_day.items():
        yield Found(kind="outside_hours", subject=actor, number=len(late), events=tuple(late))


def _refused_reading(told: Sequence[Seen], limits: Thresholds) -> Iterable[Found]:
    if not limits.refusals_a_day:
        return
    by_day: dict[tuple[str, date], list[Seen]] = defaultdict(list)
    for event in told:
        if event.action is Action.REFUSE and event.object_type == "document_version" and event.actor:
            by_day[event.actor, _day(event)].append(event)
    for (actor, _), refused in by_day.items():
        if len(refused) >= limits.refusals_a_day:
            yield Found(kind="refused_reading", subject=actor, number=len(refused), events=tuple(refused))


def _refused_then_granted(told: Sequence[Seen], limits: Thresholds) -> Iterable[Found]:
    if not limits.granted_days:
        return
    window = timedelta(days=limits.granted_days)
    refused: dict[tuple[str, str], list[Seen]] = defaultdict(list)
    for event in told:
        if event.object_type != "verstrekking" or not event.dossier or not event.recipient:
            continue
        key = (event.dossier, event.recipient)
        if event.action is Action.REFUSE:
            refused[key].append(event)
        elif event.action is Action.DISCLOSE and event.object_id:
            before = [one for one in refused[key] if event.at - one.at <= window]
            if before:
                yield Found(
                    kind="refused_then_granted",
                    subject=event.object_id,
                    number=len(before),
                    events=(*before, event),
                    dossier=event.dossier,
                )


def _sign_in_failures(told: Sequence[Seen], limits: Thresholds) -> Iterable[Found]:
    if not limits.failures_an_hour:
        return
    by_account: dict[str, list[Seen]] = defaultdict(list)
    for event in told:
        if event.action is Action.SIGN_IN_FAILED and event.object_id:
            by_account[event.object_id].append(event)
    for account, failed in by_account.items():
        kept: dict[str, Seen] = {}
        most = 0
        for start, first in enumerate(failed):
            within = [event for event in failed[start:] if event.at - first.at <= HOUR]
            if len(within) >= limits.failures_an_hour:
                most = max(most, len(within))
                kept |= {event.event_id: event for event in within}
        if kept:
            yield Found(kind="sign_in_failures", subject=account, number=most, events=tuple(kept.values()))


def _new_network(told: Sequence[Seen], limits: Thresholds) -> Iterable[Found]:
    if not limits.known_sign_ins:
        return
    known: dict[str, list[str]] = defaultdict(list)
    for event in told:
        if event.action is not Action.SIGN_IN or not event.actor or not event.network:
            continue
        before = known[event.actor]
        if len(before) >= limits.known_sign_ins and event.network not in before:
            yield Found(kind="new_network", subject=event.actor, number=1, events=(event,))
        before.append(event.network)


def _day(event: Seen) -> date:
    return event.at.astimezone(AMSTERDAM).date()
