"""Noodtoegang: someone of the SWV opens one dossier outside their scope, and everyone who must know of it does.

Which dossier is told by the school, as its reference or as the BSN: what is typed wrong and what does not exist answer
alike, tries are counted, and both stand in the log. Source: PR8.2, PR10.2; issue 4, "Break-glass".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.access import glass
from gateway.access.facts import entries_in_scope
from gateway.accounts.tables import Account
from gateway.context import Context
from gateway.dossiers import by_reference
from gateway.dossiers.guardians import entitled_accounts
from gateway.dossiers.tables import Dossier
from gateway.dossiers.telling import school_staff, tell
from gateway.errors import InvalidInputError
from gateway.ids import new_id
from gateway.recording import Action, Outcome, record
from gateway.sentences import sentence

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from gateway.services import Services

REASON_MIN = 10
REASON_MAX = 2000
SAME_ANSWER = sentence(
    "Met dit kenmerk of burgerservicenummer kunnen wij niets openen. Vraag het de school opnieuw. "
    "Deze poging staat in het logboek."
)


def break_glass(services: Services, context: Context, told: str, reason: str) -> str:
    """Open one dossier for 24 hours; returns its id. What the actor reaches anyway needs no break-glass and gets none.

    Raises:
        InvalidInputError: no reason, or the same sentence for whatever cannot be opened.
        ThrottledError: too many tries.
        NotFoundError: the actor is not of the SWV, or did not accept confidentiality.
    """
    with services.db.reading() as session:
        glass.may_make(session, context)
    _check_reason(reason)
    by_reference.count_try(services, context)
    with services.db.writing() as session:
        dossier = by_reference.submitted_dossier(services, session, context.person.tenant_id, told)
        if dossier is None:
            _record_miss(services, session, context, reason)
            opened = ""
        else:
            opened = dossier.id
            reach = {"dossier_id": dossier.id, "school_id": dossier.school_on(context.today)}
            if not entries_in_scope(session, context.person.account_id, context.now, **reach):
                glass.open_glass(services, session, context, dossier_id=dossier.id, reason=reason)
                _tell(services, session, context, dossier)
    if not opened:
        raise InvalidInputError(SAME_ANSWER, field="told")
    return opened


def _check_reason(reason: str) -> None:
    if len(reason.strip()) < REASON_MIN:
        raise InvalidInputError("Schrijf in een hele zin waarom dit niet kan wachten.", field="reason")
    if len(reason) > REASON_MAX:
        raise InvalidInputError(sentence("Schrijf ten hoogste %(count)d tekens.", count=REASON_MAX), field="reason")


def _record_miss(services: Services, session: Session, context: Context, reason: str) -> None:
    record(
        session,
        services.vault,
        context,
        Action.BREAK_GLASS,
        outcome=Outcome.REFUSED,
        object_type="dossier",
        article="PR8.2",
        payload={"reason": reason.strip()},
    )


def _tell(services: Services, session: Session, context: Context, dossier: Dossier) -> None:
    """The privacy officers and the school hear of it at once."""
    for account_id in school_staff(session, dossier.school_on(context.today)):
        tell(services, session, context, dossier, account_id, "break_glass", f"/dossiers/{dossier.id}")
    for account in glass.officers(session, dossier.tenant_id):
        tell(services, session, context, dossier, account.id, "break_glass", "/toegangslijst?staat=nood")


def tell_guardians(services: Services, now: datetime) -> int:
    """After the delay of the reglement the family hears of break-glass; returns how many uses were told. The worker."""
    context = Context(actor=None, now=now, request_id=new_id())
    with services.db.reading() as session:
        if not glass.due_for_guardians(session, context.today):
            return 0
    with services.db.writing() as session:
        rows = glass.due_for_guardians(session, context.today)
        for row in rows:
            glass.told(row, now)
            dossier = session.get(Dossier, row.scope_ids[0])
            if dossier is not None:
                _tell_family(services, session, context, dossier, row.id)
    return len(rows)


def _tell_family(services: Services, session: Session, context: Context, dossier: Dossier, entry_id: str) -> None:
    speaking = entitled_accounts(services, session, dossier, context.today)
    family = session.scalars(select(Account.id).where(Account.id.in_(speaking), Account.active)).all()
    for account_id in family:
        tell(services, session, context, dossier, account_id, "break_glass_family", "/wat-is-bekend")
    record(
        session,
        services.vault,
        context,
        Action.NOTIFY,
        tenant_id=dossier.tenant_id,
        dossier_id=dossier.id,
        object_type="access_entry",
        object_id=entry_id,
        article="PR8.2",
        payload={"told": "break-glass", "accounts": len(family)},
    )
