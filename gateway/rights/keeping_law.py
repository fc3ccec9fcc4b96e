"""What may not be removed: what a law obliges keeping, and what is held for another reason.

Source: OB2, PR12.1, AVG 17(3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, or_, select

from gateway.consent import usecases as consents
from gateway.dossiers.keeping import kept_of
from gateway.dossiers.tables import DocumentVersion
from gateway.errors import ConflictError
from gateway.matters import queries as matters
from gateway.matters.tables import Hold
from gateway.rights.rules import CARRIED_OUT, DECIDED
from gateway.rights.tables import RightRequest

if TYPE_CHECKING:
    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.dossiers.tables import Document, Dossier

OF_A_BESLUIT = frozenset({"expert_opinion"})
"""The kinds of document that a besluit rests on by law (TL3): as long as it is kept, they are."""
REMOVALS = ("correctie", "wissing")
"""The kinds of request that can be closed only after their removals are done."""


def require_removable(
    session: Session,
    context: Context,
    row: RightRequest,
    dossier: Dossier,
    document: Document,
    *,
    deciding: bool = False,
) -> None:
    """Refuse the removal of what must be kept; shielding it remains possible.

    `deciding`: nothing is removed yet. Then no other request holds it: two would wait for each other's decision.

    Raises:
        ConflictError: the sentence says why, and what can be done instead.
    Source: OB2, PR12.1, TL3, AVG 17(3)(b) and (e).
    """
    held = select(Hold.kind).where(
        Hold.dossier_id == dossier.id, Hold.ended_at.is_(None), Hold.id.not_in(_not_in_the_way(row, deciding=deciding))
    )
    if session.scalars(held.limit(1)).first() is not None or matters.open_breaches(session, dossier.id):
        raise ConflictError(
            "Er loopt nog iets anders over dit dossier, zoals een bezwaar of een ander verzoek. Zolang dat loopt, "
            "wordt niets verwijderd (OB2). Afschermen kan wel."
        )
    kinds = set(session.scalars(select(DocumentVersion.kind).where(DocumentVersion.document_id == document.id)))
    if kinds & OF_A_BESLUIT and _besluit_is_kept(session, context, dossier):
        raise ConflictError(
            "Op dit stuk rust een besluit dat volgens de wet bewaard blijft (PR12.1). Verwijderen kan niet. Afschermen "
            "kan wel."
        )
    if any(each.evidence_document_id == document.id for each in consents.of_dossier(session, dossier.id)):
        raise ConflictError(
            "Dit is het bewijs van een toestemming. Zolang wat daarop rust bewaard blijft, blijft dit stuk ook "
            "(AVG 7, lid 1). Afschermen kan wel."
        )


def _not_in_the_way(row: RightRequest, *, deciding: bool) -> Select[str | None]:
    """The holds that do not forbid: of the request itself, and of another removal that was decided and waits too."""
    others = and_(RightRequest.kind.in_(REMOVALS), RightRequest.state.in_((DECIDED, CARRIED_OUT)))
    if deciding:
        others = and_(RightRequest.kind != "klacht")
    return select(RightRequest.hold_id).where(
        RightRequest.dossier_id == row.dossier_id,
        RightRequest.hold_id.is_not(None),
        or_(RightRequest.id == row.id, others),
    )


def _besluit_is_kept(session: Session, context: Context, dossier: Dossier) -> bool:
    history = matters.history(session, dossier.id, None)
    if not history.matters:
        return False
    kept = kept_of(session, dossier, context.today)
    return kept is None or kept.until is None or kept.until >= context.today
