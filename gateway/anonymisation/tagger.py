"""The model of our own: which words are names nobody recorded. A linear-chain CRF over words and their surroundings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any, Final

from gateway.anonymisation.features import may_hold_names, names, row_of, sentences
from gateway.anonymisation.language import is_abroad
from gateway.anonymisation.organisations import is_kind
from gateway.anonymisation.spans import Span
from gateway.anonymisation.words import MONTHS, PREFIXES, folded_lines, is_allowed, is_foreign, is_ordinary, listed

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.anonymisation.tokens import Tokens

MODEL: Final = "names.crf"
# The model's labels, and the kinds of finds they are.
LABELS: Final = {"PER": "PERSON_OTHER", "LOC": "PLACE", "SCH": "SCHOOL", "ORG": "INSTITUTION", "STR": "ADDRESS"}
_LINKS: Final = frozenset("en die of maar dat is heeft zegt wil en/of and".split())
_CERTAIN: Final = 0.5
_BESIDE: Final = 0.25
_DRAWN: Final = 0.75  # an ordinary word beside a name, where nothing has capitals, has to be likelier than this
_SURE: Final = 0.9
_LABELS: Final = frozenset("brin school groep adres telefoon datum".split())
_LONG: Final = 9
_LITTLE: Final = 0.2
_LEAD: Final = 4
_ADDRESSED: Final = frozenset(
    "mevrouw mevr mw mvr meneer dhr juf meester dokter oma opa tante oom moeder vader".split()
)


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
            return word.islower() or (end and self.tokens.bare(place))
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

    def _after_roles(self, first: int, last: int) -> int:
        """Where a name begins behind titles, roles and other words that lead to it: `Mijn man Jan`, `KNO-arts Bos`."""
        lows, words, begins = self.tokens.lows, self.tokens.words, first
        for place in range(first, last):
            low = lows[place]
            leads = low in folded_lines("roles.txt") or low in folded_lines("function_words.txt")
            small = words[place].islower() and is_ordinary(low) and not self.tokens.bare(place) and low not in PREFIXES
            if (leads or small) and lows[place + 1] != ",":
                begins = place + 1
            elif not (is_allowed(low) or low in (".", "-") or low == "oud"):
                break
        while begins < last and words[begins] in ".-":
            begins += 1
        return begins

    def _before_words(self, first: int, last: int) -> int:
        """Where a name ends before words that go on with the sentence."""
        small = self._is_small_name(first)
        turned = "," in self.tokens.words[first:last]  # only there a tussenvoegsel ends a name
        while last > first and (
            self._stops(last, end=True, small=small)
            or self._goes_on(last)
            or (self.tokens.lows[last] in PREFIXES and not turned)
        ):
            last -= 1
        return last

    def _before_others(self, first: int, last: int) -> int:
        """Where the name of an organisation ends before small ordinary words or a label: `Taxi Zwaluw serieus`."""
        words, lows = self.tokens.words, self.tokens.lows
        if not any(word[0].isupper() for word in words[first : last + 1]):
            return last
        while last > first and (
            (words[last].islower() and is_ordinary(lows[last]) and not is_kind(lows[last])) or lows[last] in _LABELS
        ):
            last -= 1
        return last

    def _goes_on(self, place: int) -> bool:
        """Whether an ordinary word where nothing has capitals was only drawn along by the name before it."""
        low = self.tokens.lows[place]
        bare = self.tokens.bare(place) and self.chances[place] < _DRAWN
        return bare and is_ordinary(low) and low not in names()

    def _is_nothing(self, first: int, last: int, label: str, certainty: float) -> bool:
        """Whether a find is a word or sign that names nothing by itself."""
        words, lows = self.tokens.words[first : last + 1], self.tokens.lows[first : last + 1]
        if label == "PER":
            dotted = self.tokens.words[last + 1 : last + 2] == ["."]
            if first == last and words[0] in MONTHS:  # in small letters: a girl called Mei has a capital
                return True
            return first == last and len(words[0]) == 1 and words[0].islower() and not dotted
        following = self.tokens.words[last + 1 : last + 3]
        if first == last and following[:1] == ["-"] and following[-1].islower():  # `Oud-leerkracht`
            return is_ordinary(lows[0]) and self.tokens.ends[last] == self.tokens.starts[last + 1]
        plain = all(is_ordinary(low) or not low.isalpha() for low in lows)
        if label in ("ORG", "SCH") and plain and (first == last or all(map(str.islower, words))):
            return certainty < _SURE
        return False

    def _span(self, first: int, last: int, label: str, certainty: float) -> Span | None:
        words = self.tokens.words
        if label == "PER":
            last = self._before_words(first, last)
            first = self._after_roles(first, last)
        elif label in ("ORG", "SCH"):
            last = self._before_others(first, last)
        while label == "PER" and last > first and self._is_apart(first):
            first += 1
        if self._is_nothing(first, last, label, certainty):
            return None
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


def _needed_abroad(tokens: Tokens, start: int, place: int) -> float:
    """`_needed` in a sentence of another language: a name has a capital there, or is on a list."""
    word, low = tokens.words[place], tokens.lows[place]
    if is_foreign(low) and low not in names():
        return 0.999
    if word.islower() and not tokens.caseless:
        return 0.999 if low not in names() else 0.9
    if place == start and low not in names():
        return 0.98
    return _needed(tokens, place, "PER")


def _needed(tokens: Tokens, place: int, label: str) -> float:
    """How probable a name has to be: more where the word is ordinary and has no capital among others that have.

    Less where it can hardly be anything else: behind a title, or with a capital on no word of the language.
    """
    word, low = tokens.words[place], tokens.lows[place]
    if is_allowed(low) or (low.endswith("'s") and is_ordinary(low[:-2]) and low[:-2] not in names()):
        return 0.9
    if low in folded_lines("function_words.txt") and (word.islower() or tokens.bare(place) or _begins(tokens, place)):
        return 0.97
    if not word[0].isalpha() or low in PREFIXES or len(low) == 1:
        return _CERTAIN
    if not is_ordinary(low.removesuffix("'s")):
        return _needed_strange(tokens, place)
    if word.islower():
        return _CERTAIN if tokens.bare(place) else 0.85 if label == "PER" else 0.95
    return _CERTAIN if low in names() else 0.62


def _needed_strange(tokens: Tokens, place: int) -> float:
    """`_needed` of a word that is not of the language."""
    word, low = tokens.words[place], tokens.lows[place]
    if _is_addressed(tokens, place) and not is_foreign(low):
        return _LITTLE
    if word.istitle() and not tokens.bare(place) and not _begins(tokens, place) and not is_foreign(low):
        return _LITTLE
    return 0.8 if word.islower() and len(low) >= _LONG and not tokens.bare(place) and low not in names() else _CERTAIN


def _is_addressed(tokens: Tokens, place: int) -> bool:
    """Whether a title stands before a word, its tussenvoegsels passed over: `mevrouw al-sayed`."""
    before = place - 1
    while before >= 0 and place - before <= _LEAD and (tokens.lows[before] in PREFIXES or tokens.words[before] == "-"):
        before -= 1
    return before >= 0 and tokens.lows[before] in _ADDRESSED


def _begins(tokens: Tokens, place: int) -> bool:
    """Whether a word is the first of a sentence or line, where every word has a capital."""
    return (
        place == 0
        or tokens.words[place - 1] in ".!?\n:"
        or "\n" in (tokens.text[tokens.ends[place - 1] : tokens.starts[place]])
    )


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
            abroad = is_abroad(tokens, start, end)
            for place, best in enumerate(self._crf.tag()):
                chance = 1.0 - self._crf.marginal("O", place)
                label = "O"
                if chance >= _LITTLE:
                    label = self._label(place, best)
                    at = start + place
                    if chance < (_needed_abroad(tokens, start, at) if abroad else _needed(tokens, at, label)):
                        label = "O"
                labels.append(label)
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
