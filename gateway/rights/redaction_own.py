"""What in a document is the pupil's or the requester's own: in an inzage that stays, and what is of others goes.

Source: AVG 15(4); PR11.3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from gateway.accounts import people
from gateway.accounts.tables import Account
from gateway.anonymisation.choices import Choices, is_own, key_of
from gateway.anonymisation.patterns import identifiers_in
from gateway.anonymisation.record import detail_of, record_of
from gateway.dossiers import queries
from gateway.reglement import versions

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.anonymisation.sealed import Group
    from gateway.dossiers.rules import Pupil
    from gateway.dossiers.tables import Dossier
    from gateway.rights.overview import Requester
    from gateway.services import Services


def record_for(services: Services, session: Session, dossier: Dossier, on: date) -> dict[str, Any]:
    """Whom the dossier knows, for the detector: everyone, so that what is the pupil's own is known as such."""
    return {**record_of(services, session, dossier), "vervangen": detail_of(session, dossier, on)}


def own_of(services: Services, session: Session, dossier: Dossier, requester: Requester, on: date) -> frozenset[str]:
    """The words of their names, and the keys of their numbers and addresses (`anonymisation.choices`).

    Where the reglement names employees to a family, the names of employees stay too.
    """
    pupil = queries.pupil_of(session, services.vault, dossier)
    own = {*_names(pupil.name), *_initials(pupil.first_name), *_places(pupil), *_keys([pupil.bsn])}
    if requester.is_guardian:
        own |= _guardian(services, session, pupil, requester)
    tenant = people.tenant_of(session, dossier.tenant_id)
    if versions.in_force(session, tenant.id, tenant.profile_id, on).rights.employees_by_name:
        for each in record_of(services, session, dossier)["medewerkers"]:
            own |= _names(" ".join(str(each.get(part) or "") for part in ("voornamen", "tussenvoegsel", "achternaam")))
    return frozenset(own)


def proposed(groups: Iterable[Group], choices: Choices) -> list[Group]:
    """The finds that go when nobody decides otherwise: what looks like another person's data."""
    without = Choices(own=choices.own)
    return [each for each in groups if not is_own(each.kind, each.source, each.key, without)]


def _guardian(services: Services, session: Session, pupil: Pupil, requester: Requester) -> set[str]:
    own: set[str] = set()
    known = next((each for each in pupil.guardians if each.id == requester.guardian_id), None)
    if known is not None:
        own |= {*_names(known.name), *_initials(known.name), *_contacts(known.contact)}
    account = session.scalar(select(Account).where(Account.id == requester.account_id))
    if account is not None:
        person = people.person_or_nameless(session, services.vault, account)
        own |= {*_names(person.name), *_keys([person.email])}
    return own


def _names(name: str) -> set[str]:
    """Every word of a name, and each with the s of possession."""
    words = key_of(name).split()
    return {*words, *(f"{word}s" for word in words)}


def _initials(name: str) -> set[str]:
    return {word[0] for word in key_of(name).split()}


def _places(pupil: Pupil) -> set[str]:
    whole = [pupil.street, pupil.postcode, pupil.postcode.replace(" ", ""), f"{pupil.postcode} {pupil.town}"]
    return _keys([*whole, f"{pupil.street} {pupil.postcode} {pupil.town}", f"{pupil.street} {pupil.town}"])


def _contacts(text: str) -> set[str]:
    return _keys([text[hit.start : hit.end] for hit in identifiers_in(text, text.lower())])


def _keys(texts: Iterable[str]) -> set[str]:
    return {key for key in map(key_of, texts) if key}
