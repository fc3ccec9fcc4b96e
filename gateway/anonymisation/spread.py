"""A name found once in a strong context is found everywhere."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from gateway.anonymisation.finds import OTHER, PERSONS
from gateway.anonymisation.spans import Span
from gateway.anonymisation.words import PREFIXES, folded_lines, is_allowed, is_ordinary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gateway.anonymisation.tokens import Tokens

_STRONG: Final = 0.75
_SHORT: Final = 3
_NAMED: Final = frozenset({"PLACE", "SCHOOL", "INSTITUTION"})


@dataclass(slots=True)
class Names:
    """The words of names that were found in a strong context, with the kind of find."""

    words: dict[str, tuple[str, float]] = field(default_factory=dict)

    def learn(self, spans: Iterable[Span], tokens: Tokens) -> None:
        """Take in what was found in one part."""
        place = 0
        for span in sorted(spans, key=lambda each: each.start):
            if span.source == "known" or span.certainty < _STRONG or span.kind not in PERSONS | _NAMED:
                continue
            while place < len(tokens) and tokens.starts[place] < span.start:
                place += 1
            at = place
            while at < len(tokens) and tokens.ends[at] <= span.end:
                self._word(tokens.words[at], tokens.lows[at], span)
                at += 1

    def _word(self, word: str, low: str, span: Span) -> None:
        if (
            len(low) < _SHORT
            or not word.isalpha()
            or low in PREFIXES
            or is_allowed(low)
            or low in folded_lines("roles.txt")
        ):
            return
        if span.kind in PERSONS or (span.kind in _NAMED and not is_ordinary(low)):
            there = self.words.get(low)
            if there is None or there[1] < span.certainty:
                self.words[low] = (span.kind if span.kind not in PERSONS else OTHER, span.certainty)


def spread_in(tokens: Tokens, spans: Iterable[Span], names: Names) -> Iterator[Span]:
    """The other places in a text where the words of found names stand."""
    if not names.words:
        return
    taken = sorted((span.start, span.end) for span in spans)
    at = 0
    for place, low in enumerate(tokens.lows):
        start, end = tokens.starts[place], tokens.ends[place]
        while at < len(taken) and taken[at][1] <= start:
            at += 1
        if at < len(taken) and taken[at][0] <= start and end <= taken[at][1]:
            continue
        found = names.words.get(low) or names.words.get(low.removesuffix("'s")) or _possessive(low, names)
        if found and _is_name(tokens, place, low):
            yield Span(start, end, found[0], "spread", min(found[1], 0.8))


_INITIALS: Final = re.compile(r"(?<![\w.])(?:(?:[^\W\d_]{1,2}\.[ \n]?){1,4}|[A-Z][ \n])\Z")


def with_initials(span: Span, text: str) -> Span:
    """A person's name with the initials that stand before it."""
    if span.kind not in PERSONS or span.source == "known":
        return span
    found = _INITIALS.search(text, max(0, span.start - 14), span.start)
    if not found or (found.group()[0].islower() and text[span.start].isupper()):
        return span
    if re.sub(r"[\W_]", "", found.group()).lower() in folded_lines("roles.txt"):  # `Mr. Jansen`
        return span
    return replace(span, start=found.start())


def _possessive(low: str, names: Names) -> tuple[str, float] | None:
    return names.words.get(low[:-1]) if low.endswith("s") and not is_ordinary(low) else None


def _is_name(tokens: Tokens, place: int, low: str) -> bool:
    """A word that is also ordinary counts only with a capital inside a sentence."""
    if not is_ordinary(low):
        return True
    if tokens.caseless or low in folded_lines("frequent.txt"):
        return False
    return tokens.words[place][0].isupper() and place > 0 and tokens.words[place - 1] not in ".!?\n:"
