"""What becomes of our own messages: arrived, applied, refused or held back; and who is told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from gateway.accounts import people
from gateway.accounts.tables import Organisation, Tenant
from gateway.context import Role
from gateway.notices import outbox
from gateway.peers import rules, threads
from gateway.peers.tables import PeerMessage
from gateway.recording import Action, Outcome, record
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.peers.envelope import Acknowledgement
    from gateway.peers.tables import PeerLink
    from gateway.services import Services

TOLD = (Role.ADMINISTRATOR, Role.CONTACT_PERSON)
PAGE = "/inrichting/lijnen"
LOST = {
    "conflict": sentence(
        "De partner heeft onder dit nummer al een ander bericht. Is een oude reservekopie teruggezet? Bel de partner."
    ),
    "ahead": sentence("De partner mist te veel eerdere berichten. Is er iets verloren gegaan? Bel de partner."),
    "erased": sentence("De partner heeft deze berichten vernietigd. Er kan niets meer bij."),
}
"""Why a package is refused for good."""


def acknowledged(
    services: Services, session: Session, context: Context, link: PeerLink, row: PeerMessage, ack: Acknowledgement
) -> None:
    """Take the partner's answer to one message: signed by the partner, about this message and what it says.

    A number that we held back after all may have arrived before: then the partner has it, and says so.
    """
    link.heard_at = context.now
    partner = session.get_one(Organisation, link.organisation_id)
    if ack.code in LOST and not (ack.code == "conflict" and row.void):
        told(services, session, context, partner, row, rules.REFUSED, reason=LOST[ack.code])
        return
    state = rules.ARRIVED if ack.code or ack.state == rules.WAITING else ack.state
    told(services, session, context, partner, row, state, reason=ack.reason)


def receipt(
    services: Services, session: Session, context: Context, partner: Organisation, body: Mapping[str, Any]
) -> None:
    """Take a receipt: what became of a message of ours after it arrived. What we do not know is left alone."""
    query = select(PeerMessage).where(
        PeerMessage.organisation_id == partner.id,
        PeerMessage.direction == threads.OUT,
        PeerMessage.message_id == str(body.get("message", "")),
    )
    row = session.scalars(query.with_for_update()).first()
    state, reason = body.get("state"), body.get("reason")
    if row is not None and state in (rules.APPLIED, rules.REFUSED) and isinstance(reason, str):
        told(services, session, context, partner, row, state, reason=reason[:1000])


def told(
    services: Services,
    session: Session,
    context: Context,
    partner: Organisation,
    row: PeerMessage,
    state: str,
    *,
    reason: str,
) -> None:
    """Bring a message of ours to the state that the partner told; going back is no news."""
    after = rules.settled(row.state, state)
    if after == row.state:
        return
    row.state = after
    row.arrived_at = row.arrived_at or context.now
    if after == rules.ARRIVED:
        _record(services, session, context, partner, row, Outcome.SUCCESS, "")
        return
    row.settled_at = context.now
    _record(
        services, session, context, partner, row, Outcome.REFUSED if after == rules.REFUSED else Outcome.SUCCESS, reason
    )
    if after == rules.REFUSED:
        threads.keep_reason(services, session, row, reason)
        tell(services, session, context, partner, "peer_refused")


def hold_back(
    services: Services, session: Session, context: Context, partner: Organisation, row: PeerMessage, reason: str
) -> None:
    """The door lets the attachments not out any more: the number travels empty, and people are told."""
    row.void = True
    threads.keep_reason(services, session, row, reason)
    _record(services, session, context, partner, row, Outcome.FAILED, reason)
    tell(services, session, context, partner, "peer_held_back")


def tell(services: Services, session: Session, context: Context, partner: Organisation, kind: str) -> None:
    """Tell the administrators and contact persons of the SWV itself."""
    tenant = session.get_one(Tenant, partner.tenant_id)
    for account_id in people.of_organisation(session, tenant.swv_id, *TOLD):
        outbox.queue(
            session, services.vault, context, account_id=account_id, kind=kind, link=PAGE, tenant_id=partner.tenant_id
        )


def _record(
    services: Services,
    session: Session,
    context: Context,
    partner: Organisation,
    row: PeerMessage,
    outcome: Outcome,
    reason: str,
) -> None:
    record(
        session,
        services.vault,
        context,
        Action.NOTIFY,
        outcome=outcome,
        tenant_id=partner.tenant_id,
        object_type="peer_message",
        object_id=row.id,
        on_behalf_of=row.made_by,
        payload={"kind": row.kind, "number": row.number, "state": row.state, "digest": row.digest, "reason": reason},
    )
