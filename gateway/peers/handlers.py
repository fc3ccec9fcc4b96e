"""What slices register with the line: who applies which kind of message, and the door that lets attachments out.

`disclosure` and the case stand above this slice; they are called through here, and this slice knows neither.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """An attachment as it lies here, sealed: `gateway.peers.attachments.open_attachment` opens it by its id."""

    id: str
    name: str = field(repr=False)
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A partner's message, verified and in its turn. `organisation_id` is the partner in the tenant that received it.

    `made_at` is the partner's clock, `received_at` ours.
    """

    id: str
    tenant_id: str
    organisation_id: str
    thread: str
    number: int
    kind: str
    body: Mapping[str, Any] = field(repr=False)
    made_at: datetime
    received_at: datetime
    attachments: tuple[Arrived, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """A document that the door lets out now: its name, its exact size and its content as a stream."""

    name: str = field(repr=False)
    size: int
    chunks: Iterator[bytes] = field(repr=False)


Handler = Callable[["Services", "Session", "Context", Incoming], None]


class Door(Protocol):
    """Through which a committed verstrekking leaves over the line; `disclosure` stands behind it."""

    def check(
        self, services: Services, session: Session, context: Context, verstrekking_id: str, organisation_id: str
    ) -> None:
        """Refuse at once what may not be attached for this partner: a GatewayError says why."""

    def open(self, services: Services, context: Context, verstrekking_id: str, *, first: bool) -> Sequence[Leaving]:
        """Judge again and open what may leave; with `first` the event is written before this returns."""


_handlers: dict[str, Handler] = {}
_doors: list[Door] = []


def register(prefix: str, handler: Handler) -> None:
    """Let `handler` apply every message whose kind begins with `prefix`, such as `second_opinion.`.

    It runs in the worker, exactly once, in order for each thread, in one transaction with the mark *applied*. When it
    raises a `GatewayError` all that it did is undone, the message is refused, and the error's sentence goes back.
    """
    _handlers[prefix] = handler


def handler_of(kind: str) -> Handler | None:
    """Who applies this kind; the longest prefix wins."""
    fitting = [prefix for prefix in _handlers if kind.startswith(prefix)]
    return _handlers[max(fitting, key=len)] if fitting else None


def register_door(door: Door) -> None:
    """Let attachments out through this door; there is one."""
    _doors[:] = [door]


def has_door() -> bool:
    """Whether a door was registered."""
    return bool(_doors)


def door() -> Door:
    """The door.

    Raises:
        LookupError: none was registered; a wiring mistake, never a user's.
    """
    if not _doors:
        raise LookupError("no door for attachments was registered")
    return _doors[0]
