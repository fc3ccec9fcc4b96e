"""Who lost phone and paper codes: the second step is taken away by an administrator and the privacy officer together.

One asks with a reason, the other looks whether it is really them; nobody does both. Source: issue 6.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.accounts import factors, people
from gateway.accounts.tables import Account, FactorReset
from gateway.context import Role
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.ids import new_id
from gateway.notices import outbox
from gateway.recording import Action, record

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.accounts.rules import Person
    from gateway.context import Context
    from gateway.services import Services

VALID = timedelta(days=7)
REASON_MAX = 1000
_DESK = "/aandacht/herstel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request that waits, as the privacy officer sees it."""

    id: str
    person: Person
    asked_by: Person
    asked_at: datetime
    reason: str
    own: bool


def ask(services: Services, context: Context, account_id: str, reason: str) -> str:
    """An administrator asks to take someone's second step away; the owner and the officers are told. Gives its id.

    Raises:
        NotFoundError: no such person in this tenant.
        ConflictError: it is the administrator's own account, it ended, or it was asked already.
        InvalidInputError: there is no reason.
    """
    actor = context.person
    with services.db.writing() as session:
        account = session.get(Account, account_id, with_for_update=True)
        if actor.role is not Role.ADMINISTRATOR or account is None or account.tenant_id != actor.tenant_id:
            raise NotFoundError
        if account_id == actor.account_id:
            raise ConflictError("U kunt dit niet voor uzelf vragen. Vraag een andere beheerder.")
        if not account.active or account.password_hash is None:
            raise ConflictError("Deze persoon heeft geen account waarmee kan worden aangemeld.")
        if _waiting(session, context, account_id):
            raise ConflictError("Dit is al gevraagd. De privacyfunctionaris moet nog beslissen.")
        if not reason.strip():
            raise InvalidInputError("Schrijf op hoe u weet dat deze persoon het zelf vraagt.", field="reason")
        reset = FactorReset(
            id=new_id(),
            tenant_id=actor.tenant_id,
            account_id=account_id,
            asked_by=actor.account_id,
            asked_at=context.now,
            reason=b"",
            state="waiting",
        )
        sealed = services.vault.seal_json(session, actor.account_id, f"reset:{reset.id}", reason.strip()[:REASON_MAX])
        reset.reason = sealed
        session.add(reset)
        _tell(session, services, context, reset, "asked")
        for officer in _officers(session, actor.tenant_id):
            outbox.queue(session, services.vault, context, account_id=officer, kind="reset_waiting", link=_DESK)
        outbox.queue(session, services.vault, context, account_id=account_id, kind="reset_asked", link="/mijn-account")
        return reset.id


def waiting(services: Services, context: Context) -> list[Asked]:
    """What waits for the privacy officer, oldest first."""
    with services.db.reading() as session:
        rows = _waiting(session, context)
        names = people.names_of(session, services.vault, [i for row in rows for i in (row.account_id, row.asked_by)])
        return [
            Asked(
                id=row.id,
                person=names.get(row.account_id, people.NAMELESS),
                asked_by=names.get(row.asked_by, people.NAMELESS),
                asked_at=row.asked_at,
                reason=services.vault.open_json(session, row.asked_by, f"reset:{row.id}", row.reason)
                if row.asked_by in names
                else "",
                own=row.account_id == context.person.account_id,
            )
            for row in rows
        ]


def decide(services: Services, context: Context, reset_id: str, *, approve: bool) -> None:
    """The privacy officer takes the second step away, or does not; the owner and the administrator are told.

    Raises:
        NotFoundError: nothing of this tenant waits under this id.
        ConflictError: it is the officer's own account, or it was decided already.
    """
    actor = context.person
    with services.db.writing() as session:
        row = session.get(FactorReset, reset_id, with_for_update=True)
        if actor.role is not Role.PRIVACY_OFFICER or row is None or row.tenant_id != actor.tenant_id:
            raise NotFoundError
        if actor.account_id in {row.account_id, row.asked_by}:
            raise ConflictError("U kunt niet over uw eigen account beslissen. Vraag een andere privacyfunctionaris.")
        if row.state != "waiting" or context.now - row.asked_at > VALID:
            raise ConflictError("Hierover is al beslist, of de vraag is ouder dan zeven dagen.")
        row.state, row.decided_by, row.decided_at = "approved" if approve else "refused", actor.account_id, context.now
        if approve:
            factors.take_all_away(session, session.get_one(Account, row.account_id))
        _tell(session, services, context, row, row.state)
        kind = "reset_done" if approve else "reset_refused"
        for account_id, link in ((row.account_id, "/mijn-account"), (row.asked_by, "/inrichting")):
            outbox.queue(session, services.vault, context, account_id=account_id, kind=kind, link=link)


def _waiting(session: Session, context: Context, account_id: str | None = None) -> list[FactorReset]:
    query = select(FactorReset).where(
        FactorReset.tenant_id == context.person.tenant_id,
        FactorReset.state == "waiting",
        FactorReset.asked_at >= context.now - VALID,
    )
    if account_id is not None:
        query = query.where(FactorReset.account_id == account_id)
    return list(session.scalars(query.order_by(FactorReset.asked_at, FactorReset.id)))


def _officers(session: Session, tenant_id: str) -> list[str]:
    return people.of_tenant(session, tenant_id, Role.PRIVACY_OFFICER)


def _tell(session: Session, services: Services, context: Context, row: FactorReset, what: str) -> None:
    step = [None, what] if what == "asked" else ["asked", what]
    record(
        session,
        services.vault,
        context,
        Action.PERMISSION,
        object_type="account",
        object_id=row.account_id,
        payload={"changed": {"second_factor_reset": step}, "asked_by": row.asked_by, "request": row.id},
    )
