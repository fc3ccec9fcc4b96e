"""How the log stands with the outside world: our keys, the newest checkpoint, witnesses, logs that we witness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from audit import checkpoint, cosignatures, witness
from audit.events import parse_instant
from audit.note import VerifierKey
from gateway.jobs import queue
from gateway.log_copies import COPIES
from gateway.logbook import LOG_ID, own_keys, witness_signer
from gateway.witness.asking import CONTRADICTIONS
from gateway.witness.queries import LOG
from gateway.witness.tables import WitnessParty
from gateway.witness.usecases import READERS, require_swv

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyLine:
    """A partner as the page shows it.

    `how` is one word: waits, ended, contradicted, confirmed, behind (it signed, but not the newest), never. `size` is
    how far it signed, `since` when.
    """

    id: str
    side: str
    name: str
    url: str
    key: str
    fingerprint: str
    state: str
    how: str
    size: int
    since: datetime | None
    trouble: str
    registered_by: str | None
    ours: bool
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Everything that the page shows; `unconfirmed` names the witnesses that did not confirm the newest checkpoint."""

    address: str
    log_key: VerifierKey
    witness_key: VerifierKey
    size: int
    made_at: datetime | None
    places: tuple[str, ...]
    copied_at: datetime | None
    witnesses: tuple[PartyLine, ...]
    logs: tuple[PartyLine, ...]

    @property
    def unconfirmed(self) -> tuple[PartyLine, ...]:
        """The witnesses in use that did not confirm the newest checkpoint: *niet bevestigd*."""
        return tuple(line for line in self.witnesses if line.how in {"behind", "never", "contradicted"})

    @property
    def in_use(self) -> tuple[PartyLine, ...]:
        """The witnesses that were confirmed and not ended."""
        return tuple(line for line in self.witnesses if line.state == "confirmed")

    @property
    def contradicted(self) -> tuple[PartyLine, ...]:
        """The witnesses that signed another history of this log."""
        return tuple(line for line in self.witnesses if line.how == "contradicted")

    def to_confirm(self, account_id: str) -> tuple[PartyLine, ...]:
        """The partners of the own SWV that wait for a second person, and this account can be that person."""
        lines = (*self.witnesses, *self.logs)
        return tuple(line for line in lines if line.how == "waits" and line.ours and line.registered_by != account_id)


def standing(services: Services, context: Context) -> Standing:
    """How the log stands now, for those who administer it or judge it."""
    with services.db.reading() as session:
        require_swv(session, context, READERS)
    return standing_of_installation(services, context.person.tenant_id)


def standing_of_installation(services: Services, tenant_id: str = "") -> Standing:
    """The same for whoever runs the installation; `tenant_id` tells which partners are one's own to act on."""
    keyring = services.vault.keyring
    with services.db.reading() as session:
        newest = checkpoint.latest(session.connection(), LOG_ID)
        rows = session.scalars(select(WitnessParty).order_by(WitnessParty.registered_at, WitnessParty.id)).all()
        size = newest.size if newest else 0
        lines = [_line(session, row, size, tenant_id) for row in rows]
        copied_at = queue.last_beat(session, COPIES)
    return Standing(
        address=services.settings.base_url.rstrip("/") + "/getuige",
        log_key=own_keys(keyring)[0],
        witness_key=witness_signer(keyring).key,
        size=size,
        made_at=newest.made_at if newest else None,
        places=services.settings.checkpoint_places,
        copied_at=copied_at,
        witnesses=tuple(line for line in lines if line.side != LOG),
        logs=tuple(line for line in lines if line.side == LOG),
    )


def _line(session: Session, row: WitnessParty, newest: int, tenant_id: str) -> PartyLine:
    key = VerifierKey.parse(row.key)
    size, since, evidence = _held(session, key) if row.side == LOG else _signed(session, row, key)
    return PartyLine(
        id=row.id,
        side=row.side,
        name=row.name,
        url=row.url,
        key=row.key,
        fingerprint=key.fingerprint,
        state=row.state,
        how=_how(row, size, newest, evidence),
        size=size,
        since=since,
        trouble=row.trouble,
        registered_by=row.registered_by,
        ours=row.tenant_id == tenant_id,
        evidence=evidence,
    )


def _signed(session: Session, row: WitnessParty, key: VerifierKey) -> tuple[int, datetime | None, str]:
    return cosignatures.newest_size(session.connection(), LOG_ID, key), row.answered_at, ""


def _held(session: Session, key: VerifierKey) -> tuple[int, datetime | None, str]:
    held = witness.witnessed(session.connection(), key.name)
    if held is None:
        return 0, None, ""
    since = parse_instant(held.cosigned_at) if held.cosigned_at else None
    return held.size, since, held.refused or ""


def _how(row: WitnessParty, size: int, newest: int, evidence: str) -> str:
    if row.state != "confirmed":
        return "waits" if row.state == "registered" else "ended"
    if row.side == LOG:
        return "contradicted" if evidence == "fork" else "confirmed" if size else "never"
    if row.trouble in CONTRADICTIONS:
        return "contradicted"
    if size >= newest > 0:
        return "confirmed"
    return "behind" if size else "never"
