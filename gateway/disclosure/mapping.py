"""What the replacements in an anonymised verstrekking stand for: one sealed mapping over all its documents.

It is sealed under the dossier's key, stays with the sender, and dies with the dossier. With it the sender reads an
advice that speaks of `[leerling]` and `[broer 1]` with the names in it; the recipient cannot.
Source: CV4.6; issue 7 ("one mapping per verstrekking").
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.anonymisation import numbering, renditions
from gateway.anonymisation.record import record_of
from gateway.anonymisation.sealed import decisions_of
from gateway.disclosure.noting import versions_of
from gateway.disclosure.reach import sent
from gateway.dossiers.queries import covered
from gateway.dossiers.tables import Dossier
from gateway.errors import ConflictError, InvalidInputError
from gateway.recording import Action, record
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from gateway.anonymisation.numbering import Meanings
    from gateway.anonymisation.rendition_tables import AnonymisedRendition
    from gateway.context import Context
    from gateway.disclosure.outgoing import Outgoing
    from gateway.disclosure.tables import Verstrekking
    from gateway.services import Services

ADVICE_MAX: Final = 100_000
_WRITTEN: Final = re.compile(r"\[[^\[\]\n]{1,80}\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of a text that was mapped back; `was` is the replacement where this part is a name."""

    text: str
    was: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedBack:
    """A text with names in the place of replacements, what stood for what, and the replacements nobody knows."""

    pieces: tuple[Piece, ...]
    known: tuple[tuple[str, str], ...]
    unknown: tuple[str, ...]

    @property
    def text(self) -> str:
        """The whole text, with the names."""
        return "".join(piece.text for piece in self.pieces)


def gathered(services: Services, session: Session, leaving: Sequence[Outgoing]) -> Meanings:
    """What each replacement stands for in all these documents together.

    Raises:
        ConflictError: in one document a replacement stands for someone else than in another.
    """
    found = [_meanings(services, session, each.rendition) for each in leaving if each.rendition is not None]
    if not found:
        return {}
    dossier = session.get_one(Dossier, leaving[0].version.dossier_id)
    place = numbering.clash(found, numbering.replaced_by(record_of(services, session, dossier)))
    if place is not None:
        raise ConflictError(
            sentence(
                "In stuk %(number)d staat een vervanging, zoals [persoon 1], voor iemand anders dan in de stukken "
                "ervoor. Maak de geanonimiseerde weergave van dat stuk opnieuw: dan kloppen ze samen.",
                number=leaving[place].number,
            )
        )
    return numbering.merged(found)


def seal(services: Services, session: Session, row: Verstrekking, leaving: Sequence[Outgoing]) -> bytes | None:
    """The mapping of a verstrekking, sealed under its dossier's key; None where nothing leaves anonymised."""
    if not any(each.rendition is not None for each in leaving):
        return None
    meanings = {name: list(texts) for name, texts in gathered(services, session, leaving).items()}
    return services.vault.seal_json(session, row.dossier_id, _place(row.id), meanings)


def map_back(services: Services, session: Session, context: Context, verstrekking_id: str, text: str) -> MappedBack:
    """A text about an anonymised verstrekking, such as an advice, with the names; that someone read it so is logged.

    The session is one that writes: the event stands in the transaction of the look.

    Raises:
        NotFoundError: not a verstrekking from a dossier within the actor's reach: a recipient never gets here.
        ConflictError: nothing of it left anonymised, or the actor may not see all of its documents.
        InvalidInputError: the text is empty, or too long.
    """
    row = sent(session, context, verstrekking_id)
    if row.mapping is None:
        raise ConflictError("Deze stukken gingen niet geanonimiseerd. Er zijn geen namen terug te zetten.")
    if not {c[0] for c in _categories(session, row)} <= covered(
        session, context, session.get_one(Dossier, row.dossier_id)
    ):
        raise ConflictError("U mag niet alle stukken van deze verstrekking inzien. Vraag een collega die dat wel mag.")
    if not text.strip() or len(text) > ADVICE_MAX:
        raise InvalidInputError("Plak de tekst van het advies, ten hoogste 100.000 tekens.", field="text")
    meanings: dict[str, list[str]] = services.vault.open_json(session, row.dossier_id, _place(row.id), row.mapping)
    record(
        session,
        services.vault,
        context,
        Action.CONSULT,
        dossier_id=row.dossier_id,
        object_type="mapping",
        object_id=row.id,
        purpose=row.purpose,
        article="CV4.6",
    )
    return mapped(text, meanings)


def mapped(text: str, meanings: dict[str, list[str]]) -> MappedBack:
    """The text with the fullest name of each replacement; one that may stand for several things stays as it is."""
    names = {_key(name): texts[0] for name, texts in meanings.items() if texts and _says_one(name, texts)}
    pieces: list[Piece] = []
    known: dict[str, str] = {}
    unknown: dict[str, None] = {}
    done = 0
    for match in _WRITTEN.finditer(text):
        name = names.get(_key(match.group()))
        if name is None:
            unknown[match.group()] = None
            continue
        known[match.group()] = name
        pieces += [Piece(text=text[done : match.start()]), Piece(text=name, was=match.group())]
        done = match.end()
    pieces.append(Piece(text=text[done:]))
    return MappedBack(
        pieces=tuple(piece for piece in pieces if piece.text),
        known=tuple(sorted(known.items())),
        unknown=tuple(unknown),
    )


def _says_one(name: str, texts: Sequence[str]) -> bool:
    return len(texts) == 1 or numbering.stands_for_one(name)


def _key(written: str) -> str:
    """A replacement as people write it over: case and spaces do not count."""
    return " ".join(written.strip("[]").lower().split())


def _meanings(services: Services, session: Session, rendition: AnonymisedRendition) -> Meanings:
    kept = set(decisions_of(services.vault, session, rendition).rejected)
    made: dict[str, list[str]] = {}
    for group in renditions.mapping_of(services, session, rendition):
        if group.key not in kept:
            made.setdefault(group.replacement, []).append(group.text)
    return numbering.merged([{name: tuple(texts) for name, texts in made.items()}])


def _categories(session: Session, row: Verstrekking) -> set[str]:
    return {category for version in versions_of(session, row) for category in version.category_list}


def _place(row_id: str) -> str:
    return f"mapping:{row_id}"
