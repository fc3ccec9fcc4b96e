"""The dossier record of a pupil: whom and what the gateway knows by name, for the detector and the proof.

Its form is that of docs/anonymisation.md. It exists in memory and in the pipe to the bounded process, nowhere else.
"""

from __future__ import annotations

import hmac
import json
import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from gateway.accounts import people
from gateway.accounts.tables import Account, Organisation, Tenant
from gateway.anonymisation import consistent
from gateway.anonymisation.finds import OTHER
from gateway.anonymisation.folding import fold, fold_word
from gateway.anonymisation.identities import DATES, LIST_MAX, TEXT_MAX
from gateway.anonymisation.patterns import identifiers_in
from gateway.anonymisation.rendition_tables import AnonymisedRendition
from gateway.anonymisation.sealed import decisions_of, finds_of
from gateway.anonymisation.words import PREFIXES
from gateway.context import Role
from gateway.dossiers import enrolled, queries
from gateway.dossiers.tables import Dossier, DossierPerson
from gateway.reglement import versions
from retention.terms import local_date

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.dossiers.rules import Guardian, Pupil
    from gateway.services import Services

_TITLES: Final = frozenset("dhr dhr. de heer mevr mevr. mevrouw meneer mw mw. drs drs. dr dr. ir ir. mr mr.".split())
_INITIALS: Final = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]?\.?")
_KEPT: Final = frozenset({OTHER, "SCHOOL", "INSTITUTION", "ADDRESS", "POSTCODE", "PHONE", "EMAIL", "IBAN", "ID", "URL"})
"""Kinds of earlier finds that are worth remembering: what points to the same in another document."""
_CONTACT: Final = frozenset({"ADDRESS", "POSTCODE", "PHONE", "EMAIL", "IBAN"})
_LONG_ENOUGH: Final = 4
"""Different signs that a text must have to be looked for elsewhere: `00000000` stands in any drawing."""
_EARLIER_MAX: Final = 1500


def record_of(services: Services, session: Session, dossier: Dossier) -> dict[str, Any]:
    """What the gateway knows of the people and places of this dossier, in the form of docs/anonymisation.md.

    Source: CV4.6; issue 7 ("Known identities first").
    """
    family, loose = _family(services, session, dossier)
    schools = _schools(session, dossier)
    found = [*loose, *_other_schools(services, session, dossier, schools), *_earlier(services, session, dossier)]
    return {
        **family,
        "medewerkers": _staff(services, session, dossier, schools),
        "school": {"naam": _cut(schools[0].name), "brin": schools[0].brin},
        "eerder_gevonden": found[:LIST_MAX],
        "eerder_genummerd": consistent.numbered(services, session, dossier.id)[:LIST_MAX],
    }


def detail_of(session: Session, dossier: Dossier, on: date) -> dict[str, Any]:
    """How much the reglement of this day lets replacements say, for the record: ages in bands, dates from a day on.

    Source: issue 7 ("ages to bands and dates to period or offset where the profile asks").
    """
    tenant = session.get_one(Tenant, dossier.tenant_id)
    profile = versions.in_force(session, tenant.id, tenant.profile_id, on)
    notified = dossier.submitted_at or dossier.made_at
    return {
        "leeftijd_in_banden": profile.age_bands,
        "datums": next(word for word, kind in DATES.items() if kind == profile.dates_as),
        "aanmelding": local_date(notified).isoformat(),
    }


def mark_of(services: Services, session: Session, dossier: Dossier) -> bytes:
    """A keyed mark of who the pupil and the family are: when it changes, an earlier rendition may lack a name."""
    told = json.dumps(_family(services, session, dossier), sort_keys=True, ensure_ascii=False)
    key = services.vault.data_key(session, dossier.id, "duplicate")
    return hmac.new(key, b"identities\n" + told.encode(), sha256).digest()


def _family(services: Services, session: Session, dossier: Dossier) -> tuple[dict[str, Any], list[dict[str, str]]]:
    pupil = queries.pupil_of(session, services.vault, dossier)
    guardians, loose = _guardians(services, session, dossier, pupil)
    family = {
        "leerling": {
            "voornamen": _cut(pupil.first_name),
            "roepnaam": _cut(pupil.first_name.split()[0]) if pupil.first_name.split() else None,
            "tussenvoegsel": _cut(pupil.infix),
            "achternaam": _cut(pupil.last_name),
            "geboortedatum": pupil.born.isoformat(),
            "bsn": pupil.bsn or None,
        },
        "adres": {
            "straat_huisnummer": _cut(pupil.street),
            "postcode": _cut(pupil.postcode),
            "plaats": _cut(pupil.town),
        },
        "ouders": guardians,
        "broers_zussen": _siblings(services, session, dossier),
    }
    return family, loose


def split_name(name: str) -> dict[str, str]:
    """A name as it was typed, in its parts; which of several words are first names matters little: all are searched."""
    words = [word for word in name.split() if word.lower() not in _TITLES]
    initials = [word for word in words if _INITIALS.fullmatch(word)]
    words = [word for word in words if word not in initials]
    first = next((place for place, word in enumerate(words) if _is_prefix(word) and place < len(words) - 1), None)
    if first is None:
        first = max(len(words) - 1, 0) if len(words) > 1 or initials else len(words)
    last = first
    while last < len(words) - 1 and _is_prefix(words[last]):
        last += 1
    return {
        "voornamen": _cut(" ".join(words[:first])),
        "roepnaam": _cut(words[0]) if first else "",
        "voorletters": _cut(" ".join(initials)),
        "tussenvoegsel": _cut(" ".join(words[first:last])),
        "achternaam": _cut(" ".join(words[last:])),
    }


def _is_prefix(word: str) -> bool:
    return fold_word(word).lower().strip(".") in PREFIXES


def _cut(text: str) -> str:
    return text.strip()[:TEXT_MAX]


def _schools(session: Session, dossier: Dossier) -> list[Organisation]:
    """The present school first, then those of before."""
    ids = [dossier.school_id, *(row.school_id for row in enrolled.rows_of(session, dossier.id) if row.school_id)]
    if dossier.moves_to:
        ids.append(dossier.moves_to)
    return [session.get_one(Organisation, each) for each in dict.fromkeys(ids)]


def _other_schools(
    services: Services, session: Session, dossier: Dossier, schools: Sequence[Organisation]
) -> list[dict[str, str]]:
    found = [{"tekst": _cut(each.name), "soort": "SCHOOL"} for each in schools[1:]]
    found += [{"tekst": each.brin, "soort": "BRIN"} for each in schools[1:] if each.brin]
    for row in enrolled.rows_of(session, dossier.id):
        if row.elsewhere is not None:
            name = str(services.vault.open_json(session, dossier.id, "elsewhere", row.elsewhere))
            found.append({"tekst": _cut(name), "soort": "SCHOOL"})
    return found


def _guardians(
    services: Services, session: Session, dossier: Dossier, pupil: Pupil
) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """The guardians, and what their contact data hold beside one telephone and one address."""
    mails: dict[str, str] = {}
    rows: list[dict[str, Any]] = []
    links = select(DossierPerson).where(DossierPerson.dossier_id == dossier.id, DossierPerson.capacity == "guardian")
    for link in session.scalars(links).all():
        person = people.person_or_nameless(session, services.vault, session.get_one(Account, link.account_id))
        known = next((each for each in pupil.guardians if each.id == link.guardian_id), None)
        if known is not None:
            mails[known.id] = person.email
        elif person.email:
            rows.append({**split_name(person.name), "rol": "ouder", "email": _cut(person.email)})
    loose: list[dict[str, str]] = []
    made = [_guardian(each, mails.get(each.id, ""), loose) for each in pupil.guardians]
    return [*made, *rows], loose


def _guardian(guardian: Guardian, mail: str, loose: list[dict[str, str]]) -> dict[str, Any]:
    plain = fold(guardian.contact).text
    hits = [(hit.kind, plain[hit.start : hit.end]) for hit in identifiers_in(plain, plain.lower())]
    phones = [text for kind, text in hits if kind == "PHONE"]
    mails = [each for each in (mail, *(text for kind, text in hits if kind == "EMAIL")) if each]
    loose += [{"tekst": text[:TEXT_MAX], "soort": kind} for kind, text in hits if kind in _CONTACT]
    return {
        **split_name(guardian.name),
        "rol": _cut(guardian.relation) or "ouder",
        "telefoon": phones[0] if phones else None,
        "email": _cut(mails[0]) if mails else None,
    }


def _siblings(services: Services, session: Session, dossier: Dossier) -> list[dict[str, str]]:
    """The other pupils of this tenant whose parent has the same account."""
    parents = select(DossierPerson.account_id).where(
        DossierPerson.dossier_id == dossier.id, DossierPerson.capacity == "guardian"
    )
    others = select(DossierPerson.dossier_id).where(
        DossierPerson.account_id.in_(parents), DossierPerson.dossier_id != dossier.id
    )
    rows = session.scalars(select(Dossier).where(Dossier.id.in_(others), Dossier.tenant_id == dossier.tenant_id)).all()
    pupils = [queries.pupil_of(session, services.vault, row) for row in rows]
    return [
        {
            "voornamen": _cut(each.first_name),
            "tussenvoegsel": _cut(each.infix),
            "achternaam": _cut(each.last_name),
            "geboortedatum": each.born.isoformat(),
            "rol": "broer of zus",
        }
        for each in pupils
    ]


def _staff(
    services: Services, session: Session, dossier: Dossier, schools: Sequence[Organisation]
) -> list[dict[str, str]]:
    """The people of the schools and of the SWV, by what they are: a function that was typed may name the school."""
    tenant = session.get_one(Tenant, dossier.tenant_id)
    places = [each.id for each in schools] + [each for each in (tenant.swv_id,) if each]
    roles = (Role.SCHOOL_STAFF, Role.SWV_STAFF, Role.CONTACT_PERSON)
    rows = session.scalars(
        select(Account).where(Account.organisation_id.in_(places), Account.role.in_(roles)).order_by(Account.id)
    ).all()
    named = people.names_of(session, services.vault, [row.id for row in rows])
    found = []
    for row in rows[:LIST_MAX]:
        if row.id in named:
            role = "schoolmedewerker" if row.role == Role.SCHOOL_STAFF else "medewerker samenwerkingsverband"
            found.append({**split_name(named[row.id].name), "rol": role, "email": _cut(named[row.id].email)})
    return found


def _earlier(services: Services, session: Session, dossier: Dossier) -> list[dict[str, str]]:
    """What reviewed renditions of this dossier held, and what reviewers added to them."""
    done = select(AnonymisedRendition).where(
        AnonymisedRendition.dossier_id == dossier.id, AnonymisedRendition.state == "done"
    )
    found: dict[tuple[str, str], None] = {}
    for row in session.scalars(done.order_by(AnonymisedRendition.asked_at)).all():
        decided = decisions_of(services.vault, session, row)
        rejected = set(decided.rejected)
        for group in finds_of(services.vault, session, row):
            if group.kind in _KEPT and group.key not in rejected and len(set(group.key)) >= _LONG_ENOUGH:
                found[(group.text[:TEXT_MAX], group.kind)] = None
        for added in decided.added:
            found[(added.text, added.kind)] = None
    return [{"tekst": text, "soort": kind} for text, kind in _first(found, _EARLIER_MAX)]


def _first(found: Iterable[tuple[str, str]], most: int) -> list[tuple[str, str]]:
    return list(found)[:most]
