"""The experts of a case: assigned by the partner, admitted by the requester, for this case and its period only.

The partner's proposal for the access list is decided by the requester's contact person: two people of two parties.
Source: CV2.3, CV2.4, PR8.1, PR8.2, PR10.3, SO2.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from audit.log import events
from gateway.access import usecases as access
from gateway.access.rules import PROFESSIONS, REGISTERS, day_of, within
from gateway.access.tables import AccessEntry
from gateway.access.usecases import NewEntry
from gateway.accounts import invitations
from gateway.accounts.tables import Account
from gateway.context import Role
from gateway.dossiers.queries import kept_versions
from gateway.errors import ConflictError, InvalidInputError
from gateway.second_opinion.tables import SecondOpinionExpert
from gateway.sentences import sentence

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.second_opinion.tables import SecondOpinionCase
    from gateway.services import Services

PERIOD = timedelta(weeks=26)
"""An entry ends with the case; after half a year it ends in any case. A working choice, no legal term."""
_STOOD = ("approved", "replaced", "ended")
_INVOLVED = sentence("Deze deskundige was eerder bij dit dossier betrokken. Wijs iemand anders aan.")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewExpert:
    """Whom the partner assigns, with the registration that counts today."""

    account_id: str
    profession: str
    register: str
    number: str
    valid_from: date | None
    valid_until: date | None

    def data(self) -> dict[str, Any]:
        """As it is kept in the act: that there is a number, which itself stands sealed in the access list."""
        return {
            "expert": self.account_id,
            "nvo": self.register == "NVO" and self.profession == "orthopedagogue",
            "profession": self.profession,
            "registration": f"{self.register} {self.number.strip()}",
            "valid_from": self.valid_from.isoformat() if self.valid_from else None,
            "valid_until": self.valid_until.isoformat() if self.valid_until else None,
        }


def check(session: Session, row: SecondOpinionCase, new: NewExpert, on: date) -> Account:
    """The account of an expert who may be assigned today.

    Raises:
        InvalidInputError: nobody whom the partner may assign, no valid registration, or involved before.
    """
    account = session.get(Account, new.account_id) if new.account_id else None
    if account is None or account.id not in {each.id for each in candidates(session, row)}:
        raise InvalidInputError("Kies een deskundige.", field="account_id")
    check_registration(new, on)
    if row.dossier_id is not None and was_involved(session, row, account.id):
        raise InvalidInputError(_INVOLVED, field="account_id")
    return account


def check_registration(new: NewExpert, on: date) -> None:
    """Whether profession and registration are filled in and valid on this day.

    Raises:
        InvalidInputError: one is not; its field is named.
    """
    if new.profession not in PROFESSIONS:
        raise InvalidInputError("Kies het beroep van deze deskundige.", field="profession")
    if new.register not in REGISTERS or not new.number.strip():
        raise InvalidInputError("Vul het register en het nummer in.", field="number")
    if new.valid_from is None or not within(on, new.valid_from, new.valid_until):
        raise InvalidInputError("Deze registratie is vandaag niet geldig.", field="valid_from")


def candidates(session: Session, row: SecondOpinionCase) -> list[Account]:
    """The partner's own experts with an account here."""
    query = select(Account).where(
        Account.organisation_id == row.partner_id, Account.active, Account.role == Role.EXPERT.value
    )
    return list(session.scalars(query.order_by(Account.created_at, Account.id)))


def was_involved(session: Session, row: SecondOpinionCase, account_id: str) -> bool:
    """Whether this account had to do with the dossier before this case: in the log, or on the access list (SO2)."""
    if events(session.connection(), dossier=row.dossier_id, actor=account_id, until=row.made_at, limit=1).rows:
        return True
    query = select(AccessEntry).where(AccessEntry.account_id == account_id, AccessEntry.state.in_(_STOOD))
    return any(
        row.dossier_id in entry.scope_ids and entry.made_at < row.made_at and entry.valid_from <= day_of(row.made_at)
        for entry in session.scalars(query)
    )


def enter(services: Services, session: Session, context: Context, row: SecondOpinionCase, new: NewExpert) -> None:
    """Put an assigned expert in the case, with a proposal for the access list that the requester decides on."""
    account = check(session, row, new, context.today)
    entry = None
    if row.dossier_id is not None:
        found = access.propose(services, session, context, account, _entry(session, context, row, new))
        entry = found.id
    session.merge(SecondOpinionExpert(case_id=row.id, account_id=account.id, entry_id=entry, ended_at=None))
    session.flush()


def _entry(session: Session, context: Context, row: SecondOpinionCase, new: NewExpert) -> NewEntry:
    dossier_id = row.dossier_id or ""
    letters = sorted({c[0] for version in kept_versions(session, dossier_id) for c in version.category_list})
    until = context.today + PERIOD
    if new.valid_until is not None:
        until = min(until, new.valid_until)
    return NewEntry(
        account_id=new.account_id,
        valid_from=context.today,
        valid_until=until,
        categories="".join(letters),
        scope="dossier",
        school_ids=(),
        dossier_id=dossier_id,
        motivation=sentence("Deskundige in een second opinion, alleen voor deze zaak (CV2.3)."),
        profession=new.profession,
        register=new.register,
        register_number=new.number,
        register_from=new.valid_from,
        register_until=new.valid_until,
    )


def admit(services: Services, session: Session, context: Context, row: SecondOpinionCase, account_id: str) -> None:
    """The requester's contact person approves the expert's entry of the access list (PR8.2)."""
    found = session.get(SecondOpinionExpert, (row.id, account_id))
    if found is None or found.entry_id is None or found.ended_at is not None:
        return
    if invitations.is_waiting(session, account_id):
        raise ConflictError("De uitnodiging van deze deskundige wacht nog op een tweede persoon.")
    entry = session.get_one(AccessEntry, found.entry_id)
    if entry.state == "proposed":
        access.decide_within(services, session, context, entry.id, seen=entry.version, approve=True)


def leave(services: Services, session: Session, context: Context, row: SecondOpinionCase, account_id: str) -> None:
    """An expert is no longer in the case: their entry ends."""
    found = session.get(SecondOpinionExpert, (row.id, account_id))
    if found is not None:
        _end(services, session, context, found, "")


def end_all(
    services: Services, session: Session, context: Context, row: SecondOpinionCase, *, reason: str = ""
) -> None:
    """The case is over: nobody of the other side reads anything more by it."""
    for found in session.scalars(select(SecondOpinionExpert).where(SecondOpinionExpert.case_id == row.id)):
        _end(services, session, context, found, reason)


def _end(services: Services, session: Session, context: Context, found: SecondOpinionExpert, reason: str) -> None:
    if found.ended_at is not None:
        return
    found.ended_at = context.now
    entry = session.get(AccessEntry, found.entry_id, with_for_update=True) if found.entry_id else None
    if entry is not None and entry.state in {"proposed", "approved"}:
        access.end(services, session, context, entry, reason=reason)
