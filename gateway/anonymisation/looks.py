"""From what the bounded process left to what a reviewer sees: lines to decide on, and texts with marks. Pure.

The process read hostile bytes: only the form of what it left is believed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.anonymisation.choices import is_locked, key_of
from gateway.anonymisation.finds import KINDS, SOURCES
from gateway.anonymisation.sealed import Group

DOUBTFUL: Final = 0.8
"""A find below this certainty comes first for the reviewer."""
_PAGE: Final = "pagina "
_NAME_MAX: Final = 60
_TEXT_MAX: Final = 300
_GROUPS_MAX: Final = 20_000
_REASONS: Final = ("name", "birth_date", "bsn", "absent")
_REVIEWER: Final = "reviewer"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Sheet:
    """One part of the document as it was read, with its marks: start, end, and the key of the group."""

    name: str
    text: str
    marks: tuple[tuple[int, int, str], ...]
    also: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As it is sealed."""
        marks = [list(mark) for mark in self.marks]
        return {"name": self.name, "text": self.text, "marks": marks, "also": list(self.also)}

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Sheet:
        """As it was sealed."""
        return cls(
            name=told["name"],
            text=told["text"],
            marks=tuple((start, end, key) for start, end, key in told["marks"]),
            also=tuple(told["also"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Look:
    """Everything for one review; `other_pupil` are reasons to think that the document is about another pupil."""

    groups: list[Group]
    sheets: list[Sheet]
    other_pupil: tuple[str, ...] = ()


@dataclass(slots=True)
class _Line:
    """A group on its way: how often it was found in each place, by the reading that found it most."""

    text: str
    kind: str
    source: str
    certainty: float
    replacement: str
    locked: bool
    places: Counter[str] = field(default_factory=Counter)


def arranged(left: Any, added: frozenset[str] = frozenset()) -> Look:
    """What the process left, arranged for the reviewer; `added` are keys of texts that a reviewer added.

    A page of a PDF is read twice, as the file says it and as it is seen: the fuller reading is shown, and what only the
    other one held is named beside it. What does not fit the form is left out.
    """
    stories = [story for story in (_story(each) for each in _items(left, "stories")) if story is not None]
    lines: dict[str, _Line] = {}
    shown: dict[str, Sheet] = {}
    for name, text, finds in stories:
        marks: list[tuple[int, int, str]] = []
        counts: Counter[str] = Counter()
        for start, end, kind, source, certainty, replacement in finds:
            written = " ".join(text[start:end].split())[:_TEXT_MAX]
            key = key_of(written) or written
            if len(lines) >= _GROUPS_MAX and key not in lines:
                continue
            of_reviewer = key in added
            line = lines.setdefault(
                key, _Line(written, kind, _REVIEWER if of_reviewer else source, certainty, replacement, locked=False)
            )
            line.certainty = min(line.certainty, certainty)
            line.locked |= is_locked(kind, source) and not of_reviewer
            counts[key] += 1
            if not marks or start >= marks[-1][1]:
                marks.append((start, end, key))
        for key, count in counts.items():
            lines[key].places[name] = max(lines[key].places[name], count)
        sheet = Sheet(name=name, text=text, marks=tuple(marks))
        if name.startswith(_PAGE):
            shown[name] = _fuller(shown.get(name), sheet)
        elif text.strip():
            shown[f"{name} {len(shown)}"] = sheet
    groups = [_group(key, line) for key, line in lines.items()]
    reasons = tuple(each for each in _items(left, "other_pupil") if each in _REASONS)
    return Look(groups=groups, sheets=list(shown.values()), other_pupil=reasons)


def _items(left: Any, name: str) -> list[Any]:
    found = left.get(name) if isinstance(left, dict) else None
    return found if isinstance(found, list) else []


def _story(told: Any) -> tuple[str, str, list[tuple[int, int, str, str, float, str]]] | None:
    if not isinstance(told, dict) or not isinstance(told.get("name"), str) or not isinstance(told.get("text"), str):
        return None
    text = told["text"]
    finds = [find for find in (_find(each, len(text)) for each in _items(told, "finds")) if find is not None]
    return told["name"][:_NAME_MAX], text, sorted(finds, key=lambda find: (find[0], -find[1]))


def _find(told: Any, most: int) -> tuple[int, int, str, str, float, str] | None:
    match told:
        case [int(start), int(end), str(kind), str(source), float() | int() as certainty, str(replacement), bool()]:
            fits = 0 <= start < end <= most and kind in KINDS and source in {*SOURCES, _REVIEWER}
            if fits and 0 <= certainty <= 1:
                return start, end, kind, source, float(certainty), replacement[:_TEXT_MAX]
    return None


def _fuller(one: Sheet | None, two: Sheet) -> Sheet:
    """The reading with the most letters, and what only the other one held."""
    if one is None:
        return two
    full, thin = (one, two) if len(one.text) >= len(two.text) else (two, one)
    there = {key for _, _, key in full.marks}
    also = {key for _, _, key in thin.marks if key not in there} | (set(thin.also) - there)
    return Sheet(name=full.name, text=full.text, marks=full.marks, also=tuple(sorted({*full.also, *also})))


def _group(key: str, line: _Line) -> Group:
    return Group(
        key=key,
        text=line.text,
        kind=line.kind,
        source=line.source,
        certainty=line.certainty,
        replacement=line.replacement,
        count=sum(line.places.values()),
        places=tuple(line.places),
        locked=line.locked,
    )
