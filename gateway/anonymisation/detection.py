"""Finds every identifier in a text: what the dossier knows first, then what has the form of one, then the unknown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.anonymisation.finds import Find
from gateway.anonymisation.folding import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.anonymisation.identities import KnownIdentities


class Detector:
    """Finds the identifiers in texts of one dossier. Source: CV4.6, PR4.2, OB3."""

    def __init__(self, known: KnownIdentities, *, model: object | None = None) -> None:
        self._known = known
        self._model = model
        self._words: dict[str, tuple[str, str]] = {}
        for person in known.people:
            for name in (*person.first_names, person.call_name, person.surname, *person.phones, *person.emails):
                if len(name) > 1:
                    self._words.setdefault(fold(name).text, (person.kind, person.label))
        for value in known.values:
            self._words.setdefault(fold(value.text).text, (value.kind, value.label))
        forms = sorted(map(re.escape, self._words), key=len, reverse=True)
        self._pattern = re.compile(rf"(?<![^\W_])(?:{'|'.join(forms) or '(?!)'})(?![^\W_])")

    def find(self, text: str) -> list[Find]:
        """The finds in one text, sorted, without overlap."""
        return self.find_all([text])[0]

    def find_all(self, texts: Sequence[str]) -> list[list[Find]]:
        """The finds in each part of one document or dossier; a name found in one part is found in all."""
        return [self._find(text) for text in texts]

    def _find(self, text: str) -> list[Find]:
        folded = fold(text)
        finds = []
        for match in self._pattern.finditer(folded.text):
            start, end = folded.back(*match.span())
            kind, label = self._words[match.group()]
            finds.append(Find(start=start, end=end, kind=kind, source="known", certainty=1.0, replacement=f"[{label}]"))
        return finds
