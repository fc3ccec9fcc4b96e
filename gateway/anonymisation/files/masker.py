"""Masks all texts of one document together, and looks once more at what is left."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.anonymisation.choices import NONE, added_in, key_of, without
from gateway.anonymisation.files.leftovers import leftovers
from gateway.anonymisation.other_pupil import about_other_pupil

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.anonymisation.choices import Choices
    from gateway.anonymisation.detection import Detector
    from gateway.anonymisation.files.slots import Story
    from gateway.anonymisation.finds import Find
    from gateway.anonymisation.identities import KnownIdentities

_ROUNDS: Final = 3
_SHORTEST: Final = 3
_DOUBTFUL: Final = 0.8


@dataclass(frozen=True, slots=True, repr=False)
class Looked:
    """One text as it was, with what went from it and what a reviewer let stay."""

    name: str
    text: str
    went: Sequence[Find]
    stayed: Sequence[Find]


class Masker:
    """Finds, replaces, and remembers what was found: `found` is for the proof alone and never leaves it.

    What a reviewer chose counts above what is found. `looked` is for the review, `kept` are the keys that stayed.
    """

    def __init__(self, detector: Detector, known: KnownIdentities, choices: Choices = NONE) -> None:
        self._detector = detector
        self._known = known
        self._choices = choices
        self.looked: list[Looked] = []
        self.kept: set[str] = set()
        self.found: set[str] = set()
        self.places: dict[str, Counter[str]] = {}
        self.sources: Counter[str] = Counter()
        self.doubtful = 0
        self.pupil_seen = False

    def mask(self, stories: Sequence[Story]) -> None:
        """Mask these texts, which are parts of one document. What says the same twice is counted once."""
        texts = [story.text for story in stories]
        by_place: dict[str, list[Sequence[Find]]] = {}
        for story, text, all_finds in zip(stories, texts, self._detector.find_all(texts), strict=True):
            finds, stayed = without([*all_finds, *added_in(self._choices, text)], self._choices, text)
            self.looked.append(Looked(story.name, text, finds, stayed))
            self.kept |= {key_of(text[find.start : find.end]) for find in stayed}
            self.found |= {text[find.start : find.end] for find in finds if _is_long(text[find.start : find.end])}
            self.pupil_seen |= any(find.kind == "PERSON_PUPIL" and find.source == "known" for find in finds)
            by_place.setdefault(story.name, []).append(finds)
            story.mask(finds)
        for name, readings in by_place.items():
            self._count(name, readings)
        for story in stories:
            self.still_there(story)
            apart = story.apart()
            if self.still_there(apart):
                story.put_together(apart)

    def still_there(self, story: Story) -> bool:
        """Mask what the proof would find in this text; says whether there was anything."""
        anything = False
        for _round in range(_ROUNDS):
            text = story.text
            left, _stay = without(
                [*leftovers(text, self._known, self.found), *added_in(self._choices, text)], self._choices, text
            )
            if not left:
                break
            anything = True
            story.mask(left)
        return anything

    def names_another(self, text: str) -> bool:
        """Whether another pupil's name, birth date or BSN stands where a document names its pupil."""
        return bool(about_other_pupil(text, self._known))

    def name_is_clean(self, name: str) -> bool:
        """Whether a file's name points to nobody."""
        text = name.replace("_", " ").replace("-", " ")
        return not any((self._detector.find(text), self._detector.find(name), leftovers(text, self._known, self.found)))

    def _count(self, name: str, readings: Sequence[Sequence[Find]]) -> None:
        counts = [Counter(find.kind for find in finds) for finds in readings]
        most: Counter[str] = Counter()
        for count in counts:
            most |= count
        if most:
            self.places[name] = self.places.get(name, Counter()) + most
        fullest = max(readings, key=len)
        self.sources.update(find.source for find in fullest)
        self.doubtful += sum(1 for find in fullest if find.certainty < _DOUBTFUL)


def _is_long(text: str) -> bool:
    return sum(1 for letter in text if letter.isalnum()) >= _SHORTEST
