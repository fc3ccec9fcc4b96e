"""What the steps of the detector hand each other: ranges of a folded text, and how those that touch become one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from gateway.anonymisation.finds import PERSONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

RANK: Final = {"known": 0, "pattern": 1, "model": 2, "spread": 3}
_WHOLE: Final = frozenset({"EMAIL", "URL"})


@dataclass(frozen=True, slots=True)
class Span:
    """A range of a folded text; `label` is what replaces it where the dossier knows who or what it is."""

    start: int
    end: int
    kind: str
    source: str
    certainty: float
    label: str = ""


def united(spans: Iterable[Span], text: str, flows: Callable[[int], bool] = bool) -> list[Span]:
    """The spans sorted, without overlap: those that overlap become one, and so do parts of one person's name.

    `flows(end)` says whether the line that ends after a span goes on in the next.
    """
    made: list[Span] = []
    for span in sorted(spans, key=lambda each: (each.start, -each.end)):
        if made and (span.start < made[-1].end or _one_name(made[-1], span, text, flows)):
            made[-1] = _union(made[-1], span)
        else:
            made.append(span)
    return made


def _one_name(one: Span, two: Span, text: str, flows: Callable[[int], bool]) -> bool:
    """Whether two neighbours are parts of one name."""
    gap = text[one.end : two.start]
    if gap.strip(" \n.-'") or len(gap) > 3 or gap.count("\n") > 1 or not gap:
        return False
    if "\n" in gap and not flows(one.end):
        return False
    return (
        one.kind in PERSONS and two.kind in PERSONS and (one.label == two.label or not one.label or not two.label)
    ) or (one.kind == two.kind and one.kind in ("SCHOOL", "INSTITUTION"))


def _union(one: Span, two: Span) -> Span:
    first, second = (one, two) if RANK[one.source] <= RANK[two.source] else (two, one)
    strong = first
    whole = one if one.end - one.start >= two.end - two.start else two
    if whole is not first and (
        first.kind not in PERSONS or whole.kind in _WHOLE or whole.kind in ("ADDRESS", "SCHOOL")
    ):
        strong = whole if (whole.end - whole.start) > (first.end - first.start) else first
    if strong.kind == second.kind and not strong.label:
        strong = replace(strong, label=second.label)
    return replace(
        strong,
        start=min(one.start, two.start),
        end=max(one.end, two.end),
        source=first.source,
        certainty=max(one.certainty, two.certainty),
    )
