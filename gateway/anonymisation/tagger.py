"""The model of our own: which words are names nobody recorded. A linear-chain CRF over words and their surroundings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any, Final

from gateway.anonymisation.features import may_hold_names, names, row_of, sentences
from gateway.anonymisation.spans import Span
from gateway.anonymisation.words import PREFIXES, folded_lines, is_allowed, is_ordinary, listed

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.anonymisation.tokens import Tokens

MODEL: Final = "names.crf"
# The model's labels, and the kinds of finds they are.
LABELS: Final = {"PER": "PERSON_OTHER", "LOC": "PLACE", "SCH": "SCHOOL", "ORG": "INSTITUTION", "STR": "ADDRESS"}
_LINKS: Final = frozenset("en die of maar dat is heeft zegt wil en/of and".split())
_CERTAIN: Final = 0.5
_BESIDE: Final = 0.25


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
                and (self.tokens.flows(last) or self.tokens.ends[last] == self.tokens.starts[last + 1])
                and not (label == "PER" and self._stops(last + 1))
            ):
                last += 1
            certainty = max(self.chances[place : last + 1])
            span = self._span(place, last, label, certainty)
            if span:
                made.append(span)
            place = last + 1
        return made

    def _stops(self, place: int, *, end: bool = False, small: bool = False) -> bool:
        """Whether a word ends a name: a link between names, or at its end a tussenvoegsel or an ordinary word."""
        word, low = self.tokens.words[place], self.tokens.lows[place]
        if low in _LINKS or (end and low in folded_lines("function_words.txt")):
            return word.islower()
        return (
            end
            and word.islower()
            and (low in PREFIXES or (is_ordinary(low) and not small and not self.tokens.bare(place)))
        )

    def _is_small_name(self, place: int) -> bool:
        """Whether a name begins here that was written without its capital: `olivier visser`."""
        low = self.tokens.lows[place]
        return self.tokens.words[place].islower() and (low in listed("first_names.gz") or not is_ordinary(low))

    def _is_apart(self, place: int) -> bool:
        """Whether a tussenvoegsel before a first name is a preposition: `van Anna`."""
        low, following = self.tokens.lows[place], self.tokens.lows[place + 1]
        first = following in listed("first_names.gz") and following not in listed("surnames.gz")
        return low in ("van", "op", "in", "aan", "uit", "bij", "over", "onder") and first

    def _span(self, first: int, last: int, label: str, certainty: float) -> Span | None:
        words = self.tokens.words
        while label == "PER" and last > first and self._stops(last, end=True, small=self._is_small_name(first)):
            last -= 1
        while label == "PER" and last > first and self._is_apart(first):
            first += 1
        if all(low in PREFIXES for low in self.tokens.lows[first : last + 1]):
            return None
        if label == "PER" and first == last and self._stops(first):
            return None
        while first < last and not words[first][0].isalnum() and words[first][0] != "'":
            first += 1
        while last > first and not words[last][-1].isalnum() and words[last] != ".":
            last -= 1
        if words[last] == "." and (last == first or len(words[last - 1]) > 1):
            last -= 1
        if last < first or not any(any(map(str.isalnum, words[place])) for place in range(first, last + 1)):
            return None
        end = self.tokens.ends[last] - (
            2 if label == "PER" and self.tokens.lows[last].endswith("'s") and len(words[last]) > 3 else 0
        )
        return Span(self.tokens.starts[first], end, LABELS[label], "model", certainty)


def _join(tokens: Tokens, labels: list[str], chances: list[float]) -> None:
    """Take in what stands beside a name and may well be part of it: `Quincy Vreedzaam`."""
    for place in range(1, len(labels)):
        for one, two in ((place, place - 1), (place - 1, place)):
            if (
                labels[one] != "O"
                or labels[two] != "PER"
                or tokens.lows[one] in folded_lines("function_words.txt")
                or chances[one] < _beside(tokens, one, two)
                or not tokens.flows(place - 1)
            ):
                continue
            if tokens.words[one][0].isupper() == tokens.words[two][0].isupper() and tokens.words[one][0].isalpha():
                labels[one] = "PER"


def _beside(tokens: Tokens, place: int, name: int) -> float:
    """How probable a neighbour of a name has to be: little is enough behind an initial or a first name."""
    word, before = tokens.words[place], tokens.lows[name]
    led = name < place and (before == "." or before in listed("first_names.gz"))
    return 0.05 if led and word[0].isupper() and not is_allowed(tokens.lows[place]) else _BESIDE


def _needed(tokens: Tokens, place: int) -> float:
    """How probable a name has to be: more where the word is ordinary and has no capital among others that have."""
    word, low = tokens.words[place], tokens.lows[place]
    if is_allowed(low) or (low.endswith("'s") and is_ordinary(low[:-2]) and low[:-2] not in names()):
        return 0.9
    if low in folded_lines("function_words.txt") and (word.islower() or tokens.bare(place)):
        return 0.97
    if not word[0].isalpha() or low in PREFIXES or not is_ordinary(low.removesuffix("'s")) or len(low) == 1:
        return _CERTAIN
    if word.islower():
        return _CERTAIN if tokens.bare(place) else 0.7
    return _CERTAIN if low in names() else 0.62


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
        for start, end in sentences(tokens):
            if not may_hold_names(tokens, start, end):
                labels += ["O"] * (end - start)
                chances += [0.0] * (end - start)
                continue
            self._crf.set(row_of(tokens, start, end))
            for place, best in enumerate(self._crf.tag()):
                chance = 1.0 - self._crf.marginal("O", place)
                enough = chance >= _CERTAIN and chance >= _needed(tokens, start + place)
                labels.append(self._label(place, best) if enough else "O")
                chances.append(chance)
        _join(tokens, labels, chances)
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
