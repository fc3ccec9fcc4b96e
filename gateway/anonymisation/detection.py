"""Finds every identifier in a text: what the dossier knows first, then what has the form of one, then the unknown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gateway.anonymisation import naming
from gateway.anonymisation.dates import dates_in, is_birth
from gateway.anonymisation.finds import Find
from gateway.anonymisation.folding import Folded, fold
from gateway.anonymisation.index import index_of
from gateway.anonymisation.matcher import people_in
from gateway.anonymisation.organisations import listed_in, organisations_in, places_in
from gateway.anonymisation.patterns import identifiers_in
from gateway.anonymisation.spans import Span, united
from gateway.anonymisation.spread import Names, spread_in, with_initials
from gateway.anonymisation.tagger import Tagger, default_tagger
from gateway.anonymisation.tokens import Tokens, tokenise
from gateway.anonymisation.values import ValueIndex
from gateway.anonymisation.words import allowed_ranges

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    from gateway.anonymisation.identities import KnownIdentities

_DEFAULT: Final = "default"
_LOOSE: Final = frozenset({"ID", "PERSON_OTHER"})  # of whose patterns the name of a test may have the form


@dataclass(slots=True)
class _Part:
    """One text on its way through the steps."""

    folded: Folded
    low: str
    tokens: Tokens
    spans: list[Span] = field(default_factory=list)


class Detector:
    """Finds the identifiers in texts of one dossier; `model=None` leaves the unknown names to the rules.

    Source: CV4.6, PR4.2, OB3.
    """

    def __init__(
        self, known: KnownIdentities, *, model: Tagger | str | None = _DEFAULT, detail: naming.Detail | None = None
    ) -> None:
        self._known = known
        self._detail = known.detail if detail is None else detail
        self._ours = naming.replacements(known)
        self._index = index_of(known)
        self._values = ValueIndex(known)
        self._tagger = default_tagger() if isinstance(model, str) else model

    def find(self, text: str) -> list[Find]:
        """The finds in one text, sorted, without overlap."""
        return self.find_all([text])[0]

    def find_all(self, texts: Sequence[str]) -> list[list[Find]]:
        """The finds in each part of one document or dossier.

        A name found in a strong context in one part is found in all, and has one replacement in all.
        """
        parts = [self._read(text) for text in texts]
        names = Names()
        for part in parts:
            names.learn(part.spans, part.tokens)
        for part in parts:
            part.spans += spread_in(part.tokens, part.spans, names)
            part.spans = [with_initials(span, part.folded.text) for span in part.spans]
            part.spans = united(part.spans, part.folded.text, part.tokens.flows_after)
        return self._found(parts)

    def find_known(self, text: str) -> list[Find]:
        """Only what the dossier knows, in one text: names, values and the birth date in any form."""
        part = self._part(text)
        self._look_for_known(part, _unlikely)
        part.spans = united(self._outside(part), part.folded.text, part.tokens.flows_after)
        return self._found([part])[0]

    def _found(self, parts: Sequence[_Part]) -> list[list[Find]]:
        labels = naming.Labels(self._known, self._detail)
        for part in parts:
            labels.collect(part.spans, part.folded.text)
        return [[_find(part, span, labels) for span in part.spans] for part in parts]

    @staticmethod
    def _part(text: str) -> _Part:
        folded = fold(text)
        return _Part(folded=folded, low=folded.text.lower(), tokens=tokenise(folded.text))

    def _look_for_known(self, part: _Part, likely: Callable[[int], float]) -> None:
        part.spans += people_in(part.tokens, self._index, likely)
        part.spans += self._values.spans(part.folded.text, part.low, caseless=part.tokens.caseless)
        if self._known.born:
            part.spans += _births(part.low, self._known.born)

    def _outside(self, part: _Part) -> list[Span]:
        """The spans without those in replacements: what was masked is not found again."""
        ours = [match.span() for match in self._ours.finditer(part.folded.text)]
        return [span for span in part.spans if not any(span.start < end and start < span.end for start, end in ours)]

    def _read(self, text: str) -> _Part:
        part = self._part(text)
        folded, low, tokens = part.folded, part.low, part.tokens
        tagged = self._tagger.tag(tokens) if self._tagger else None
        self._look_for_known(part, tagged.probability if tagged else _unlikely)
        formed = [
            Span(hit.start, hit.end, hit.kind, "pattern", hit.certainty) for hit in identifiers_in(folded.text, low)
        ]
        part.spans += (span for span in formed if span.kind not in _LOOSE)
        probable = [span for span in formed if span.kind in _LOOSE]
        probable += (
            Span(hit.start, hit.end, hit.kind, "pattern", hit.certainty)
            for hit in (*organisations_in(tokens), *listed_in(tokens), *places_in(tokens))
        )
        probable += tagged.spans() if tagged else []
        allowed = allowed_ranges(low)
        part.spans += (
            span for span in probable if not any(start <= span.start and span.end <= end for start, end in allowed)
        )
        part.spans = self._outside(part)
        return part


def _unlikely(place: int) -> float:
    del place
    return 0.0


def _births(low: str, born: dt.date) -> list[Span]:
    return [
        Span(date.start, date.end, "DATE_BIRTH", "known", 1.0, "geboortedatum")
        for date in dates_in(low)
        if is_birth(date, born)
    ]


def _find(part: _Part, span: Span, labels: naming.Labels) -> Find:
    start, end = part.folded.back(span.start, span.end)
    return Find(
        start=start,
        end=end,
        kind=span.kind,
        source=span.source,
        certainty=round(span.certainty, 3),
        replacement=labels.of(span, part.folded.text),
    )
