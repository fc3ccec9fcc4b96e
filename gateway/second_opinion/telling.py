"""Who hears of an act: contact persons of both sides in time, experts and parents of what concerns them.

In the portal and by e-mail without personal data. Source: CV8.4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.accounts import people
from gateway.context import Role
from gateway.dossiers.guardians import entitled_accounts
from gateway.dossiers.tables import Dossier
from gateway.notices import outbox
from gateway.second_opinion import ground, reach
from gateway.second_opinion.state import PARTNER, REQUESTER
from gateway.second_opinion.tables import SecondOpinionExpert

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.second_opinion.storing import Kept
    from gateway.second_opinion.tables import SecondOpinionCase
    from gateway.services import Services

SILENT = frozenset({"write", "declare"})
"""Acts that concern nobody but who does them."""
TO_EXPERTS = frozenset({"admit", "receive", "answer", "extend", "refuse_more", "supplement", "reopen", "withdraw"})
TO_FAMILY = frozenset({"send", "accept", "decline", "tell_parents", "withdraw"})


def tell(services: Services, session: Session, context: Context, row: SecondOpinionCase, kept: Kept) -> None:
    """Put a notice for everyone whom this act concerns, but for who did it."""
    if kept.kind in SILENT:
        return
    other = PARTNER if kept.side == REQUESTER else REQUESTER
    concerned: list[str] = []
    if kept.kind == "offer":
        concerned += ground.contacts(session, row, kept.side, context.today)
    elif other == row.own_side or row.shown_at is not None:
        concerned += ground.contacts(session, row, other, context.today)
        if other == row.own_side:
            concerned.append(people.acting_for(session, row.made_by))
    if kept.side == PARTNER and kept.kind in {"declare", "sign", "ask", "ask_more"}:
        concerned += ground.contacts(session, row, PARTNER, context.today)
    if kept.kind in TO_EXPERTS:
        concerned += experts_of(session, row)
    kind = "second_opinion_advice" if kept.kind == "hand_over" else "second_opinion"
    put(services, session, context, row, kind, concerned)
    if kept.kind in TO_FAMILY and row.dossier_id is not None:
        dossier = session.get_one(Dossier, row.dossier_id)
        entitled = entitled_accounts(services, session, dossier, context.today)
        put(services, session, context, row, "second_opinion_family", entitled)


def put(
    services: Services,
    session: Session,
    context: Context,
    row: SecondOpinionCase,
    kind: str,
    account_ids: Iterable[str],
) -> None:
    """Put a notice of this kind about the case for these accounts, each once and not for the actor."""
    for account_id in dict.fromkeys(account_ids):
        if context.actor is not None and account_id == context.actor.account_id:
            continue
        outbox.queue(
            session,
            services.vault,
            context,
            account_id=account_id,
            kind=kind,
            link=f"/second-opinions/{row.id}",
            tenant_id=row.tenant_id,
            dossier_id=row.dossier_id,
        )


def experts_of(session: Session, row: SecondOpinionCase) -> list[str]:
    """The experts who are in the case now."""
    query = select(SecondOpinionExpert.account_id).where(
        SecondOpinionExpert.case_id == row.id, SecondOpinionExpert.ended_at.is_(None)
    )
    return list(session.scalars(query))


def officers(session: Session, row: SecondOpinionCase) -> list[str]:
    """The privacy officers of the SWV whose tenant this is."""
    return people.of_organisation(session, reach.own_swv(session, row.tenant_id), Role.PRIVACY_OFFICER)
