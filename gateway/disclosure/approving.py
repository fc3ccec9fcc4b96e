"""The second person, where the reglement asks one: who asked cannot approve, and the facts are judged again.

Source: PR10.1, PR9.3; issue 4 ("second person where the profile asks").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.disclosure import noting, opened, outgoing
from gateway.disclosure.asking import as_asked, asked_again
from gateway.disclosure.judging import check_open, refused
from gateway.disclosure.reach import sent
from gateway.disclosure.tables import VerstrekkingDocument
from gateway.dossiers.queries import documents_of, swv_dossier
from gateway.errors import ConflictError, InvalidInputError
from gateway.recording import Action

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.disclosure.tables import Verstrekking
    from gateway.reglement.rules import Decision
    from gateway.services import Services


def approve(services: Services, context: Context, verstrekking_id: str) -> None:
    """A second person approves: judged again on the facts of now, and from then on the recipient can fetch it.

    Raises:
        ConflictError: it was decided before, its maker tries, its last day has passed, a rendition in it was replaced,
            or it holds documents that this person may not see.
        RefusedError: the reglement says no by now; the refusal is in the log.
    """
    refusal: Decision | None = None
    with services.db.writing() as session:
        row = _asked(session, context, verstrekking_id)
        _sees_all(services, session, context, row)
        for each in outgoing.listed(services, session, row):
            check_open(session, context, row, each)
            facts, decision = asked_again(services, session, context, row, each)
            if not decision.allowed:
                noting.record_fetch(services, session, context, row, each, decision, Action.REFUSE)
                refusal = decision
                break
            item = session.get_one(VerstrekkingDocument, (row.id, each.version.id))
            item.article = decision.article
            asked = as_asked(facts, decision, context.today)
            item.facts = services.vault.seal_json(session, row.dossier_id, f"facts:{row.id}:{each.version.id}", asked)
            row.article, row.profile = decision.article, f"{decision.profile_id}@{decision.profile_version}"
        if refusal is None:
            # The register counts a verstrekking on the day that it was made: now, not when it was asked.
            row.state, row.made_at = "open", context.now
            row.decided_by, row.decided_at = context.person.account_id, context.now
            noting.record_disclosed(services, session, context, row)
            noting.tell_recipients(services, session, context, row)
            noting.tell_asker(services, session, context, row)
            opened.tell(services, session, context, row)
    if refusal is not None:
        raise refused(refusal)


def reject(services: Services, context: Context, verstrekking_id: str, reason: str) -> None:
    """A second person says no, with the reason; nothing leaves.

    Raises:
        InvalidInputError: no reason was given.
        ConflictError: it was decided before, or its maker tries.
    """
    if not reason.strip():
        raise InvalidInputError("Schrijf waarom u dit afwijst.", field="reason")
    with services.db.writing() as session:
        row = _asked(session, context, verstrekking_id)
        row.state = "rejected"
        row.decided_by, row.decided_at = context.person.account_id, context.now
        details = services.vault.open_json(session, row.dossier_id, "verstrekking", row.details) if row.details else {}
        details["rejected_because"] = reason.strip()
        row.details = services.vault.seal_json(session, row.dossier_id, "verstrekking", details)
        noting.record_decided(services, session, context, row, reason.strip())
        noting.tell_asker(services, session, context, row)


def _asked(session: Session, context: Context, verstrekking_id: str) -> Verstrekking:
    row = sent(session, context, verstrekking_id)
    session.refresh(row, with_for_update=True)  # of two who decide at once, one finds it decided
    if row.state != "asked" or row.closed_at is not None:
        raise ConflictError("Over deze verstrekking is al beslist.")
    if row.made_by == context.person.account_id:
        raise ConflictError("Een tweede persoon moet dit goedkeuren. U hebt deze verstrekking zelf gevraagd.")
    return row


def _sees_all(services: Services, session: Session, context: Context, row: Verstrekking) -> None:
    """Nobody approves what they may not see (PR10.2)."""
    lines, _ = documents_of(services, session, context, swv_dossier(session, context, row.dossier_id))
    seen = {line.document.id for line in lines}
    if not {version.document_id for version in noting.versions_of(session, row)} <= seen:
        raise ConflictError("U mag niet alle stukken inzien. Vraag een collega die dat wel mag.")
