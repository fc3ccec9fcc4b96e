"""Every act leaves an event, in the transaction of the act: no act without event, no event without act."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from audit.events import Action, Event, Outcome
from audit.log import append
from crypto.context import SealContext
from crypto.fields import open_field, seal_field
from gateway import __version__
from gateway.context import Role
from gateway.vault.boxes import open_box, seal_box

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.vault.keys import Vault

__all__ = ["Action", "LogSealer", "Outcome", "record"]


class LogSealer:
    """Seals the personal part of an event: under the dossier's audit key, or the organisation's log key of the year.

    A payload sealed under the audit key can be read as long as the dossier's keys live, and no longer.
    """

    def __init__(self, session: Session, vault: Vault, *, organisation_id: str, year: int) -> None:
        self._session = session
        self._vault = vault
        self._organisation_id = organisation_id
        self._year = year

    def seal(self, *, dossier: str | None, event_id: str, plain: bytes) -> bytes:
        """Seal a payload for this event."""
        context = SealContext(purpose="audit", dossier=dossier or "", document=event_id)
        if dossier is not None:
            return seal_field(self._vault.data_key(self._session, dossier, "audit"), context, plain)
        return seal_box(self._vault.keyring, self._organisation_id, f"log-{self._year}", context, plain)

    def open(self, *, dossier: str | None, event_id: str, sealed: bytes) -> bytes:
        """Open a payload of this event.

        Raises:
            LookupError, crypto.errors.KeyDestroyed: the keys are gone, as promised after destruction.
        """
        context = SealContext(purpose="audit", dossier=dossier or "", document=event_id)
        if dossier is not None:
            return open_field(self._vault.data_key(self._session, dossier, "audit"), context, sealed)
        return open_box(self._vault.keyring, context, sealed)


def record(
    session: Session,
    vault: Vault,
    context: Context,
    action: Action,
    *,
    outcome: Outcome = Outcome.SUCCESS,
    tenant_id: str | None = None,
    dossier_id: str | None = None,
    object_type: str | None = None,
    object_id: str | None = None,
    purpose: str | None = None,
    legal_basis: str | None = None,
    article: str | None = None,
    profile: str | None = None,
    on_behalf_of: str | None = None,
    payload: dict[str, Any] | None = None,
) -> str:
    """Write the event of an act into the transaction of that act; returns the event's id.

    `on_behalf_of` is an account whose act the gateway carries on; a guardian acts for the pupil of the dossier.

    Raises:
        audit.errors.AuditError: it could not be written; the caller's transaction must fail.
    Source: PR9.3, PR10.1; fields after NEN 7513.
    """
    actor = context.actor
    tenant = tenant_id or (actor.tenant_id if actor else None)
    event = Event.new(
        action=action,
        outcome=outcome,
        at=context.now,
        actor=actor.account_id if actor else None,
        role=actor.role.value if actor else None,
        organisation=actor.organisation_id if actor else None,
        tenant=tenant,
        on_behalf_of=on_behalf_of or _pupil_of(context, dossier_id),
        dossier=dossier_id,
        object_type=object_type,
        object_id=object_id,
        purpose=purpose,
        legal_basis=legal_basis,
        article=article,
        profile=profile,
        network=context.network,
        request_id=context.request_id,
        software=f"dossierpoort {__version__}",
        payload=json.loads(json.dumps(payload or {})),
    )
    sealer = LogSealer(session, vault, organisation_id=tenant or "installation", year=context.now.year)
    return append(session.connection(), event, sealer)


def _pupil_of(context: Context, dossier_id: str | None) -> str | None:
    """The pupil for whom a guardian acts, by the dossier: pupils have no id of their own (NEN 7513, namens wie)."""
    if context.actor is None or context.actor.role is not Role.GUARDIAN or dossier_id is None:
        return None
    return f"pupil/{dossier_id}"
