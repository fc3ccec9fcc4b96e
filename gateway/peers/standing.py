"""How the lines stand: what their page and the command show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from gateway.accounts.tables import Organisation, Tenant
from gateway.partner_keys import usecases as partner_keys
from gateway.peers import links, rules, threads
from gateway.peers.carriers import mirror
from gateway.peers.tables import PeerLink, PeerMessage, PeerRefusal, PeerThread
from gateway.peers.usecases import told_state

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.sentences import Sentence
    from gateway.services import Services

REFUSALS_SHOWN = timedelta(days=90)
MOST_SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageLine:
    """A message as the page shows it: what kind and how it stands, never what it says. `reason` is the partner's."""

    kind: str
    number: int
    outgoing: bool
    at: datetime
    told: Sentence | None
    state: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedLine:
    """A package that was not taken: when and why."""

    at: datetime
    code: str
    partner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkLine:
    """A line as the page shows it.

    `how` is one word: ended, waits-for-partner, down, waiting (something is on its way), quiet.
    """

    id: str
    partner: str
    organisation_id: str
    carrier: str
    address: str
    pin: str
    how: str
    trouble: str
    made_at: datetime
    heard_at: datetime | None
    next_at: datetime | None
    waiting: int
    to_apply: int
    held_up: int
    messages: Sequence[MessageLine]
    keys: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Everything that the page shows; `address` and `fingerprint` are what the partner needs of us."""

    slug: str
    address: str
    fingerprint: str
    links: Sequence[LinkLine]
    refused: Sequence[RefusedLine]
    partners: Sequence[tuple[str, str]]


def standing(services: Services, context: Context) -> Standing:
    """How the lines of the actor's SWV stand.

    Raises:
        NotFoundError: not one of those who administer or judge them.
    """
    with services.db.reading() as session:
        links.require_swv(session, context, links.READERS)
        return standing_of(services, session, context, context.person.tenant_id)


def standing_of(services: Services, session: Session, context: Context, tenant_id: str) -> Standing:
    """The same for whoever runs the installation."""
    tenant = session.get_one(Tenant, tenant_id)
    own = partner_keys.own_public(session, tenant_id, context.today)
    rows = session.scalars(
        select(PeerLink)
        .where(PeerLink.tenant_id == tenant_id)
        .order_by(PeerLink.ended_at.is_not(None), PeerLink.made_at)
    ).all()
    taken = {row.organisation_id for row in rows if row.ended_at is None}
    partners = session.scalars(
        select(Organisation)
        .where(Organisation.tenant_id == tenant_id, Organisation.kind == "partner_swv", Organisation.active)
        .order_by(Organisation.name)
    ).all()
    return Standing(
        slug=tenant.slug,
        address=f"{services.settings.base_url.rstrip('/')}/lijn/{tenant.slug}",
        fingerprint=in_fours(own.fingerprint) if own else "",
        links=[_line(services, session, context, row) for row in rows],
        refused=_refused(session, context, tenant_id),
        partners=[(each.id, each.name) for each in partners if each.id not in taken],
    )


def in_fours(fingerprint: str) -> str:
    """A fingerprint as people read it to each other: four characters at a time."""
    return " ".join(fingerprint[start : start + 4] for start in range(0, len(fingerprint), 4))


def _line(services: Services, session: Session, context: Context, row: PeerLink) -> LinkLine:
    waiting = _count(session, row, threads.OUT)
    to_apply = _count(session, row, threads.IN)
    return LinkLine(
        id=row.id,
        partner=threads.partner_of(session, row).name,
        organisation_id=row.organisation_id,
        carrier=row.carrier,
        address=row.address,
        pin=row.pin,
        how=_how(session, row, waiting),
        trouble=row.trouble,
        made_at=row.made_at,
        heard_at=row.heard_at,
        next_at=row.next_at,
        waiting=waiting,
        to_apply=to_apply,
        held_up=_held_up(session, row),
        messages=_messages(services, session, row) if row.ended_at is None else (),
        keys=[in_fours(key.fingerprint) for key in partner_keys.usable(session, row.organisation_id, context.today)],
    )


def _how(session: Session, row: PeerLink, waiting: int) -> str:
    if row.ended_at is not None:
        return "ended"
    if row.carrier == "local" and mirror(session, row) is None:
        return "waits-for-partner"
    if row.failures:
        return "down"
    return "waiting" if waiting else "quiet"


def _count(session: Session, row: PeerLink, direction: str) -> int:
    return (
        session.scalar(
            select(func.count()).where(
                PeerMessage.organisation_id == row.organisation_id,
                PeerMessage.direction == direction,
                PeerMessage.state == rules.WAITING,
            )
        )
        or 0
    )


def _held_up(session: Session, row: PeerLink) -> int:
    """How many of the partner's messages wait for one that has not come: a hole in the order."""
    other = aliased(PeerMessage)
    next_one = (
        select(other.id)
        .join(PeerThread, PeerThread.id == other.thread_id)
        .where(
            other.thread_id == PeerMessage.thread_id,
            other.direction == threads.IN,
            other.number == PeerThread.applied + 1,
        )
    )
    return (
        session.scalar(
            select(func.count()).where(
                PeerMessage.organisation_id == row.organisation_id,
                PeerMessage.direction == threads.IN,
                PeerMessage.state == rules.WAITING,
                ~next_one.exists(),
            )
        )
        or 0
    )


def _messages(services: Services, session: Session, link: PeerLink) -> list[MessageLine]:
    """The newest messages with a partner, but receipts: those are the line's own."""
    query = (
        select(PeerMessage)
        .where(PeerMessage.organisation_id == link.organisation_id, PeerMessage.kind.not_like("peers.%"))
        .order_by(func.coalesce(PeerMessage.arrived_at, PeerMessage.made_at).desc(), PeerMessage.number.desc())
        .limit(MOST_SHOWN)
    )
    return [
        MessageLine(
            kind=row.kind,
            number=row.number,
            outgoing=row.direction == threads.OUT,
            at=row.made_at if row.direction == threads.OUT else row.arrived_at or row.made_at,
            told=told_state(row, link) if row.direction == threads.OUT else None,
            state=row.state,
            reason=threads.reason_of(services, session, row),
        )
        for row in session.scalars(query)
    ]


def _refused(session: Session, context: Context, tenant_id: str) -> list[RefusedLine]:
    query = (
        select(PeerRefusal, PeerLink, Organisation)
        .outerjoin(PeerLink, PeerLink.id == PeerRefusal.link_id)
        .outerjoin(Organisation, Organisation.id == PeerLink.organisation_id)
        .where(PeerRefusal.tenant_id == tenant_id, PeerRefusal.at > context.now - REFUSALS_SHOWN)
        .order_by(PeerRefusal.at.desc())
        .limit(MOST_SHOWN)
    )
    return [
        RefusedLine(at=row.at, code=row.code, partner=partner.name if partner is not None else "")
        for row, _link, partner in session.execute(query).all()
    ]
