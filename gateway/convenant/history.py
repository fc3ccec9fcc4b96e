"""What happened to a convenant: one step for both parties to read, its event in the log, and who is told of it.

Source: CV7, CV8.4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.convenant import queries, sealing
from gateway.convenant.tables import ConvenantStep
from gateway.ids import new_id
from gateway.notices import outbox
from gateway.recording import Action, Outcome, record

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.convenant.tables import Convenant, ConvenantParty
    from gateway.services import Services


def step(
    services: Services,
    session: Session,
    context: Context,
    convenant: Convenant,
    kind: str,
    *,
    action: Action,
    article: str,
    party: ConvenantParty | None = None,
    held_on: date | None = None,
    details: dict[str, Any] | None = None,
    payload: dict[str, Any] | None = None,
) -> None:
    """Write what happened, in the history and in the log, in the transaction of the act itself.

    `details` is what people wrote; it is sealed. `payload` goes into the log: codes and ids only.
    """
    event_id = record(
        session,
        services.vault,
        context,
        action,
        tenant_id=convenant.tenant_id,
        object_type="convenant",
        object_id=convenant.id,
        article=article,
        payload={"step": kind, **(payload or {})},
    )
    step_id = new_id()
    session.add(
        ConvenantStep(
            id=step_id,
            convenant_id=convenant.id,
            number=convenant.version,
            kind=kind,
            party_id=party.id if party is not None else None,
            made_by=context.actor.account_id if context.actor is not None else None,
            made_at=context.now,
            held_on=held_on,
            details=sealing.seal(services.vault, convenant.tenant_id, "step", step_id, details or {}),
            event_id=event_id,
        )
    )
    convenant.version += 1
    session.flush()


def tell(services: Services, session: Session, context: Context, convenant: Convenant, kind: str) -> None:
    """Tell the contact persons of all parties, but whoever did it: in the portal and by mail, without personal data.

    Source: CV8.4.
    """
    told = {context.actor.account_id} if context.actor is not None else set()
    for party in queries.parties_of(session, convenant.id):
        for account_id in queries.contacts_of_party(session, party, context.today):
            if account_id not in told:
                told.add(account_id)
                outbox.queue(
                    session,
                    services.vault,
                    context,
                    account_id=account_id,
                    kind=kind,
                    link=f"/convenanten/{convenant.id}",
                    tenant_id=convenant.tenant_id,
                )


def refused(
    services: Services,
    context: Context,
    *,
    object_type: str,
    object_id: str,
    article: str,
    payload: dict[str, Any],
    dossier_id: str | None = None,
) -> None:
    """Write that the rules said no, before the page does."""
    with services.db.writing() as session:
        record(
            session,
            services.vault,
            context,
            Action.REFUSE,
            outcome=Outcome.REFUSED,
            dossier_id=dossier_id,
            object_type=object_type,
            object_id=object_id,
            article=article,
            payload=payload,
        )
