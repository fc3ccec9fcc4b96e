"""The family's own words go along with the document that they stand beside, by every way out (PR11.5, issue 9).

With an anonymised document they go only when they name nobody; else it is said that they are there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.disclosure import outgoing, typed
from gateway.disclosure.asking import judge_again
from gateway.dossiers import statements
from gateway.dossiers.tables import Dossier
from gateway.errors import ConflictError, InvalidInputError
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.disclosure.outgoing import Outgoing
    from gateway.disclosure.tables import Verstrekking
    from gateway.services import Services

WITHHELD = sentence(
    "Bij dit stuk hoort een tekst van ouder of leerling. Daarin staan namen, en dit stuk is geanonimiseerd. Vraag de "
    "afzender wat erin staat."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """One text that goes along: beside which document, by its place from 1."""

    version_id: str
    number: int
    title: str
    text: str

    @property
    def content(self) -> bytes:
        """As a file in a package, or over the line."""
        return f"{self.title}\n\n{self.text}\n".encode()

    def file_name(self, order: int) -> str:
        """Its name there; it says nothing of anyone."""
        return f"{self.number:02d}-tekst-van-ouder-of-leerling-{order}.txt"


def of_row(services: Services, session: Session, context: Context, row: Verstrekking) -> list[Beside]:
    """What goes along with a verstrekking for whoever looks at it now: nothing once it is closed or may not leave."""
    if row.closed_at is not None or row.state != "open" or not statements.any_in(session, row.dossier_id):
        return []
    try:
        held = outgoing.listed(services, session, row)
    except ConflictError:  # a rendition was replaced: nothing of it leaves
        return []
    allowed = [each for each in held if judge_again(services, session, context, row, each).allowed]
    return of(services, session, row, allowed)


def of(services: Services, session: Session, row: Verstrekking, leaving: Sequence[Outgoing]) -> list[Beside]:
    """What goes along with these documents, in their order."""
    ids = {each.version.document_id for each in leaving}
    beside = statements.beside(session, services.vault, row.dossier_id, ids)
    found = []
    for each in leaving:
        for line in beside.get(each.version.document_id, ()):
            text = line.text if each.rendition is None else _nameless(services, session, row, line.text)
            found.append(Beside(version_id=each.version.id, number=each.number, title=str(line.title), text=text))
    return found


def _nameless(services: Services, session: Session, row: Verstrekking, text: str) -> str:
    try:
        typed.check_nameless(services, session, session.get_one(Dossier, row.dossier_id), {"text": text})
    except InvalidInputError:
        return str(WITHHELD)
    return text
