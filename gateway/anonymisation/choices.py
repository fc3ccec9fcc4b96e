"""What a reviewer chose: texts that stay, and texts and places that go as well. Pure values.

A choice is about a text, wherever it stands in the document: what would stay in one place is still there, and the
proof would rightly find it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gateway.anonymisation.finds import KINDS, OTHER, PARENT, PUPIL, Find
from gateway.anonymisation.folding import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DIRECT: Final = frozenset(
    {PUPIL, PARENT, "DATE_BIRTH", "BSN", "ID", "TLV_NUMBER", "ADDRESS", "POSTCODE", "PHONE", "EMAIL"}
)
"""Kinds that point to pupil or parent by themselves: where the dossier knows the value, it never stays."""
OF_OTHERS: Final = frozenset(
    {PARENT, OTHER, "ADDRESS", "POSTCODE", "PHONE", "EMAIL", "IBAN", "BSN", "ID", "DATE_BIRTH"}
)
"""Kinds that may be another person's: in an inzage they go, unless they are the pupil's or the requester's own."""
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
    """The whole of what a reviewer chose; `keep` are keys of texts (`key_of`) that stay.

    `own` is there for an inzage only, where the pupil's and the requester's own data stay and only what is of others
    goes: the words of their names, and the keys of their numbers and addresses. Then nothing is locked.
    """

    keep: frozenset[str] = frozenset()
    added: tuple[Added, ...] = ()
    areas: tuple[Area, ...] = ()
    own: frozenset[str] | None = None

    def to_json(self) -> dict[str, Any]:
        """As it goes to the process."""
        told: dict[str, Any] = {
            "keep": sorted(self.keep),
            "added": [[each.text, each.kind] for each in self.added],
            "areas": [[each.page, each.left, each.top, each.right, each.bottom] for each in self.areas],
        }
        return told if self.own is None else {**told, "own": sorted(self.own)}

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
            own=frozenset(told["own"]) if told.get("own") is not None else None,
        )


NONE: Final = Choices()


def key_of(text: str) -> str:
    """What texts have in common that are the same to a reader: case, accents, spaces and marks do not count."""
    return " ".join(_WORD.findall(fold(text).text.lower()))


def is_locked(kind: str, source: str) -> bool:
    """Whether no reviewer may let this stay: the dossier says that it is the pupil's or a guardian's."""
    return source == "known" and kind in DIRECT


def stays(choices: Choices, find: Find, text: str) -> bool:
    """Whether a find stays: because a reviewer said so, or in an inzage because it is no data of others."""
    if choices.own is not None:
        return find.source != "reviewer" and is_own(find.kind, find.source, key_of(text), choices)
    return bool(choices.keep) and not is_locked(find.kind, find.source) and key_of(text) in choices.keep


def is_own(kind: str, source: str, key: str, choices: Choices) -> bool:
    """Whether in an inzage this may stay: kept by the reviewer, of no other person, or the pupil's or requester's own.

    A name is their own when every word of it is; so a surname that father and pupil share stays where it stands alone.
    Source: AVG 15(4).
    """
    if key in choices.keep or kind not in OF_OTHERS:
        return True
    own = choices.own or frozenset()
    if source == "known" and kind in {"DATE_BIRTH", "BSN"}:
        return True  # of the pupil: the dossier knows no other
    return key in own or (bool(key) and set(key.split()) <= own)


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
