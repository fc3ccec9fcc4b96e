"""Writing matters, besluiten and holds, in the transaction of who asked whether one may.

A wrong entry is never written over: it stays with the reason, and the right one stands in its place.
Source: TL8, OB2, PR12.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.ids import new_id
from gateway.matters import rules
from gateway.matters.tables import Besluit, BesluitSeries, Hold, Matter
from gateway.recording import Action, record

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.matters.rules import NewBesluit, NewHold, NewMatter
    from gateway.vault.keys import Vault


def open_matter(session: Session, vault: Vault, context: Context, dossier_id: str, new: NewMatter) -> str:
    """Begin a matter; returns its id."""
    new = rules.checked_matter(new, context.today)
    matter = _matter(context, dossier_id, new)
    session.add(matter)
    session.flush()
    _note(session, vault, context, Action.RECORD, matter, "PR12.1", {"matter": new.kind, **_days(new)})
    return matter.id


def end_matter(session: Session, vault: Vault, context: Context, dossier_id: str, matter_id: str, last: date) -> None:
    """Say which day was the last of a matter: the term of keeping counts from it."""
    matter = standing_matter(session, dossier_id, matter_id, lock=True)
    if matter.ended_on is not None:
        raise ConflictError("Deze zaak is al afgesloten.")
    matter.ended_on = rules.checked_end(matter.started_on, last, context.today)
    payload = {"matter": matter.kind, "ended": last.isoformat()}
    _note(session, vault, context, Action.RECORD, matter, "PR12.1", payload)


def correct_matter(
    session: Session, vault: Vault, context: Context, dossier_id: str, matter_id: str, new: NewMatter, reason: str
) -> str:
    """Put a wrong entry right: the old one stays, replaced, and its besluiten go with the new one. Returns its id."""
    reason = rules.checked_reason(reason)
    matter = standing_matter(session, dossier_id, matter_id, lock=True)
    new = rules.checked_matter(new, context.today)
    _fits_its_besluiten(session, matter, new)
    fresh = _matter(context, dossier_id, new)
    fresh.replaces_id = matter.id
    _replace(session, vault, context, matter, reason)
    session.add(fresh)
    session.flush()
    moving = update(Besluit).where(Besluit.matter_id == matter.id)
    session.execute(moving.values(matter_id=fresh.id).execution_options(synchronize_session="fetch"))
    payload = {"matter": new.kind, "replaces": matter.id, "reason": reason, **_days(new)}
    _note(session, vault, context, Action.CORRECT, fresh, "PR12.1", payload)
    return fresh.id


def withdraw_matter(
    session: Session, vault: Vault, context: Context, dossier_id: str, matter_id: str, reason: str
) -> None:
    """A matter that never was one: it stays to be read, with its besluiten, and counts no more."""
    reason = rules.checked_reason(reason)
    matter = standing_matter(session, dossier_id, matter_id, lock=True)
    for besluit in _standing_besluiten(session, matter.id):
        _replace(session, vault, context, besluit, reason)
    _replace(session, vault, context, matter, reason)
    payload = {"matter": matter.kind, "withdrawn": True, "reason": reason}
    _note(session, vault, context, Action.CORRECT, matter, "PR12.1", payload)


def decide(
    session: Session, vault: Vault, context: Context, dossier_id: str, matter_id: str, new: NewBesluit
) -> Besluit:
    """Register the besluit of a matter; a TLV gets the next number of this SWV and year, without gaps.

    Raises:
        ConflictError: the matter has its besluit: correct that one, or begin a second matter.
    Source: TL8.
    """
    matter = standing_matter(session, dossier_id, matter_id, lock=True)
    if _standing_besluiten(session, matter.id):
        raise ConflictError("Deze zaak heeft al een besluit. Verbeter dat, of begin een nieuwe zaak.")
    new = rules.checked_besluit(new, matter_kind=matter.kind, started_on=matter.started_on, today=context.today)
    besluit = _besluit(session, vault, context, matter, new)
    besluit.announced_on = context.today
    if new.kind == "tlv":
        besluit.year = new.decided_on.year
        besluit.sequence = _next_number(session, matter.tenant_id, besluit.year, new.swv_number)
    if new.closes and matter.ended_on is None:
        matter.ended_on = new.decided_on
    session.add(besluit)
    session.flush()
    _note(session, vault, context, Action.DECIDE, besluit, "TL8", {"besluit": new.kind, "closes": new.closes})
    return besluit


def correct_besluit(
    session: Session, vault: Vault, context: Context, dossier_id: str, besluit_id: str, new: NewBesluit, reason: str
) -> Besluit:
    """Put a wrong entry right: the old one stays, replaced; the new one has its number and is announced today.

    Raises:
        ConflictError: a TLV was entered as something else or the other way round: its number would go or come.
    """
    reason = rules.checked_reason(reason)
    old = standing_besluit(session, dossier_id, besluit_id, lock=True)
    matter = standing_matter(session, dossier_id, old.matter_id, lock=True)
    new = rules.checked_besluit(new, matter_kind=matter.kind, started_on=matter.started_on, today=context.today)
    if (new.kind == "tlv") != (old.kind == "tlv"):
        raise ConflictError("Een TLV wordt geen ander besluit. Trek de zaak in en begin een nieuwe.")
    besluit = _besluit(session, vault, context, matter, new)
    besluit.announced_on, besluit.replaces_id = context.today, old.id
    besluit.year, besluit.sequence = old.year, old.sequence
    _replace(session, vault, context, old, reason)
    session.flush()  # before the new row: one number stands once
    if matter.ended_on == old.decided_on:
        matter.ended_on = new.decided_on
    session.add(besluit)
    session.flush()
    payload = {"besluit": new.kind, "replaces": old.id, "reason": reason}
    _note(session, vault, context, Action.CORRECT, besluit, "TL8", payload)
    return besluit


def add_hold(session: Session, vault: Vault, context: Context, dossier_id: str, new: NewHold) -> str:
    """Forbid destruction of a dossier from now on, until a person ends it; returns its id. Source: OB2."""
    new = rules.checked_hold(new, context.today)
    hold = Hold(
        id=new_id(),
        tenant_id=context.person.tenant_id,
        dossier_id=dossier_id,
        kind=new.kind,
        owner_id=new.owner_id,
        started_on=new.started_on,
        review_on=new.review_on,
        details=b"",
        made_by=context.person.account_id,
        made_at=context.now,
    )
    hold.details = vault.seal_json(session, dossier_id, f"hold:{hold.id}", {"reason": new.reason, "ended": ""})
    session.add(hold)
    session.flush()
    _note(session, vault, context, Action.HOLD, hold, "OB2", {"hold": new.kind, "reason": new.reason})
    return hold.id


def end_hold(
    session: Session,
    vault: Vault,
    context: Context,
    dossier_id: str,
    hold_id: str,
    *,
    reason: str,
    final_decision_on: date | None,
) -> None:
    """End a hold, with the reason; after an objection or appeal the term restarts from the final decision (OB2)."""
    reason = rules.checked_reason(reason)
    hold = running_hold(session, dossier_id, hold_id)
    hold.final_decision_on = rules.checked_hold_end(hold.kind, hold.started_on, final_decision_on, context.today)
    hold.ended_on, hold.ended_at, hold.ended_by = context.today, context.now, context.person.account_id
    place = f"hold:{hold.id}"
    opened = vault.open_json(session, dossier_id, place, hold.details)
    hold.details = vault.seal_json(session, dossier_id, place, {**opened, "ended": reason})
    payload = {"hold": hold.kind, "ended": context.today.isoformat(), "reason": reason}
    _note(session, vault, context, Action.HOLD, hold, "OB2", payload)


def look_again(
    session: Session, vault: Vault, context: Context, dossier_id: str, hold_id: str, *, owner_id: str, review_on: date
) -> None:
    """The hold is still needed: who looks again, and when."""
    hold = running_hold(session, dossier_id, hold_id)
    if review_on <= context.today:
        raise InvalidInputError("Kies een dag die nog komt.", field="review_on")
    hold.review_on, hold.owner_id, hold.reminded_on = review_on, owner_id, None
    payload = {"hold": hold.kind, "review": review_on.isoformat()}
    _note(session, vault, context, Action.HOLD, hold, "OB2", payload)


def reminded(session: Session, vault: Vault, context: Context, hold: Hold) -> None:
    """The owner of a hold was told that they should look again; the gateway itself, once a day that was set."""
    hold.reminded_on = context.today
    record(
        session,
        vault,
        context,
        Action.NOTIFY,
        tenant_id=hold.tenant_id,
        dossier_id=hold.dossier_id,
        object_type="legal_hold",
        object_id=hold.id,
        article="OB2",
        payload={"hold": hold.kind, "reminded": True},
    )


def standing_matter(session: Session, dossier_id: str, matter_id: str, *, lock: bool = False) -> Matter:
    """A matter of this dossier that nothing replaced."""
    row = session.get(Matter, matter_id, with_for_update=lock, populate_existing=lock)
    if row is None or row.dossier_id != dossier_id or row.replaced_at is not None:
        raise NotFoundError
    return row


def standing_besluit(session: Session, dossier_id: str, besluit_id: str, *, lock: bool = False) -> Besluit:
    """A besluit of this dossier that nothing replaced."""
    row = session.get(Besluit, besluit_id, with_for_update=lock, populate_existing=lock)
    if row is None or row.dossier_id != dossier_id or row.replaced_at is not None:
        raise NotFoundError
    return row


def running_hold(session: Session, dossier_id: str, hold_id: str) -> Hold:
    """A hold of this dossier that nobody ended; locked, so that of two who end it one finds it ended."""
    row = session.get(Hold, hold_id, with_for_update=True, populate_existing=True)
    if row is None or row.dossier_id != dossier_id:
        raise NotFoundError
    if row.ended_at is not None:
        raise ConflictError("Dit is al beëindigd.")
    return row


def _standing_besluiten(session: Session, matter_id: str) -> list[Besluit]:
    query = select(Besluit).where(Besluit.matter_id == matter_id, Besluit.replaced_at.is_(None))
    return list(session.scalars(query))


def _fits_its_besluiten(session: Session, matter: Matter, new: NewMatter) -> None:
    for besluit in _standing_besluiten(session, matter.id):
        if besluit.kind not in rules.OUTCOMES[new.kind]:
            raise ConflictError("Het besluit van deze zaak past niet bij wat u nu kiest. Trek de zaak in.")
        if besluit.decided_on < new.started_on:
            raise InvalidInputError("Het besluit is genomen voor deze dag.", field="started_on")


def _matter(context: Context, dossier_id: str, new: NewMatter) -> Matter:
    return Matter(
        id=new_id(),
        tenant_id=context.person.tenant_id,
        dossier_id=dossier_id,
        kind=new.kind,
        started_on=new.started_on,
        ended_on=new.ended_on,
        made_by=context.person.account_id,
        made_at=context.now,
    )


def _besluit(session: Session, vault: Vault, context: Context, matter: Matter, new: NewBesluit) -> Besluit:
    besluit_id = new_id()
    details = {
        "signatory": new.signatory,
        "function": new.function,
        "gender": new.gender,
        "other_number": new.other_number,
    }
    return Besluit(
        id=besluit_id,
        tenant_id=matter.tenant_id,
        dossier_id=matter.dossier_id,
        matter_id=matter.id,
        kind=new.kind,
        decided_on=new.decided_on,
        starts_on=new.starts_on,
        ends_on=new.ends_on,
        school_type=new.school_type or None,
        funding=new.funding or None,
        prefix=new.swv_number or None,
        details=vault.seal_json(session, matter.dossier_id, f"besluit:{besluit_id}", details),
        made_by=context.person.account_id,
        made_at=context.now,
    )


def _replace(session: Session, vault: Vault, context: Context, row: Matter | Besluit, reason: str) -> None:
    row.replaced_at = context.now
    row.replaced_reason = vault.seal_json(session, row.dossier_id, f"replaced:{row.id}", reason)


def _next_number(session: Session, tenant_id: str, year: int, prefix: str) -> int:
    """The next number, which the transaction takes along when it fails: no gap. Two at once wait for each other."""
    taking = (
        update(BesluitSeries)
        .where(BesluitSeries.tenant_id == tenant_id, BesluitSeries.year == year)
        .values(last=BesluitSeries.last + 1, prefix=prefix)
        .returning(BesluitSeries.last)
        .execution_options(synchronize_session=False)
    )
    if (taken := session.scalar(taking)) is not None:
        return int(taken)
    try:
        with session.begin_nested():
            session.add(BesluitSeries(tenant_id=tenant_id, year=year, prefix=prefix, last=1))
            session.flush()
    except IntegrityError:  # another began the year in this moment
        return int(session.execute(taking).scalar_one())
    return 1


def _days(new: NewMatter) -> dict[str, Any]:
    return {"from": new.started_on.isoformat(), "until": new.ended_on.isoformat() if new.ended_on else None}


def _note(
    session: Session,
    vault: Vault,
    context: Context,
    action: Action,
    row: Matter | Besluit | Hold,
    article: str,
    payload: dict[str, Any],
) -> None:
    record(
        session,
        vault,
        context,
        action,
        dossier_id=row.dossier_id,
        object_type=row.__tablename__,
        object_id=row.id,
        article=article,
        payload=payload,
    )
