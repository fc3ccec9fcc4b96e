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
from gateway.anonymisation.patterns import identifiers_in
from gateway.anonymisation.spans import Span, united
from gateway.anonymisation.spread import Names, spread_in
from gateway.anonymisation.tagger import Tagger, default_tagger
from gateway.anonymisation.tokens import Tokens, tokenise
from gateway.anonymisation.values import ValueIndex

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from gateway.anonymisation.identities import KnownIdentities

_DEFAULT: Final = "default"


@dataclass(slots=True)
class _Part:
    """One text on its way through the steps."""

    original: str
    folded: Folded
    low: str
    tokens: Tokens
    spans: list[Span] = field(default_factory=list)


class Detector:
    """Finds the identifiers in texts of one dossier; `model=None` leaves the unknown names to the rules.

    Source: CV4.6, PR4.2, OB3.
    """

    def __init__(self, known: KnownIdentities, *, model: Tagger | str | None = _DEFAULT) -> None:
        self._known = known
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
            part.spans = united(part.spans, part.folded.text)
        labels = naming.Labels(self._known)
        for part in parts:
            labels.collect(part.spans, part.folded.text)
        return [[_find(part, span, labels) for span in part.spans] for part in parts]

    def _read(self, text: str) -> _Part:
        folded = fold(text)
        low = folded.text.lower()
        tokens = tokenise(folded.text)
        part = _Part(text, folded, low, tokens)
        tagged = self._tagger.tag(tokens) if self._tagger else None
        likely = tagged.probability if tagged else _unlikely
        part.spans += people_in(tokens, self._index, likely)
        part.spans += self._values.spans(low)
        if self._known.born:
            part.spans += _births(low, self._known.born)
        part.spans += (
            Span(hit.start, hit.end, hit.kind, "pattern", hit.certainty) for hit in identifiers_in(folded.text, low)
        )
        if tagged:
            part.spans += tagged.spans()
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
