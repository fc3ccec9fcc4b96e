"""What two gateways tell each other about destroying, in its one spelling, and which answer fits the request. Pure.

Written in docs/FORMAT-peer-messages.md ("Destroying"), with vectors in tests/vectors/peers. What is not exactly so is
refused. Source: issue 10 (Partners too).
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from gateway.errors import InvalidInputError
from gateway.peers.envelope import canonical, is_thread, spelled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ASK, ANSWER = "destruction.ask", "destruction.answer"
VERSION = 1
FORMAT = "dossierpoort-peer-destruction/1"
THREADS: Final = ("correction", "second_opinion")
"""What a thread that something went over is about."""
DESTROYED, KEPT, NOTHING = "destroyed", "kept", "nothing"
FINAL = "final"
KEPT_BECAUSE: Final[dict[str, str]] = {
    "complaint": "PR13",
    "objection": "OB2",
    "record": "BW 7:454",
    "order": "AVG 17(3)",
}
"""Why a partner may keep what it received, each with the article that says so."""
GRACE = timedelta(days=7)
"""So long a partner's people may say that it must be kept, before it goes by itself."""
KEPT_AT_MOST = timedelta(days=20 * 366)
MOST_ITEMS = 200
MOST_STATEMENT = 200_000
SLACK = timedelta(hours=1)

_ID = re.compile(r"[0-9a-f]{32}")
_ARTICLE = re.compile(r"[A-Za-z0-9:.()\- ]{1,12}")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
_BAD = "Dit bericht over vernietigen is niet zoals het hoort."


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A thread over which something went: what it was about, and the opaque name that both know it by."""

    kind: str
    thread: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Destroy what you received of us under these threads, by this day."""

    request: str
    items: tuple[Item, ...]
    verstrekkingen: tuple[str, ...]
    article: str
    destroy_by: date
    reminder: bool = False

    def body(self) -> dict[str, Any]:
        """The body of the message."""
        return {
            "version": VERSION,
            "request": self.request,
            "items": [{"kind": each.kind, "thread": each.thread} for each in self.items],
            "verstrekkingen": list(self.verstrekkingen),
            "article": self.article,
            "destroy_by": self.destroy_by.isoformat(),
            "reminder": self.reminder,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Until when something is kept, and because of what by which article."""

    until: date
    kind: str
    article: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What the partner declares, as it is signed. `certificates` are its own ones, for who can check them."""

    request: str
    items: tuple[Item, ...]
    verstrekkingen: tuple[str, ...]
    state: str
    made_at: datetime
    final: bool = False
    kept: Kept | None = None
    destroyed_at: datetime | None = None
    counts: Mapping[str, int] | None = None
    certificates: tuple[str, ...] = ()

    def text(self) -> str:
        """The text that is signed, in its one spelling."""
        kept = self.kept
        value = {
            "format": FORMAT,
            "request": self.request,
            "items": [{"kind": each.kind, "thread": each.thread} for each in self.items],
            "verstrekkingen": list(self.verstrekkingen),
            "state": self.state,
            "final": self.final,
            "kept": {"until": kept.until.isoformat(), "kind": kept.kind, "article": kept.article} if kept else None,
            "destroyed_at": spelled(self.destroyed_at) if self.destroyed_at else None,
            "counts": dict(self.counts or {}),
            "certificates": list(self.certificates),
            "made_at": spelled(self.made_at),
        }
        return canonical(value).decode("utf-8")


def request_id(destruction_id: str, organisation_id: str) -> str:
    """The id of the request to one partner: the same when a restored database destroys the same dossier again."""
    return hashlib.sha256(f"destroy:{destruction_id}:{organisation_id}".encode()).hexdigest()[:32]


def parse_ask(body: Mapping[str, Any]) -> Ask:
    """Read the body of a request.

    Raises:
        InvalidInputError: it is not exactly as the format says.
    """
    names = {"version", "request", "items", "verstrekkingen", "article", "destroy_by", "reminder"}
    _require(set(body) == names and _is_number(body["version"], VERSION) and isinstance(body["reminder"], bool))
    items = _items(body["items"])
    _require(bool(items))
    return Ask(
        request=_text(body["request"], _ID),
        items=items,
        verstrekkingen=_ids(body["verstrekkingen"]),
        article=_text(body["article"], _ARTICLE),
        destroy_by=_day(body["destroy_by"]),
        reminder=body["reminder"],
    )


def parse_statement(text: str) -> Statement:
    """Read a statement whose signature was verified.

    Raises:
        InvalidInputError: it is not exactly as the format says, or says two things.
    """
    _require(len(text) <= MOST_STATEMENT)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(_BAD) from error
    names = {"format", "request", "items", "verstrekkingen", "state", "final", "kept", "destroyed_at", "counts"}
    _require(isinstance(found, dict) and set(found) == {*names, "certificates", "made_at"})
    _require(found["format"] == FORMAT and found["state"] in (DESTROYED, KEPT, NOTHING))
    _require(isinstance(found["final"], bool) and canonical(found).decode("utf-8") == text)
    made = Statement(
        request=_text(found["request"], _ID),
        items=_items(found["items"]),
        verstrekkingen=_ids(found["verstrekkingen"]),
        state=found["state"],
        final=found["final"],
        kept=None if found["kept"] is None else _kept(found["kept"]),
        destroyed_at=None if found["destroyed_at"] is None else _instant(found["destroyed_at"]),
        counts=_counts(found["counts"]),
        certificates=_texts(found["certificates"]),
        made_at=_instant(found["made_at"]),
    )
    _require((made.state == KEPT) == (made.kept is not None))
    _require((made.state == DESTROYED) == (made.destroyed_at is not None))
    _require(not made.final or made.state == DESTROYED)
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What was asked, and what the last statement said that was taken: `made_at` None before the first."""

    request: str
    items: tuple[Item, ...]
    verstrekkingen: tuple[str, ...]
    state: str
    final: bool
    made_at: datetime | None


def fits(asked: Standing, said: Statement, now: datetime) -> bool:
    """Whether a statement is about exactly what was asked and goes on from the last one: what is gone stays gone.

    A moment in the future, or before the statement that we have, is no new statement but a mistake or an old one.
    """
    if (said.request, said.items, said.verstrekkingen) != (asked.request, asked.items, asked.verstrekkingen):
        return False
    if said.made_at > now + SLACK or (asked.made_at is not None and said.made_at <= asked.made_at):
        return False
    if said.destroyed_at is not None and said.destroyed_at > said.made_at:
        return False
    if asked.state in (DESTROYED, NOTHING):
        return said.state == asked.state == DESTROYED and (said.final or not asked.final)
    return True


def due_on(received: date, destroy_by: date) -> date:
    """The first day on which it goes by itself: people get a week to say that it must be kept, within the term."""
    return max(received, min(received + GRACE, destroy_by))


def items_of(value: Sequence[Any]) -> tuple[Item, ...]:
    """The items as they are stored."""
    return _items(value)


def _items(value: Any) -> tuple[Item, ...]:
    _require(isinstance(value, list) and len(value) <= MOST_ITEMS)
    for each in value:
        _require(isinstance(each, dict) and set(each) == {"kind", "thread"})
        _require(each["kind"] in THREADS and isinstance(each["thread"], str) and is_thread(each["thread"]))
    found = tuple(Item(kind=each["kind"], thread=each["thread"]) for each in value)
    _require(list(found) == sorted(set(found), key=lambda each: (each.kind, each.thread)))
    return found


def _ids(value: Any) -> tuple[str, ...]:
    _require(isinstance(value, list) and len(value) <= MOST_ITEMS)
    found = tuple(_text(each, _ID) for each in value)
    _require(list(found) == sorted(set(found)))
    return found


def _kept(value: Any) -> Kept:
    _require(isinstance(value, dict) and set(value) == {"until", "kind", "article"})
    _require(value["kind"] in KEPT_BECAUSE and value["article"] == KEPT_BECAUSE[value["kind"]])
    return Kept(until=_day(value["until"]), kind=value["kind"], article=value["article"])


def _counts(value: Any) -> dict[str, int]:
    _require(isinstance(value, dict) and len(value) <= MOST_ITEMS)
    for kind, count in value.items():
        _require(re.fullmatch(r"[a-z_]{1,40}", kind) is not None and type(count) is int and count >= 0)
    return dict(value)


def _texts(value: Any) -> tuple[str, ...]:
    _require(isinstance(value, list) and len(value) <= MOST_ITEMS and all(isinstance(each, str) for each in value))
    return tuple(value)


def _text(value: Any, form: re.Pattern[str]) -> str:
    _require(isinstance(value, str) and form.fullmatch(value) is not None)
    return str(value)


def _day(value: Any) -> date:
    _require(isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value) is not None)
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise InvalidInputError(_BAD) from error


def _instant(value: Any) -> datetime:
    try:
        return datetime.fromisoformat(_text(value, _INSTANT)).astimezone(UTC)
    except ValueError as error:
        raise InvalidInputError(_BAD) from error


def _is_number(value: Any, number: int) -> bool:
    return type(value) is int and value == number


def _require(holds: bool) -> None:
    if not holds:
        raise InvalidInputError(_BAD)
