"""Which anonymised rendition of a document may be used, and why not: what higher floors ask.

Ask `usable(services, session, version)`; where it gives None, `why_not` is the sentence for the person who asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from gateway.anonymisation.record import mark_of
from gateway.anonymisation.rendition_tables import EDITION, AnonymisedRendition
from gateway.anonymisation.sealed import finds_of
from gateway.dossiers import derived
from gateway.dossiers.tables import Dossier
from gateway.sentences import sentence

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.anonymisation.sealed import Group
    from gateway.dossiers.tables import DocumentVersion, Rendition
    from gateway.services import Services

PDF: Final = "anonpdf"
PAGE: Final = "anonpage"
LOOK: Final = "anonlook"
KINDS: Final = (PDF, PAGE, LOOK)
"""Kinds of the files of a rendition: the file that leaves, its pages as pictures, and what the review shows."""
PER_RUN: Final = 1000
"""A file's number is the run times this, and its page: files of two runs never share a place."""
STATES: Final[dict[str, tuple[str, str]]] = {
    "asked": (sentence("wordt gemaakt"), "info"),
    "working": (sentence("wordt gemaakt"), "info"),
    "review": (sentence("na te kijken"), "warning"),
    "second": (sentence("wacht op een tweede persoon"), "warning"),
    "done": (sentence("nagekeken"), "success"),
    "blocked": (sentence("niet schoon"), "danger"),
    "failed": (sentence("mislukt"), "danger"),
    "superseded": (sentence("vervallen"), "neutral"),
}
"""The state in words, and the badge."""
_WAITING: Final = {
    "asked": sentence("De geanonimiseerde weergave van dit stuk wordt nog gemaakt."),
    "working": sentence("De geanonimiseerde weergave van dit stuk wordt nog gemaakt."),
    "review": sentence("De geanonimiseerde weergave van dit stuk is nog niet door een persoon nagekeken."),
    "second": sentence("De geanonimiseerde weergave van dit stuk wacht op een tweede persoon die haar nakijkt."),
    "blocked": sentence("In de geanonimiseerde weergave van dit stuk stond nog iets dat naar de leerling wijst."),
    "failed": sentence("De geanonimiseerde weergave van dit stuk kon niet worden gemaakt."),
}


def of_version(session: Session, version_id: str) -> AnonymisedRendition | None:
    """The rendition of a version, whatever its state."""
    return session.scalar(select(AnonymisedRendition).where(AnonymisedRendition.version_id == version_id))


def of_dossier(session: Session, dossier_id: str) -> dict[str, AnonymisedRendition]:
    """The renditions of a dossier, by version."""
    rows = session.scalars(select(AnonymisedRendition).where(AnonymisedRendition.dossier_id == dossier_id))
    return {row.version_id: row for row in rows}


def usable(services: Services, session: Session, version: DocumentVersion) -> AnonymisedRendition | None:
    """The finished rendition of exactly this version and content, or None; `why_not` says why. Source: CV4.6."""
    row = of_version(session, version.id)
    if row is None or row.state != "done" or stale(services, session, row, version) is not None:
        return None
    return row


def why_not(services: Services, session: Session, version: DocumentVersion) -> str:
    """Why there is no usable rendition of this version, as a sentence that says what to do."""
    row = of_version(session, version.id)
    if row is None:
        return sentence("Van dit stuk is nog geen geanonimiseerde weergave gemaakt. Kies bij het stuk Anonimiseren.")
    old = stale(services, session, row, version)
    if old is not None:
        return old
    return _WAITING.get(row.state, _WAITING["failed"])


def stale(services: Services, session: Session, row: AnonymisedRendition, version: DocumentVersion) -> str | None:
    """Why a rendition no longer counts, as a sentence; None: it does, or it was not made yet.

    It is of another version or content, of rules that were replaced, or of before what is known of the family changed.
    """
    if version.state != "ready":
        return sentence("Van dit stuk is er een nieuwe versie. Maak daar een geanonimiseerde weergave van.")
    if row.version_id != version.id or row.content_mark != version.content_mark:
        return sentence("Deze weergave is van een andere inhoud. Maak haar opnieuw.")
    if row.edition is None:
        return None
    if row.edition < EDITION:
        return sentence("Deze weergave is gemaakt met oudere regels. Maak haar opnieuw en kijk haar na.")
    dossier = session.get_one(Dossier, row.dossier_id)
    if mark_of(services, session, dossier) != row.identities_mark:
        return sentence(
            "De gegevens van de leerling of het gezin zijn gewijzigd sinds deze weergave is gemaakt. Maak haar opnieuw."
        )
    return None


def shown_state(services: Services, session: Session, row: AnonymisedRendition, version: DocumentVersion) -> str:
    """The state as people see it: `superseded` where it no longer counts."""
    waits = row.state in {"asked", "working"}
    return row.state if waits or stale(services, session, row, version) is None else "superseded"


def file_of(session: Session, version: DocumentVersion) -> Rendition | None:
    """The sealed PDF of the version's rendition, to be opened by `dossiers.derived.opened`."""
    return next(iter(derived.listed(session, version, PDF)), None)


def pages_of(session: Session, version: DocumentVersion) -> list[Rendition]:
    """The pages of that PDF as pictures (WebP), in order."""
    return derived.listed(session, version, PAGE)


def mapping_of(services: Services, session: Session, row: AnonymisedRendition) -> list[Group]:
    """What stands for what: each group of finds with its replacement. Personal data: seal what is made of it."""
    return finds_of(services.vault, session, row)
