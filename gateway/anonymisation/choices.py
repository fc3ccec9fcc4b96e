"""What a reviewer chose: texts that stay, and texts and places that go as well. Pure values.

A choice is about a text, wherever it stands in the document: what would stay in one place is still there, and the
proof would rightly find it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gateway.anonymisation.finds import KINDS, PARENT, PUPIL, Find
from gateway.anonymisation.folding import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DIRECT: Final = frozenset(
    {PUPIL, PARENT, "DATE_BIRTH", "BSN", "ID", "TLV_NUMBER", "ADDRESS", "POSTCODE", "PHONE", "EMAIL"}
)
"""Kinds that point to pupil or parent by themselves: where the dossier knows the value, it never stays."""
OMITTED: Final = "weggelaten"
ADDED_MAX: Final = 200
BOXES_MAX: Final = 500
_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Added:
    """A text that a reviewer saw and the detector did not; `kind` is one of `finds.KINDS`, or empty for no kind."""

    text: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A box on a page of the result, from 1; its sides are shares of the page, between 0 and 1."""

    page: int
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Choices:
    """The whole of what a reviewer chose; `keep` are keys of texts (`key_of`) that stay."""

    keep: frozenset[str] = frozenset()
    added: tuple[Added, ...] = ()
    areas: tuple[Area, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As it goes to the process."""
        return {
            "keep": sorted(self.keep),
            "added": [[each.text, each.kind] for each in self.added],
            "areas": [[each.page, each.left, each.top, each.right, each.bottom] for each in self.areas],
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Choices:
        """As it came to the process."""
        return cls(
            keep=frozenset(told.get("keep", ())),
            added=tuple(Added(text=text, kind=kind) for text, kind in told.get("added", ())),
            areas=tuple(
                Area(page=page, left=left, top=top, right=right, bottom=bottom)
                for page, left, top, right, bottom in told.get("areas", ())
            ),
        )


NONE: Final = Choices()


def key_of(text: str) -> str:
    """What texts have in common that are the same to a reader: case, accents, spaces and marks do not count."""
    return " ".join(_WORD.findall(fold(text).text.lower()))


def is_locked(kind: str, source: str) -> bool:
    """Whether no reviewer may let this stay: the dossier says that it is the pupil's or a guardian's."""
    return source == "known" and kind in DIRECT


def stays(choices: Choices, find: Find, text: str) -> bool:
    """Whether a find stays because a reviewer said so."""
    return bool(choices.keep) and not is_locked(find.kind, find.source) and key_of(text) in choices.keep


def added_in(choices: Choices, text: str) -> list[Find]:
    """Where the added texts stand in a text, letter by letter but for case, accents and kinds of space."""
    folded = fold(text)
    low = folded.text.lower()
    found: list[Find] = []
    for each in choices.added:
        pattern = _pattern(each.text)
        if pattern is None:
            continue
        for match in pattern.finditer(low):
            start, end = folded.back(*match.span())
            found.append(
                Find(
                    start=start,
                    end=end,
                    kind=each.kind if each.kind in KINDS else "ID",
                    source="reviewer",
                    certainty=1.0,
                    replacement=f"[{OMITTED}]",
                )
            )
    return found


def _pattern(text: str) -> re.Pattern[str] | None:
    words = fold(text).text.lower().split()
    if not words:
        return None
    loose = r"\s+".join(map(re.escape, words))
    before = r"(?<!\w)" if words[0][0].isalnum() else ""
    after = r"(?!\w)" if words[-1][-1].isalnum() else ""
    return re.compile(before + loose + after)


def without(finds: Iterable[Find], choices: Choices, text: str) -> tuple[list[Find], list[Find]]:
    """The finds that go, and those that stay."""
    go: list[Find] = []
    stay: list[Find] = []
    for find in finds:
        (stay if stays(choices, find, text[find.start : find.end]) else go).append(find)
    return go, stay
