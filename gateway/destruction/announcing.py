"""A month ahead everyone concerned hears that a dossier will be destroyed; what changes before that day takes it back.

Source: issue 10 (announced), PR12.1, OB2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.accounts.tables import Tenant
from gateway.destruction.rules import first_day, is_announced
from gateway.dossiers import informing, keeping
from gateway.dossiers.tables import Dossier
from gateway.dossiers.telling import school_staff, tell, tell_swv
from gateway.erasure.tables import Destruction, DestructionApproval
from gateway.ids import new_id
from gateway.keeping.planning import plans
from gateway.oversight import breaches
from gateway.recording import Action, record
from gateway.reglement.versions import in_force
from retention.terms import dutch_date

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services

BEFORE = "announced"
TAKEN_BACK = "taken_back"


def to_announce(services: Services, on: date) -> Iterator[str]:
    """The dossiers whose destruction is announced on this day, and was not before."""
    with services.db.reading() as session:
        known = set(session.scalars(select(Destruction.dossier_id).where(Destruction.state == BEFORE)))
    for planned in plans(services.db, on):
        if planned.until is not None and is_announced(planned.until, on) and planned.dossier_id not in known:
            yield planned.dossier_id


def announce(services: Services, context: Context, dossier_id: str) -> str | None:
    """Announce the destruction of a dossier and tell SWV, school and family; None when it is not its time any more."""
    with services.db.writing() as session:
        dossier = session.get(Dossier, dossier_id, with_for_update=True)
        kept = None if dossier is None else keeping.kept_of(session, dossier, context.today)
        if dossier is None or kept is None or kept.until is None or not is_announced(kept.until, context.today):
            return None
        if standing(session, dossier_id) is not None or breaches.under_investigation(session, dossier_id):
            return None
        tenant = session.get_one(Tenant, dossier.tenant_id)
        profile = in_force(session, tenant.id, tenant.profile_id, context.today)
        row = Destruction(
            id=new_id(),
            tenant_id=dossier.tenant_id,
            dossier_id=dossier.id,
            article=kept.article,
            profile=f"{profile.id}@{profile.version}",
            kept_until=kept.until,
            due_on=first_day(kept.until, context.today),
            announced_at=context.now,
        )
        session.add(row)
        session.flush()
        _note(services, session, context, row, "announced")
        tell_swv(services, session, context, dossier, "destroy_announced")
        for account_id in school_staff(session, dossier.school_on(context.today)):
            tell(services, session, context, dossier, account_id, "destroy_announced", f"/dossiers/{dossier.id}")
        letters = sorted(keeping.ALWAYS | keeping.letters_of(session, dossier.id))
        informing.destruction(services, session, context, dossier, letters, in_a_letter(row.due_on, tenant.name))
        return row.id


def in_a_letter(due_on: date, swv_name: str) -> list[str]:
    """What the family is told, in whole Dutch sentences."""
    return [
        f"De bewaartermijn van dit dossier loopt af. {swv_name} vernietigt het dossier op of na {dutch_date(due_on)}.",
        (
            f"Wilt u eerst een kopie? Vraag die voor {dutch_date(due_on)} aan de privacyfunctionaris van het "
            "samenwerkingsverband, of aan de school. Daarna is er niets meer."
        ),
        "Loopt er nog een bezwaar, beroep, klacht of verzoek? Laat het weten. Dan wordt het nog niet vernietigd.",
    ]


def not_after_all(due_on: date, swv_name: str) -> list[str]:
    """What the family is told when it is taken back, in whole Dutch sentences."""
    return [
        (
            f"Wij schreven dat {swv_name} dit dossier op of na {dutch_date(due_on)} zou vernietigen. Dat gaat nu niet "
            "door. Het dossier wordt langer bewaard, omdat er iets loopt of omdat de bewaartermijn is veranderd."
        ),
        "Wordt het later toch vernietigd? Dan hoort u dat weer een maand van tevoren.",
    ]


def standing(session: Session, dossier_id: str) -> Destruction | None:
    """The destruction of this dossier that was not taken back."""
    query = select(Destruction).where(Destruction.dossier_id == dossier_id, Destruction.state != TAKEN_BACK)
    return session.scalars(query).first()


def announced(services: Services) -> list[str]:
    """The destructions that are announced."""
    with services.db.reading() as session:
        return list(session.scalars(select(Destruction.id).where(Destruction.state == BEFORE).order_by(Destruction.id)))


def is_changed(services: Services, context: Context, destruction_id: str) -> bool:
    """Whether the plan of today does not bear an announced destruction out any more."""
    with services.db.reading() as session:
        row = session.get_one(Destruction, destruction_id)
        return row.state == BEFORE and not _still_so(session, row.dossier_id, row.due_on, context.today)


def take_back(services: Services, context: Context, destruction_id: str) -> bool:
    """Take an announced destruction back when it is not to be: a hold, a new matter, a date that moved (OB2)."""
    with services.db.writing() as session:
        row = session.get(Destruction, destruction_id, with_for_update=True)
        if row is None or row.state != BEFORE or _still_so(session, row.dossier_id, row.due_on, context.today):
            return False
        take_back_in(services, session, context, row)
    return True


def take_back_in(services: Services, session: Session, context: Context, row: Destruction) -> None:
    """The same in the caller's transaction, which asked already; who approved, approved that day and no other."""
    row.state, row.taken_back_at = TAKEN_BACK, context.now
    for approval in session.scalars(select(DestructionApproval).where(DestructionApproval.destruction_id == row.id)):
        session.delete(approval)
    _note(services, session, context, row, "taken_back")
    dossier = session.get(Dossier, row.dossier_id)
    if dossier is not None:
        tell_swv(services, session, context, dossier, "destroy_taken_back")
        for account_id in school_staff(session, dossier.school_on(context.today)):
            tell(services, session, context, dossier, account_id, "destroy_taken_back", f"/dossiers/{dossier.id}")
        letters = sorted(keeping.ALWAYS | keeping.letters_of(session, dossier.id))
        told = not_after_all(row.due_on, session.get_one(Tenant, row.tenant_id).name)
        informing.destruction(services, session, context, dossier, letters, told, notice="destroy_taken_back")


def _still_so(session: Session, dossier_id: str, due_on: date, on: date) -> bool:
    """Whether the plan still lets it go on the day that was announced, and no data breach in it is looked into."""
    if breaches.under_investigation(session, dossier_id):
        return False
    dossier = session.get(Dossier, dossier_id)
    kept = None if dossier is None else keeping.kept_of(session, dossier, on)
    return kept is not None and kept.until is not None and kept.until < due_on


def _note(services: Services, session: Session, context: Context, row: Destruction, step: str) -> None:
    record(
        session,
        services.vault,
        context,
        Action.NOTIFY if step == "announced" else Action.HOLD,
        tenant_id=row.tenant_id,
        dossier_id=row.dossier_id,
        object_type="destruction",
        object_id=row.id,
        article=row.article if step == "announced" else "OB2",
        profile=row.profile,
        payload={"step": step, "kept_until": row.kept_until.isoformat(), "due_on": row.due_on.isoformat()},
    )
