"""A folded text as a row of words, numbers and signs."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Final

# A word (with an apostrophe inside, or broken over two lines by a hyphen; a digit may stand in it for a letter);
# 't, 's; a number; a blank line; any other sign by itself.
_TOKEN: Final = re.compile(
    r"(?P<word>(?:'[tsnTSN](?![^\W_]))|\d*[^\W\d_][^\W_]*(?:-\n[ \t]*(?=[^\W\d_A-Z])[^\W\d_]+|'[^\W\d_]+)*)"
    r"|(?P<number>\d+)|(?P<blank>\n[ \t]*(?:\n[ \t]*)+)|(?P<sign>[^\w\s]|_)"
)
_SPLIT: Final = re.compile(r"-\n[ \t]*")
_CAPITALS: Final = (0.004, 0.85)  # the share of letters; outside of it the text was written without, or with only them
_CLOSE: Final = 4
_LINE_MIN: Final = 25
_LINE_MAX: Final = 2000
_NARROW: Final = 40
_WRAPPED: Final = 130
_SLACK: Final = 9
_AROUND: Final = 18


@dataclass(slots=True)
class Tokens:
    r"""The words, numbers and signs of a folded text. `words[i]` stands at `text[starts[i]:ends[i]]`.

    A word broken over two lines is one token, joined; a blank line is the token "\n".
    """

    text: str
    words: list[str]
    lows: list[str]
    starts: list[int]
    ends: list[int]
    caseless: bool
    capitals: list[int] = field(default_factory=list)
    line: tuple[int, int, bool] = (0, 0, False)  # the last one looked at: where it stands, and whether it is bare
    width: int = -1  # of its lines, where they were broken to fit; 0 where they were not

    def __len__(self) -> int:
        return len(self.words)

    def bare(self, place: int) -> bool:
        """Whether the words around a place are written without capitals, or with nothing else."""
        if self.caseless:
            return True
        if not self.capitals:
            count = 0
            self.capitals.append(0)
            for word in self.words:
                count += word[0].isupper()
                self.capitals.append(count)
        first, last = max(0, place - _AROUND), min(len(self.words), place + _AROUND + 1)
        if self.capitals[last] - self.capitals[first] == self.words[place][0].isupper():
            return True
        if not self.words[place][0].islower():
            return False
        if not self.line[0] <= self.starts[place] < self.line[1]:
            start = self.text.rfind("\n", 0, self.starts[place]) + 1
            end = self.text.find("\n", self.ends[place])
            line = self.text[start : end if end >= 0 else None]
            small = _LINE_MIN < len(line) < _LINE_MAX and line.islower() and line[0].isalpha()
            self.line = (start, start + len(line) + 1, small)
        return self.line[2]

    def near(self, place: int) -> bool:
        """Whether nothing but a little white, or one line's end, separates a token from the next."""
        if place + 1 >= len(self.words):
            return False
        return not self.text[self.ends[place] : self.starts[place + 1]].strip() and (
            self.starts[place + 1] - self.ends[place] <= _CLOSE
        )

    def flows_after(self, end: int) -> bool:
        """`flows` of the token that ends at a place of the text."""
        place = bisect_left(self.ends, end)
        return place < len(self.ends) and self.flows(place)

    def flows(self, place: int) -> bool:
        """`near`, and not over the end of a line that ends of itself: one in which the next word had found room."""
        if not self.near(place):
            return False
        if "\n" not in self.text[self.ends[place] : self.starts[place + 1]]:
            return True
        if self.width < 0:
            lengths = [len(line) for line in self.text.split("\n")]
            self.width = max(lengths) if max(lengths) <= _WRAPPED else 0
        line = self.ends[place] - self.text.rfind("\n", 0, self.ends[place])
        return self.width > _NARROW and line + len(self.words[place + 1]) > self.width - _SLACK


def tokenise(text: str) -> Tokens:
    """The tokens of a folded text."""
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for match in _TOKEN.finditer(text):
        word = match.group()
        kind = match.lastgroup
        if kind == "blank":
            word = "\n"
        elif kind == "word" and "\n" in word:
            word = _SPLIT.sub("", word)
        words.append(word)
        starts.append(match.start())
        ends.append(match.end())
    return Tokens(text, words, [word.lower() for word in words], starts, ends, _caseless(text))


def _caseless(text: str) -> bool:
    letters = len(re.findall(r"[^\W\d_]", text))
    capitals = len(re.findall(r"[A-Z]", text))
    return letters > 0 and not _CAPITALS[0] * letters < capitals < _CAPITALS[1] * letters
