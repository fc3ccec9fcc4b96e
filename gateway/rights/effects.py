"""What a kind of request does beside being decided: registered by the slices that know, wired in `gateway.lines`.

Each function runs in the transaction of the step, so that it happens with it or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.rights.rules import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.rights.rules import Decision
    from gateway.rights.tables import RightRequest
    from gateway.services import Services

    Ready = Callable[[Services, Session, RightRequest], None]
    Decided = Callable[[Services, Session, Context, RightRequest, Decision], None]
    Happened = Callable[[Services, Session, Context, RightRequest], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What one kind does at its steps; None: nothing.

    `begun`: in the transaction of the reception. `ready`: before a decision (state `treated`, `outcome` already the one
    that is about to be taken) and before it counts as carried out (`decided`) or is closed; raises `ConflictError` with
    what must be done first. `decided`: in the deciding transaction. `ended`: when it is closed or withdrawn.
    """

    begun: Happened | None = None
    ready: Ready | None = None
    decided: Decided | None = None
    ended: Happened | None = None


_REGISTERED: dict[str, Effects] = {}


def register(
    kind: str,
    *,
    begun: Happened | None = None,
    ready: Ready | None = None,
    decided: Decided | None = None,
    ended: Happened | None = None,
) -> None:
    """Say what this kind of request does; once for each kind (again replaces, so that wiring twice does no harm)."""
    if kind not in KINDS:
        raise ValueError("no kind of request")
    _REGISTERED[kind] = Effects(begun=begun, ready=ready, decided=decided, ended=ended)


def of(kind: str) -> Effects:
    """What was registered for this kind; nothing at all where nobody did."""
    return _REGISTERED.get(kind, Effects())
