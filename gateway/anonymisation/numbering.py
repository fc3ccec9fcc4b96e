"""One numbering for all renditions of a dossier: what `[persoon 2]` stands for in one, it stands for in each.

A document that is anonymised later is told what stood for what in the earlier ones (`eerder_gevonden` of its record).
Two that were made in the same moment may still clash; whoever puts documents together asks `clash` first.
Source: CV4.6; issue 7 ("Consistent replacement").
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gateway.anonymisation.detection import Detector
from gateway.anonymisation.folding import fold_word
from gateway.anonymisation.identities import known_from_record
from gateway.anonymisation.naming import PLAIN_WORDS, TOLD
from gateway.anonymisation.words import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

_ANY: Final = re.compile(rf"\[(?:(?:telefoonnummer|e-mailadres) .+|{TOLD}|weggelaten)\]")
_PLAIN: Final = frozenset(f"[{word}]" for word in PLAIN_WORDS)
"""Replacements that stand for any address, date or number; all others stand for one person, school or place."""
_LEAST: Final = 2

Meanings = dict[str, tuple[str, ...]]
"""What each replacement stands for: the texts as they were written, longest first."""


def stands_for_one(replacement: str) -> bool:
    """Whether a replacement points to one and the same, wherever it stands in the documents of a dossier."""
    return replacement not in _PLAIN and _ANY.fullmatch(replacement) is None


def merged(documents: Sequence[Meanings]) -> Meanings:
    """What each replacement stands for in all of these documents together."""
    made: dict[str, dict[str, None]] = {}
    for each in documents:
        for replacement, texts in each.items():
            made.setdefault(replacement, {}).update(dict.fromkeys(texts))
    return {name: tuple(sorted(texts, key=lambda text: (-len(text), text))) for name, texts in sorted(made.items())}


def clash(documents: Sequence[Meanings], replaced_now: Callable[[str], str]) -> int | None:
    """The place of the first document in which a replacement stands for another one than in those before; else None.

    Two texts are taken for the same one when they share a word of the name, or when the dossier as it is known now
    gives both this replacement (`replaced_now`): `Noa` and `De Voorbeeld` are one pupil.
    """
    before: dict[str, set[str]] = {}
    for place, document in enumerate(documents):
        for replacement, texts in document.items():
            if not stands_for_one(replacement) or not texts:
                continue
            known, now = before.setdefault(replacement, set()), set(texts)
            if known and not _words(known) & _words(now):
                by_dossier = [any(replaced_now(text) == replacement for text in each) for each in (known, now)]
                if not all(by_dossier):
                    return place
            known.update(now)
    return None


def replaced_by(record: Mapping[str, Any]) -> Callable[[str], str]:
    """What the dossier itself, as it is known now, puts in the place of a text; empty where it knows nothing of it.

    What documents gave a number does not count here: whether that is one and the same is the question.
    """
    itself = {key: value for key, value in record.items() if not key.startswith("eerder_")}
    detector = Detector(known_from_record(itself), model=None)

    def replaced(text: str) -> str:
        found = detector.find_known(text)
        return found[0].replacement if found else ""

    return replaced


def _words(texts: set[str]) -> set[str]:
    parts = {part for text in texts for part in re.findall(r"[^\W_]+", fold_word(text))}
    return {part.removesuffix("s") for part in parts if len(part) >= _LEAST and part not in PREFIXES}
