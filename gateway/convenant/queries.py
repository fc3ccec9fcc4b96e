"""What other slices ask of convenants: is it in force, who speaks for a party, what was agreed. Source: CV8, CV10."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select

from gateway.accounts import people
from gateway.accounts.tables import Account, Organisation
from gateway.context import Role
from gateway.convenant import rules, sealing
from gateway.convenant.tables import (
    Convenant,
    ConvenantAgreement,
    ConvenantContact,
    ConvenantDocument,
    ConvenantEnding,
    ConvenantParty,
    ConvenantSignature,
    ConvenantStep,
    ConvenantVersion,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.vault.keys import Vault

ENDS = ("agreed", "given")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """All that decides whether a convenant is in force: its founders, signed versions and ends."""

    founders: tuple[str, ...]
    own: str | None
    versions: tuple[rules.Version, ...]
    ends: tuple[date, ...]
    notices: tuple[date, ...]

    @property
    def last_day(self) -> date | None:
        """The last day on which a request can be made; None while nobody ended it."""
        return rules.last_day(self.ends)

    @property
    def first(self) -> rules.Version | None:
        """The first version that all founders signed: from then on the convenant is in force."""
        whole = [
            (day, version.number, version)
            for version in self.versions
            if (day := rules.complete_on(self.founders, version.signed)) is not None
        ]
        return min(whole)[2] if whole else None

    def signed(self) -> tuple[date | None, date | None]:
        """The day our own SWV signed, and the last day of the other founders: of the first version that is whole."""
        if self.first is None or self.own is None:
            return None, None
        others = [party for party in self.founders if party != self.own]
        return self.first.signed.get(self.own), rules.complete_on(others, self.first.signed)


def standing(session: Session, convenant_id: str) -> Standing:
    """What decides whether this convenant is in force."""
    parties = parties_of(session, convenant_id)
    founders = tuple(row.id for row in parties if row.standing == "founder")
    own = next((row.id for row in parties if row.side == rules.OWN), None)
    signed: dict[int, dict[str, date]] = {}
    query = (
        select(ConvenantVersion.number, ConvenantSignature.party_id, ConvenantSignature.signed_on)
        .join(ConvenantSignature, ConvenantSignature.version_id == ConvenantVersion.id)
        .where(ConvenantVersion.convenant_id == convenant_id, ConvenantVersion.state == "offered")
        .where(ConvenantSignature.state == "signed")
    )
    for number, party, day in session.execute(query):
        signed.setdefault(number, {})[party] = day
    endings = session.scalars(
        select(ConvenantEnding).where(ConvenantEnding.convenant_id == convenant_id, ConvenantEnding.state.in_(ENDS))
    ).all()
    return Standing(
        founders=founders,
        own=own,
        versions=tuple(rules.Version(number=number, signed=days) for number, days in sorted(signed.items())),
        ends=tuple(row.last_day for row in endings),
        notices=tuple(row.notice_on for row in endings if row.notice_on is not None),
    )


def in_force(session: Session, convenant_id: str, *, on: date, requested_on: date | None = None) -> bool:
    """Whether a request of that day (not stated: `on`) lies within this convenant. Source: CV10."""
    found = standing(session, convenant_id)
    own, partner = found.signed()
    return rules.in_force(
        signed_own=own, signed_partner=partner, last_day=found.last_day, on=on, requested_on=requested_on
    )


def as_fact(session: Session, convenant_id: str, requested_on: date) -> dict[str, Any]:
    """The convenant as the judge reads it, for a request of that day: signatures, notice, request, as ISO dates.

    Source: judgement.md, "Facts" and `request_second_opinion`.
    """
    found = standing(session, convenant_id)
    own, partner = found.signed()
    notice = rules.notice_fact(found.last_day, found.notices, requested_on)
    return {
        "signed_a": own.isoformat() if own else None,
        "signed_b": partner.isoformat() if partner else None,
        "notice_on": notice.isoformat() if notice else None,
        "requested_on": requested_on.isoformat(),
    }


def with_partner(session: Session, tenant_id: str, organisation_id: str, on: date | None = None) -> Convenant | None:
    """The convenant on second opinions with this partner: in force on that day, or the newest one signed by both.

    Without a day it gives the newest that both signed, also one that ended: whether a request lies within it is for
    `in_force` and the judge. None: there is none.
    """
    query = (
        select(Convenant)
        .join(ConvenantParty, ConvenantParty.convenant_id == Convenant.id)
        .where(
            Convenant.tenant_id == tenant_id,
            Convenant.kind == "second_opinion",
            ConvenantParty.organisation_id == organisation_id,
            ConvenantParty.side == rules.PARTNER,
        )
        .order_by(Convenant.made_at.desc(), Convenant.id)
    )
    for row in session.scalars(query):
        if on is not None and in_force(session, row.id, on=on):
            return row
        if on is None and standing(session, row.id).first is not None:
            return row
    return None


def contact_persons(session: Session, convenant_id: str, side: str, on: date) -> list[str]:
    """The accounts that send and receive for a side (`own`: our SWV, `partner`: the other) on this day.

    Who was appointed, and deputies within their days; nobody appointed: all contact persons of the organisation, of
    whom the director is one unless agreed otherwise. Ended accounts are left out. Source: CV8.
    """
    party = next((row for row in parties_of(session, convenant_id) if row.side == side), None)
    return [] if party is None else contacts_of_party(session, party, on)


def contacts_of_party(session: Session, party: ConvenantParty, on: date) -> list[str]:
    """The accounts that send and receive for this party on this day. Source: CV8."""
    named = (
        select(ConvenantContact.account_id)
        .join(Account, Account.id == ConvenantContact.account_id)
        .where(ConvenantContact.party_id == party.id, Account.active, ConvenantContact.valid_from <= on)
        .where(or_(ConvenantContact.valid_until.is_(None), ConvenantContact.valid_until >= on))
        .where(Account.role == Role.CONTACT_PERSON.value, Account.organisation_id == party.organisation_id)
        .order_by(ConvenantContact.kind, ConvenantContact.made_at, ConvenantContact.id)
    )
    found = list(dict.fromkeys(session.scalars(named)))
    if found:
        return found
    return people.of_organisation(session, party.organisation_id, Role.CONTACT_PERSON)


def agreements(session: Session, convenant_id: str, on: date) -> ConvenantAgreement | None:
    """The agreements on deliveries that count on this day (`manner`, `term`); None when nothing was agreed.

    `agreement_words` opens the definitions and the demands of quality. Source: CV4.2, CV4.4.
    """
    query = select(ConvenantAgreement).where(
        ConvenantAgreement.convenant_id == convenant_id,
        ConvenantAgreement.state == "accepted",
        ConvenantAgreement.valid_from <= on,
    )
    return session.scalars(query.order_by(ConvenantAgreement.number.desc()).limit(1)).first()


def agreement_words(vault: Vault, row: ConvenantAgreement) -> dict[str, str]:
    """The written part of agreements: `definitions` and `quality`."""
    found: dict[str, str] = sealing.opened(vault, "agreement", row.id, row.details)
    return found


def parties_of(session: Session, convenant_id: str) -> Sequence[ConvenantParty]:
    """The parties, our own first, who have not left."""
    query = select(ConvenantParty).where(ConvenantParty.convenant_id == convenant_id)
    return session.scalars(query.order_by(ConvenantParty.side, ConvenantParty.made_at, ConvenantParty.id)).all()


def names_of(session: Session, parties: Iterable[ConvenantParty]) -> dict[str, str]:
    """The name of each party's organisation, by the party's id."""
    return {row.id: session.get_one(Organisation, row.organisation_id).name for row in parties}


def is_over(session: Session, convenant_id: str, on: date) -> bool:
    """Whether the last day of this convenant has passed."""
    last = standing(session, convenant_id).last_day
    return last is not None and on > last


def is_bound(session: Session, party: ConvenantParty, on: date) -> bool:
    """Whether this organisation is a party on this day: it signed a version that counts, and did not leave."""
    if party.left_on is not None and party.left_on < on:
        return False
    found = standing(session, party.convenant_id)
    return rules.binding(found.founders, found.versions, on, party.id) is not None


def known_objects(session: Session, keys: Iterable[str]) -> set[str]:
    """Which of these objects in storage belong to a file of a convenant that is not rejected."""
    query = select(ConvenantDocument.object_key).where(
        ConvenantDocument.object_key.in_(list(keys)), ConvenantDocument.state != "rejected"
    )
    return set(session.scalars(query))


def was_told(session: Session, convenant_id: str, number: int) -> bool:
    """Whether the history says already that this version, or a newer one, counts: told once and not again.

    Versions come into force in the order of their numbers: each has one such step.
    """
    steps = select(func.count()).where(ConvenantStep.convenant_id == convenant_id, ConvenantStep.kind == "in_force")
    found = standing(session, convenant_id)
    whole = [v for v in found.versions if rules.complete_on(found.founders, v.signed) is not None]
    return (session.scalar(steps) or 0) >= len([version for version in whole if version.number <= number])
