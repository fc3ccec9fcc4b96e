"""Who may see a convenant, and for which party someone acts. Whoever is no party finds nothing.

Our own SWV's contact persons and administrators act, its privacy officer reads. Contact persons of another party are
guests: they see the convenants of their own organisation, from the day a text was offered to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.accounts.tables import Organisation
from gateway.context import Role
from gateway.convenant.tables import Convenant, ConvenantParty, ConvenantVersion
from gateway.errors import NotFoundError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Context

MAKERS = (Role.CONTACT_PERSON, Role.ADMINISTRATOR)
READERS = (*MAKERS, Role.PRIVACY_OFFICER)
OFFERED_ONCE = ("offered", "withdrawn")
"""States of a text that a guest has seen: one that was taken back is still told of where its reader finds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A convenant and the party for which the actor sits at it; `own`: our SWV's side."""

    convenant: Convenant
    party: ConvenantParty
    own: bool


def works_here(session: Session, context: Context) -> bool:
    """Whether the actor works for the SWV whose tenant this is."""
    return session.get_one(Organisation, context.person.organisation_id).kind == "swv"


def seat(session: Session, context: Context, convenant_id: str) -> Seat:
    """The actor's seat at a convenant, to read.

    Raises:
        NotFoundError: it does not exist, or is not theirs to see: the same answer for both.
    """
    row = session.get(Convenant, convenant_id)
    if row is None or row.tenant_id != context.person.tenant_id or context.person.role not in READERS:
        raise NotFoundError
    return _seat(session, context, row)


def acting(session: Session, context: Context, convenant_id: str) -> Seat:
    """The actor's seat, to act for its party; the convenant's row is held, so that of two at once one comes second.

    Raises:
        NotFoundError: not theirs, or theirs only to read.
    """
    if context.person.role not in MAKERS:
        raise NotFoundError
    row = session.get(Convenant, convenant_id, with_for_update=True, populate_existing=True)
    if row is None or row.tenant_id != context.person.tenant_id:
        raise NotFoundError
    return _seat(session, context, row)


def making(session: Session, context: Context, convenant_id: str) -> Seat:
    """As `acting`, for what only our own side does: the text, the parties, paper that comes in.

    Raises:
        NotFoundError: someone else.
    """
    found = acting(session, context, convenant_id)
    if not found.own:
        raise NotFoundError
    return found


def visible(session: Session, context: Context) -> list[Convenant]:
    """The convenants that the actor may see, newest first."""
    query = select(Convenant).where(Convenant.tenant_id == context.person.tenant_id)
    if not works_here(session, context):
        mine = (
            select(ConvenantParty.convenant_id)
            .join(ConvenantVersion, ConvenantVersion.convenant_id == ConvenantParty.convenant_id)
            .where(
                ConvenantParty.organisation_id == context.person.organisation_id,
                ConvenantVersion.state.in_(OFFERED_ONCE),
            )
        )
        query = query.where(Convenant.id.in_(mine))
    return list(session.scalars(query.order_by(Convenant.made_at.desc(), Convenant.id)))


def _seat(session: Session, context: Context, row: Convenant) -> Seat:
    own = works_here(session, context)
    if not own and context.person.role is not Role.CONTACT_PERSON:
        raise NotFoundError
    party = session.scalars(
        select(ConvenantParty).where(
            ConvenantParty.convenant_id == row.id,
            ConvenantParty.organisation_id == context.person.organisation_id,
        )
    ).first()
    if party is None or (not own and not _was_offered(session, row.id)):
        raise NotFoundError
    return Seat(convenant=row, party=party, own=own)


def _was_offered(session: Session, convenant_id: str) -> bool:
    query = select(ConvenantVersion.id).where(
        ConvenantVersion.convenant_id == convenant_id, ConvenantVersion.state.in_(OFFERED_ONCE)
    )
    return session.scalars(query.limit(1)).first() is not None
