"""What of the dossier, or of what was found, is still in a text: the one question of the proof."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.anonymisation.residue import residue

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.anonymisation.finds import Find
    from gateway.anonymisation.identities import KnownIdentities


_CERTAIN: Final = 0.9


def leftovers(text: str, known: KnownIdentities, found: Iterable[str], *, rough: bool = False) -> list[Find]:
    """The dossier's values and the found identifiers that are in `text`.

    What merely has the form of a number or a date is left out: the coordinates in a stream have it too. Where people
    read, the detector masked those forms already. `rough` is for the code of a file and for what is read from a
    picture: there a single letter is no initial.
    """
    finds = residue(text, known, found)
    return [find for find in finds if find.source == "known" and (find.certainty >= _CERTAIN or not rough)]
