"""How much a school may still store, and how much of it may wait for its check: one school never fills the portal."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from gateway.accounts.tables import Organisation
from gateway.dossiers.tables import DocumentVersion, Dossier
from gateway.errors import ConflictError, UnavailableError
from gateway.sentences import Sentence, counted, sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from gateway.config import Settings

DOSSIER_FULL = sentence(
    "Met dit bestand wordt het dossier te groot. Verwijder eerst een ander stuk, of bel het samenwerkingsverband."
)
SCHOOL_FULL = sentence(
    "Met dit bestand slaat uw school meer op dan is afgesproken. Bel het samenwerkingsverband: dat kan ruimte maken."
)
BUSY = sentence(
    "Er worden nu te veel bestanden tegelijk verstuurd. Er is niets opgeslagen. Probeer het over een minuut opnieuw."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How many bytes still fit, and what to say of one more."""

    bytes: int
    full: Sentence


def room(session: Session, settings: Settings, dossier: Dossier, *, lock: bool = False) -> Room:
    """What fits in the dossier and within what its school may store; `lock` makes the school's uploads take turns.

    Raises:
        ConflictError: too many of the school's documents still wait for their check.
    Source: issue 6, Availability.
    """
    if lock:
        session.get(Organisation, dossier.school_id, with_for_update=True)
    waiting = session.scalar(
        select(func.count())
        .select_from(DocumentVersion)
        .join(Dossier, Dossier.id == DocumentVersion.dossier_id)
        .where(Dossier.school_id == dossier.school_id, DocumentVersion.state == "in_check")
    )
    if (waiting or 0) >= settings.max_in_check:
        raise ConflictError(
            counted(
                "Er wacht nog %(num)d stuk van uw school op controle. Stuur dit bestand als dat klaar is.",
                "Er wachten nog %(num)d stukken van uw school op controle. Stuur dit bestand als die klaar zijn.",
                waiting or 0,
            )
        )
    stored = session.scalar(select(func.sum(Dossier.stored_bytes)).where(Dossier.school_id == dossier.school_id))
    of_dossier = settings.max_dossier_bytes - dossier.stored_bytes
    of_school = settings.max_school_bytes - int(stored or 0)
    if of_school < of_dossier:
        return Room(bytes=of_school, full=SCHOOL_FULL)
    return Room(bytes=of_dossier, full=DOSSIER_FULL)


class Places:
    """So many uploads at once in one process; who comes after them is asked to wait, and everyone else can go on."""

    def __init__(self, count: int) -> None:
        self._free = threading.BoundedSemaphore(count)

    @contextmanager
    def one(self) -> Iterator[None]:
        """Take a place for the length of this block.

        Raises:
            UnavailableError: all are taken.
        """
        if not self._free.acquire(blocking=False):
            raise UnavailableError(BUSY)
        try:
            yield
        finally:
            self._free.release()
