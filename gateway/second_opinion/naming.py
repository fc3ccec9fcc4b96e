"""An expert whom the partner names in its own portal: name and address travel sealed, the account is here.

The account stands at the partner in the requester's tenant; an address that nobody vouched for waits for a second
person, as every invitation. Of name and address only the account keeps anything. Source: CV2.3, CV2.4, PR8.1; ADR 16.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from gateway.accounts import invitations, people
from gateway.accounts.rules import Person
from gateway.accounts.tables import Organisation
from gateway.accounts.usecases import checked_person
from gateway.context import Role
from gateway.errors import ConflictError, InvalidInputError
from gateway.peers import threads
from gateway.second_opinion.experts import NewExpert, check_registration
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from gateway.accounts.tables import Account
    from gateway.context import Context
    from gateway.second_opinion.tables import SecondOpinionCase
    from gateway.services import Services

LOCAL = "local"
_NOT_THIS_ONE = sentence("Met dit e-mailadres kan daar geen deskundige worden aangewezen. Kies een ander adres.")
_OWN_ACCOUNT = sentence(
    "Dit e-mailadres heeft al een account in uw eigen portaal op deze server. Kies een ander adres voor deze zaak."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedExpert:
    """Whom the partner assigns from its own portal, with the registration that counts today."""

    name: str = field(repr=False)
    email: str = field(repr=False)
    profession: str
    register: str
    number: str
    valid_from: date | None
    valid_until: date | None

    def registered(self, expert_id: str) -> NewExpert:
        """The same expert by an opaque id, without name and address."""
        return NewExpert(
            account_id=expert_id,
            profession=self.profession,
            register=self.register,
            number=self.number,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
        )

    def data(self, expert_id: str) -> dict[str, Any]:
        """As it travels over the line; `expert_id` stands for the account until there is one."""
        return {**asdict(self), **self.registered(expert_id).data()}


def checked(services: Services, session: Session, row: SecondOpinionCase, named: NamedExpert, on: date) -> NamedExpert:
    """What may be sent: a name, an address, a registration that is valid today.

    Raises:
        InvalidInputError: one of these is missing, or the address has an account in our own portal on this server.
    """
    person = checked_person(Person(name=named.name, email=named.email))
    check_registration(named.registered(""), on)
    link = threads.live_link(session, row.partner_id)
    if link is not None and link.carrier == LOCAL:
        known = people.by_email(session, services.vault, person.email)
        if known is not None and known.tenant_id == row.tenant_id:  # one address has one account on a server
            raise InvalidInputError(_OWN_ACCOUNT, field="email")
    return replace(named, name=person.name, email=person.email)


def read(data: Mapping[str, Any]) -> NamedExpert:
    """What came over the line.

    Raises:
        KeyError, TypeError, ValueError: it is not what `data` writes.
    """
    text = {name: data[name] for name in ("name", "email", "profession", "register", "number")}
    if not all(isinstance(each, str) for each in text.values()):
        raise TypeError("the fields of an expert are text")
    return NamedExpert(**text, valid_from=_day(data["valid_from"]), valid_until=_day(data["valid_until"]))


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def account_of(
    services: Services, session: Session, context: Context, row: SecondOpinionCase, named: NamedExpert
) -> Account:
    """The expert's account at the partner here: the one with this address, or a new one with its invitation.

    Raises:
        InvalidInputError: no name or no address.
        ConflictError: the address is somebody else's here; the sentence does not say whose.
    """
    person = checked_person(Person(name=named.name, email=named.email, function=""))
    known = people.by_email(session, services.vault, person.email)
    if known is None or known.tenant_id != row.tenant_id:
        partner = session.get_one(Organisation, row.partner_id)
        return invitations.invite_expert(session, services, context, organisation=partner, person=person)
    if known.organisation_id != row.partner_id or known.role != Role.EXPERT.value or not known.active:
        raise ConflictError(_NOT_THIS_ONE)
    return known


def name_of(services: Services, session: Session, account_id: str) -> str:
    """The name under which the partner's copy of the case shows an expert; empty when it cannot be read any more."""
    person = people.names_of(session, services.vault, [account_id]).get(account_id)
    return person.name if person is not None else ""
