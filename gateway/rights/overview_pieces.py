"""What of an overview is left out for this requester: by itself, or because the officer decided so. Source: AVG 15(4).

Each item has a key that stays the same, so that what the officer decided holds when the overview is made again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.rights.overview_values import LeftOut

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.rights.overview_values import Overview


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """What the officer decided of one item, and why."""

    shown: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One item of which the officer can decide; `proposed` is what holds without a decision."""

    key: str
    about: str
    shown: bool
    proposed: bool
    why: str

    @property
    def decided(self) -> bool:
        """Whether the officer went another way than proposed."""
        return self.shown is not self.proposed


class Pieces:
    """The items as they are met; what is left out gives an empty text."""

    def __init__(self, overrides: Mapping[str, Override]) -> None:
        self._overrides = overrides
        self._found: dict[str, Piece] = {}

    @property
    def found(self) -> list[Piece]:
        """Every item, in the order of the overview."""
        return list(self._found.values())

    def value(self, key: str, about: str, text: str, *, hidden: bool, why: str) -> str:
        """The text, or nothing where it is left out; an empty text is no item."""
        if not text.strip():
            return ""
        override = self._overrides.get(key)
        shown = override.shown if override is not None else not hidden
        reason = override.reason if override is not None and override.reason else why
        self._found[key] = Piece(key=key, about=about, shown=shown, proposed=not hidden, why=reason)
        return text if shown else ""

    def applied(self, made: Overview) -> Overview:
        """The overview with what was left out named, and why."""
        left = tuple(LeftOut(about=each.about, why=each.why) for each in self.found if not each.shown)
        return replace(made, left_out=left)
