"""Who asks: the capacity, the guardian in the pupil's data it is, and what the judge is told of it (PRage)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.dossiers.queries import pupil_of
from gateway.dossiers.tables import UNDECIDED, Dossier, DossierPerson
from gateway.rights import queries
from gateway.rights.overview_asked import Requester
from gateway.rights.treating import speaks

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.rights.tables import RightRequest
    from gateway.services import Services


def requester_of(services: Services, session: Session, row: RightRequest) -> Requester:
    """For whom the answer of this request is; of someone unknown among the guardians nothing counts as their own."""
    if row.asked_by is None:
        who = str(queries.opened(session, services.vault, row, "details").get("who") or "")
        pupil = pupil_of(session, services.vault, session.get_one(Dossier, row.dossier_id))
        known = [each.id for each in pupil.guardians if each.name == who]
        return Requester(capacity=row.capacity, guardian_id=known[0] if len(known) == 1 else "", request_id=row.id)
    link = session.get(DossierPerson, (row.dossier_id, row.asked_by))
    guardian = link.guardian_id if link is not None and link.guardian_id not in {None, UNDECIDED} else ""
    return Requester(capacity=row.capacity, guardian_id=guardian or "", account_id=row.asked_by, request_id=row.id)


def as_recipient(services: Services, session: Session, context: Context, row: RightRequest) -> dict[str, Any]:
    """The requester as the judge reads a recipient: whether they speak for the pupil on this day, is asked anew."""
    return {
        "kind": "data_subject" if row.capacity == "data_subject" else "guardian",
        "has_authority": speaks(services, session, context, row),
        "access": None,
        "enrolled_here": False,
    }
