"""Registering matters, besluiten and holds: may this person, write it, tell whom it concerns.

Source: TL7, TL8, OB1, OB2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.access.facts import entries_in_scope
from gateway.accounts import people
from gateway.accounts.tables import Organisation, Tenant
from gateway.context import Role
from gateway.dossiers import informing
from gateway.dossiers.queries import swv_dossier, visible_dossier
from gateway.dossiers.telling import school_staff, tell
from gateway.errors import InvalidInputError
from gateway.keeping.words import in_a_letter
from gateway.matters import queries, usecases

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.dossiers.tables import Dossier
    from gateway.matters.queries import BreachHold, HoldLine, MatterLine
    from gateway.matters.rules import NewBesluit, NewHold, NewMatter
    from gateway.matters.tables import Besluit
    from gateway.services import Services

PURPOSE_OF = {
    "admissibility": "admissibility",
    "advice": "support_advice",
    "allocation": "support_allocation",
    "second_opinion": "second_opinion",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepingView:
    """What the page of matters shows; `names` are those of the owners of holds.

    `breaches` hold the dossier too: nobody ends that by hand, it ends when the breach is closed.
    """

    matters: Sequence[MatterLine]
    holds: Sequence[HoldLine]
    names: dict[str, str]
    swv_number: str
    may_write: bool
    breaches: Sequence[BreachHold] = ()


def of_dossier(services: Services, context: Context, dossier_id: str) -> KeepingView:
    """Matters, besluiten and holds of a dossier within the actor's reach; why it is held is the SWV's own."""
    with services.db.reading() as session:
        dossier = visible_dossier(session, context, dossier_id)
        of_swv = context.person.role is not Role.SCHOOL_STAFF
        holds = queries.holds_of(session, services.vault, dossier.id) if of_swv else []
        persons = people.names_of(session, services.vault, [line.row.owner_id for line in holds])
        return KeepingView(
            matters=queries.matters_of(session, services.vault, dossier.id),
            holds=holds,
            names={account_id: person.name for account_id, person in persons.items()},
            swv_number=queries.swv_number(session, dossier.tenant_id),
            may_write=of_swv,
            breaches=queries.open_breaches(session, dossier.id) if of_swv else (),
        )


def open_matter(services: Services, context: Context, dossier_id: str, new: NewMatter) -> str:
    """Begin a matter of a submitted dossier; returns its id."""
    with services.db.writing() as session:
        dossier = _mine(session, context, dossier_id)
        return usecases.open_matter(session, services.vault, context, dossier.id, new)


def end_matter(services: Services, context: Context, dossier_id: str, matter_id: str, last: date) -> None:
    """Say which day was the last of a matter."""
    with services.db.writing() as session:
        dossier = _mine(session, context, dossier_id)
        usecases.end_matter(session, services.vault, context, dossier.id, matter_id, last)


def correct_matter(
    services: Services, context: Context, dossier_id: str, matter_id: str, new: NewMatter, reason: str
) -> None:
    """Put a wrong entry right; the old one stays to be read."""
    with services.db.writing() as session:
        dossier = _mine(session, context, dossier_id)
        usecases.correct_matter(session, services.vault, context, dossier.id, matter_id, new, reason)


def withdraw_matter(services: Services, context: Context, dossier_id: str, matter_id: str, reason: str) -> None:
    """A matter that never was one counts no more."""
    with services.db.writing() as session:
        dossier = _mine(session, context, dossier_id)
        usecases.withdraw_matter(session, services.vault, context, dossier.id, matter_id, reason)


def decide(services: Services, context: Context, dossier_id: str, matter_id: str, new: NewBesluit) -> str:
    """Register the besluit of a matter, and tell school, board and family; returns its id. Source: TL7, TL8."""
    with services.db.writing() as session:
        dossier = _mine(session, context, dossier_id)
        besluit = usecases.decide(session, services.vault, context, dossier.id, matter_id, new)
        _tell(services, session, context, dossier, besluit)
        return besluit.id


def correct_besluit(
    services: Services, context: Context, dossier_id: str, besluit_id: str, new: NewBesluit, reason: str
) -> str:
    """Put a wrong besluit right; who heard of the old one hears of the new one. Returns its id."""
    with services.db.writing() as session:
        dossier = _mine(session, context, dossier_id)
        besluit = usecases.correct_besluit(session, services.vault, context, dossier.id, besluit_id, new, reason)
        _tell(services, session, context, dossier, besluit)
        return besluit.id


def owners(services: Services, context: Context, dossier_id: str) -> list[tuple[str, str]]:
    """Who can look after a hold of this dossier: the SWV's people who reach it, as (account, name), oneself first."""
    with services.db.reading() as session:
        dossier = swv_dossier(session, context, dossier_id)
        found = _owners(session, context, dossier)
        persons = people.names_of(session, services.vault, found)
        return [(each, persons[each].name) for each in found if each in persons]


def add_hold(services: Services, context: Context, dossier_id: str, new: NewHold) -> str:
    """Forbid destruction of a dossier until a person ends that; returns its id. Source: OB2."""
    with services.db.writing() as session:
        dossier = _mine(session, context, dossier_id)
        _check_owner(session, context, dossier, new.owner_id)
        return usecases.add_hold(session, services.vault, context, dossier.id, new)


def end_hold(
    services: Services, context: Context, dossier_id: str, hold_id: str, *, reason: str, final_decision_on: date | None
) -> None:
    """End a hold, with the reason and, after an objection or appeal, the day of the final decision (OB2)."""
    with services.db.writing() as session:
        dossier = _mine(session, context, dossier_id)
        usecases.end_hold(
            session,
            services.vault,
            context,
            dossier.id,
            hold_id,
            reason=reason,
            final_decision_on=final_decision_on,
        )


def look_again(
    services: Services, context: Context, dossier_id: str, hold_id: str, *, owner_id: str, review_on: date
) -> None:
    """A hold is still needed: who looks again, and when."""
    with services.db.writing() as session:
        dossier = _mine(session, context, dossier_id)
        _check_owner(session, context, dossier, owner_id)
        usecases.look_again(
            session, services.vault, context, dossier.id, hold_id, owner_id=owner_id, review_on=review_on
        )


def _mine(session: Session, context: Context, dossier_id: str) -> Dossier:
    """The dossier as the SWV may act on it, and that it changed."""
    dossier = swv_dossier(session, context, dossier_id)
    dossier.changed_at = context.now
    return dossier


def _owners(session: Session, context: Context, dossier: Dossier) -> list[str]:
    staff = people.of_organisation(session, context.person.organisation_id, Role.SWV_STAFF, Role.CONTACT_PERSON)
    place = {"dossier_id": dossier.id, "school_id": dossier.school_on(context.today)}
    found = [each for each in staff if entries_in_scope(session, each, context.today, **place)]
    return sorted(found, key=lambda each: (each != context.person.account_id, each))


def _check_owner(session: Session, context: Context, dossier: Dossier, owner_id: str) -> None:
    if owner_id not in _owners(session, context, dossier):
        raise InvalidInputError("Kies wie hierop let.", field="owner_id")


def _tell(services: Services, session: Session, context: Context, dossier: Dossier, besluit: Besluit) -> None:
    """School and board by a notice, the family in the portal or by letter, with what one can do against it (OB1)."""
    school_id = dossier.school_on(context.today)
    board_id = session.get_one(Organisation, school_id).parent_id
    for account_id in dict.fromkeys((*school_staff(session, school_id), *school_staff(session, board_id))):
        tell(services, session, context, dossier, account_id, "besluit_school", f"/dossiers/{dossier.id}/zaken")
    matter = usecases.standing_matter(session, dossier.id, besluit.matter_id)
    line = queries.besluit_line(session, services.vault, besluit)
    item = informing.Item(
        kind="besluit",
        categories=("p",),
        purpose=PURPOSE_OF[matter.kind],
        origin="swv",
        on=besluit.decided_on,
        told=in_a_letter(line, session.get_one(Tenant, dossier.tenant_id).name),
    )
    informing.besluit(services, session, context, dossier, item)
