"""What people type beside anonymised documents must not undo the anonymising. Source: CV4.6, CV4.3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.anonymisation.detection import Detector
from gateway.anonymisation.identities import known_from_record
from gateway.anonymisation.record import record_of
from gateway.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from gateway.dossiers.tables import Dossier
    from gateway.services import Services

_MAY_STAND: Final = frozenset({"DATE", "AGE", "URL", "PLACE", "SCHOOL", "INSTITUTION"})
"""Of what only has the form of something: a date of a letter, or a name of an organisation, points to no child."""


def check_nameless(services: Services, session: Session, dossier: Dossier, texts: Mapping[str, str]) -> None:
    """Whether these texts, by the field where they were typed, name nobody and nothing that the dossier knows.

    Raises:
        InvalidInputError: one does; it says in which field, and not what.
    """
    known = known_from_record(record_of(services, session, dossier))
    detector = Detector(known, model=None)
    for field, text in texts.items():
        if any(find.source == "known" or find.kind not in _MAY_STAND for find in detector.find(text)):
            raise InvalidInputError(
                "Hierin staat een naam, adres, nummer of datum van de leerling of van iemand uit het dossier. Haal dat "
                "weg: de stukken gaan geanonimiseerd.",
                field=field,
            )
