"""The model of our own: which words are names nobody recorded. A linear-chain CRF over words and their surroundings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any, Final

from gateway.anonymisation.features import rows
from gateway.anonymisation.spans import Span
from gateway.anonymisation.words import is_allowed, is_ordinary

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.anonymisation.tokens import Tokens

MODEL: Final = "names.crf"
# The model's labels, and the kinds of finds they are.
LABELS: Final = {"PER": "PERSON_OTHER", "LOC": "PLACE", "SCH": "SCHOOL", "ORG": "INSTITUTION", "STR": "ADDRESS"}
_CERTAIN: Final = 0.5


@dataclass(frozen=True, slots=True)
class Tagged:
    """What the model thinks of each word of a text."""

    tokens: Tokens
    labels: list[str]  # "O", or the label with the highest probability among names
    chances: list[float]  # that it is any name

    def probability(self, place: int) -> float:
        """How probable it is that a word is (part of) a name."""
        return self.chances[place]

    def spans(self) -> list[Span]:
        """The names, each as a whole."""
        made: list[Span] = []
        place = 0
        while place < len(self.labels):
            label = self.labels[place]
            if label == "O":
                place += 1
                continue
            last = place
            while (
                last + 1 < len(self.labels)
                and self.labels[last + 1] == label
                and self.tokens.starts[last + 1] - self.tokens.ends[last] <= 3
            ):
                last += 1
            certainty = max(self.chances[place : last + 1])
            span = self._span(place, last, label, certainty)
            if span:
                made.append(span)
            place = last + 1
        return made

    def _span(self, first: int, last: int, label: str, certainty: float) -> Span | None:
        words = self.tokens.words
        while last > first and not words[last][-1].isalnum() and words[last] != ".":
            last -= 1
        if words[last] == "." and (last == first or len(words[last - 1]) > 1):
            last -= 1
        if last < first or not any(any(map(str.isalnum, words[place])) for place in range(first, last + 1)):
            return None
        if first == last and is_allowed(self.tokens.lows[first]) and (is_ordinary(self.tokens.lows[first])):
            return None
        return Span(self.tokens.starts[first], self.tokens.ends[last], LABELS[label], "model", certainty)


class Tagger:
    """The model, loaded. Not for more threads at once."""

    def __init__(self, path: Path) -> None:
        import pycrfsuite  # noqa: PLC0415 - only who reads texts pays for it

        self._crf: Any = pycrfsuite.Tagger()
        self._crf.open(str(path))
        self._names = [label for label in self._crf.labels() if label != "O"]

    def tag(self, tokens: Tokens) -> Tagged:
        """What the model thinks of each word, sentence by sentence."""
        labels: list[str] = []
        chances: list[float] = []
        for sentence in rows(tokens):
            self._crf.set(sentence)
            for place, best in enumerate(self._crf.tag()):
                chance = 1.0 - self._crf.marginal("O", place)
                labels.append(self._label(place, best) if chance >= _CERTAIN else "O")
                chances.append(chance)
        return Tagged(tokens, labels, chances)

    def _label(self, place: int, best: str) -> str:
        """The best label, or the best name where all names together are likelier than none."""
        return best if best != "O" else max(self._names, key=lambda name: self._crf.marginal(name, place))


@cache
def default_tagger() -> Tagger | None:
    """The model that is shipped; `None` where it is not there."""
    shipped = files("gateway.anonymisation") / "data" / MODEL
    if not shipped.is_file():
        return None
    with as_file(shipped) as path:
        return Tagger(path)
