"""Who asks: the capacity, the guardian in the pupil's data it is, and what the judge is told of it (PRage)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.dossiers.guardians import entitled_accounts
from gateway.dossiers.tables import UNDECIDED, Dossier, DossierPerson
from gateway.rights.overview import Requester

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.rights.tables import RightRequest
    from gateway.services import Services


def requester_of(services: Services, session: Session, row: RightRequest) -> Requester:
    """For whom the answer of this request is; of who asked on paper no guardian is known, so nothing is their own."""
    del services
    link = session.get(DossierPerson, (row.dossier_id, row.asked_by)) if row.asked_by else None
    guardian = link.guardian_id if link is not None and link.guardian_id not in {None, UNDECIDED} else ""
    return Requester(capacity=row.capacity, guardian_id=guardian or "", account_id=row.asked_by)


def as_recipient(services: Services, session: Session, row: RightRequest, on: date) -> dict[str, Any]:
    """The requester as the judge reads a recipient: whether they speak for the pupil on this day, is asked anew."""
    dossier = session.get_one(Dossier, row.dossier_id)
    kind = "data_subject" if row.capacity == "data_subject" else "guardian"
    return {
        "kind": kind,
        "has_authority": speaks(services, session, row, dossier, on),
        "access": None,
        "enrolled_here": False,
    }


def speaks(services: Services, session: Session, row: RightRequest, dossier: Dossier, on: date) -> bool:
    """Whether who asked speaks for the pupil: by the account; of who asked on paper, by what staff established."""
    if row.asked_by is not None:
        return row.asked_by in entitled_accounts(services, session, dossier, on)
    return row.capacity in {"guardian", "data_subject"}
