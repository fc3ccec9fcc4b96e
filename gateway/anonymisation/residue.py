"""The proof on an output: is anything of the dossier, or of what was found, still in it?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.anonymisation.detection import Detector
from gateway.anonymisation.finds import Find
from gateway.anonymisation.folding import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.anonymisation.identities import KnownIdentities


def residue(text: str, known: KnownIdentities, found: Iterable[str]) -> list[Find]:
    """What an output's text still holds of the dossier's values or of the identifiers found in the original.

    Searched fuzzily: case, marks, splits, confusions of text recognition. Anything returned blocks. Source: CV4.6.
    """
    finds = list(Detector(known, model=None).find(text))
    folded = fold(text)
    for value in {fold(each).text.strip() for each in found} - {""}:
        for match in re.finditer(rf"(?<![^\W_]){re.escape(value)}(?![^\W_])", folded.text):
            start, end = folded.back(*match.span())
            finds.append(Find(start=start, end=end, kind="ID", source="known", certainty=1.0, replacement="[gevonden]"))
    return sorted(finds, key=lambda find: (find.start, find.end))
