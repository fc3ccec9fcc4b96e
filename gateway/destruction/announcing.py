"""A month ahead everyone concerned hears that a dossier will be destroyed; what changes before that day takes it back.

Source: issue 10 (announced), PR12.1, OB2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.accounts.tables import Tenant
from gateway.destruction import sets
from gateway.destruction.rules import first_day, is_announced
from gateway.dossiers import informing, keeping
from gateway.dossiers.rules import CATEGORIES
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
    from gateway.destruction.sets import Going
    from gateway.dossiers.keeping import Kept
    from gateway.services import Services

FIELD_WORDS = {"bsn": "het burgerservicenummer", "reason": "de reden van aanmelding"}
"""The fields that go with a set, in the middle of a sentence."""
BEFORE = "announced"
TAKEN_BACK = "taken_back"


def to_announce(services: Services, on: date) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The dossiers whose destruction is announced on this day, and was not before; with categories: only that set."""
    with services.db.reading() as session:
        query = select(Destruction.dossier_id, Destruction.categories).where(Destruction.state == BEFORE)
        known = [(dossier_id, bool(categories)) for dossier_id, categories in session.execute(query)]
    wholes, parts = ({each for each, of_set in known if of_set is wanted} for wanted in (False, True))
    for planned in plans(services.db, on):
        if planned.until is not None and is_announced(planned.until, on):
            if planned.dossier_id not in wholes:
                yield planned.dossier_id, ()
            continue
        if planned.dossier_id not in parts:
            for line in planned.lines:
                if line.keep_until is not None and is_announced(line.keep_until, on):
                    yield planned.dossier_id, line.categories


def announce(services: Services, context: Context, dossier_id: str, only: tuple[str, ...] = ()) -> str | None:
    """Announce the destruction of a dossier, or of `only` these categories in it, to SWV, school and family.

    None when it is not its time any more, or nothing of the set would go.
    """
    with services.db.writing() as session:
        dossier = session.get(Dossier, dossier_id, with_for_update=True)
        kept = None if dossier is None else keeping.kept_of(session, dossier, context.today)
        last = _last_day(kept, only)
        if dossier is None or last is None or not is_announced(last.until, context.today):
            return None
        if _stands(session, dossier_id, only=bool(only)) or breaches.under_investigation(session, dossier_id):
            return None
        what = sets.going(services, session, dossier, only, context.today) if only else None
        if what is not None and not what:
            return None
        tenant = session.get_one(Tenant, dossier.tenant_id)
        profile = in_force(session, tenant.id, tenant.profile_id, context.today)
        row = Destruction(
            id=new_id(),
            tenant_id=dossier.tenant_id,
            dossier_id=dossier.id,
            categories=" ".join(only),
            article=last.article,
            profile=f"{profile.id}@{profile.version}",
            kept_until=last.until,
            due_on=first_day(last.until, context.today),
            announced_at=context.now,
        )
        session.add(row)
        session.flush()
        _note(services, session, context, row, "announced")
        kind = "destroy_part_announced" if only else "destroy_announced"
        _tell_staff(services, session, context, dossier, kind)
        letters = list(only) or sorted(keeping.ALWAYS | keeping.letters_of(session, dossier.id))
        told = in_a_letter(row.due_on, tenant.name) if what is None else part_in_a_letter(row, tenant.name, what)
        notice = "destroy_part_family" if only else "destroy_family"
        informing.destruction(services, session, context, dossier, letters, told, notice=notice)
        return row.id


@dataclass(frozen=True, slots=True, kw_only=True)
class _Last:
    until: date
    article: str


def _last_day(kept: Kept | None, only: tuple[str, ...]) -> _Last | None:
    """The last day of keeping of the whole, or of this set where the dossier has others; None: there is none."""
    if kept is None:
        return None
    if not only:
        return None if kept.until is None else _Last(until=kept.until, article=kept.article)
    line = kept.line_of(only)
    return None if line is None or line.until is None else _Last(until=line.until, article=line.article)


def _stands(session: Session, dossier_id: str, *, only: bool) -> bool:
    """Whether a destruction of the whole stands; of a set: whether one is announced, or the whole goes anyway."""
    if standing(session, dossier_id) is not None:
        return True
    query = select(Destruction.id).where(
        Destruction.dossier_id == dossier_id, Destruction.state == BEFORE, Destruction.categories != ""
    )
    return only and session.scalars(query).first() is not None


def _tell_staff(services: Services, session: Session, context: Context, dossier: Dossier, kind: str) -> None:
    tell_swv(services, session, context, dossier, kind)
    for account_id in school_staff(session, dossier.school_on(context.today)):
        tell(services, session, context, dossier, account_id, kind, f"/dossiers/{dossier.id}")


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


def part_in_a_letter(row: Destruction, swv_name: str, what: Going) -> list[str]:
    """What the family is told of a set that goes while the dossier stays, in whole Dutch sentences."""
    kinds = ", ".join(CATEGORIES[letter] for letter in row.categories.split())
    day = dutch_date(row.due_on)
    goes = []
    if what.documents:
        goes.append(
            f"{swv_name} vernietigt op of na {day} de stukken waarin alleen deze gegevens staan. Dat zijn er nu "
            f"{len(what.documents)}."
        )
    if what.fields:
        fields = " en ".join(FIELD_WORDS[name] for name in what.fields)
        goes.append(f"Op of na {day} gaat ook dit weg uit de gegevens van de leerling: {fields}.")
    return [
        f"Van een deel van dit dossier loopt de bewaartermijn af. Het gaat om: {kinds}.",
        *goes,
        "De rest van het dossier blijft nog. Daarover krijgt u later bericht.",
        (
            f"Wilt u eerst een kopie? Vraag die voor {day} aan de privacyfunctionaris van het samenwerkingsverband, of "
            "aan de school."
        ),
        "Loopt er nog een bezwaar, beroep, klacht of verzoek? Laat het weten. Dan wordt het nog niet vernietigd.",
    ]


def part_not_after_all(row: Destruction) -> list[str]:
    """What the family is told when that is taken back, in whole Dutch sentences."""
    kinds = ", ".join(CATEGORIES[letter] for letter in row.categories.split())
    return [
        f"Wij schreven dat een deel van dit dossier op of na {dutch_date(row.due_on)} vernietigd zou worden: {kinds}.",
        "Dat gaat nu niet door, omdat er iets loopt of omdat de bewaartermijn is veranderd.",
        "Wordt het later toch vernietigd? Dan hoort u dat weer een maand van tevoren.",
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
    """The destruction of this whole dossier that was not taken back."""
    query = select(Destruction).where(
        Destruction.dossier_id == dossier_id, Destruction.state != TAKEN_BACK, Destruction.categories == ""
    )
    return session.scalars(query).first()


def announced(services: Services) -> list[str]:
    """The destructions that are announced."""
    with services.db.reading() as session:
        return list(session.scalars(select(Destruction.id).where(Destruction.state == BEFORE).order_by(Destruction.id)))


def is_changed(services: Services, context: Context, destruction_id: str) -> bool:
    """Whether the plan of today does not bear an announced destruction out any more."""
    with services.db.reading() as session:
        row = session.get_one(Destruction, destruction_id)
        return row.state == BEFORE and not still_so(session, row, context.today)


def take_back(services: Services, context: Context, destruction_id: str) -> bool:
    """Take an announced destruction back when it is not to be: a hold, a new matter, a date that moved (OB2)."""
    with services.db.writing() as session:
        row = session.get(Destruction, destruction_id, with_for_update=True)
        if row is None or row.state != BEFORE or still_so(session, row, context.today):
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
        _tell_staff(services, session, context, dossier, "destroy_taken_back")
        letters = row.categories.split() or sorted(keeping.ALWAYS | keeping.letters_of(session, dossier.id))
        name = session.get_one(Tenant, row.tenant_id).name
        told = part_not_after_all(row) if row.categories else not_after_all(row.due_on, name)
        informing.destruction(services, session, context, dossier, letters, told, notice="destroy_taken_back")


def still_so(session: Session, row: Destruction, on: date) -> bool:
    """Whether the plan still lets it go on the day that was announced, and no data breach in it is looked into."""
    if breaches.under_investigation(session, row.dossier_id):
        return False
    dossier = session.get(Dossier, row.dossier_id)
    kept = None if dossier is None else keeping.kept_of(session, dossier, on)
    last = _last_day(kept, sets.letters_of(row))
    return last is not None and last.until < row.due_on


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
        payload={
            "step": step,
            "kept_until": row.kept_until.isoformat(),
            "due_on": row.due_on.isoformat(),
            **({"categories": row.categories.split()} if row.categories else {}),
        },
    )
