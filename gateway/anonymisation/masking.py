"""Puts the replacements in a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.anonymisation.finds import Find


def mask(text: str, finds: Iterable[Find]) -> str:
    """The text with each find replaced. Finds may come in any order; where two overlap, all they cover goes."""
    parts: list[str] = []
    done = 0
    for find in sorted(finds, key=lambda each: (each.start, -each.end)):
        if find.end <= done:
            continue
        if find.start >= done:
            parts += [text[done : find.start], find.replacement]
        done = find.end
    parts.append(text[done:])
    return "".join(parts)
