"""A message on its way out, as every carrier takes it, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from gateway.peers.envelope import Acknowledgement
    from gateway.peers.handlers import Leaving


class CarryError(Exception):
    """It could not be carried now; `code` says why, for the page: it is tried again later."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message of ours on its way out: all of its envelope but who sends, who receives, and the hashes."""

    row_id: str
    message_id: str
    thread: str
    number: int
    kind: str
    made_at: datetime
    body: Mapping[str, Any] = field(repr=False)
    leaving: Sequence[Leaving] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What became of a draft: the digest under which it left, and the partner's answer."""

    digest: str
    answer: Acknowledgement
