"""Pure rules of accounts: passwords, BRIN, which role fits which organisation."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import timedelta

from zxcvbn import zxcvbn

from gateway.accounts.common_passwords import is_common
from gateway.context import Role
from gateway.sentences import sentence

PUBLIC_MAIL = frozenset({
    "aol.com", "caiway.nl", "casema.nl", "chello.nl", "delta.nl", "freedom.nl", "gmail.com", "gmx.com", "gmx.net",
    "googlemail.com", "hetnet.nl", "home.nl", "hotmail.com", "hotmail.nl", "icloud.com", "kpnmail.nl", "kpnplanet.nl",
    "live.com", "live.nl", "mail.com", "me.com", "msn.com", "onsbrabantnet.nl", "online.nl", "outlook.com",
    "outlook.nl", "planet.nl", "proton.me", "protonmail.com", "quicknet.nl", "solcon.nl", "tele2.nl", "telfort.nl",
    "tuta.io", "tutanota.com", "upcmail.nl", "xs4all.nl", "yahoo.com", "yahoo.nl", "zeelandnet.nl", "ziggo.nl",
    "zonnet.nl",
})  # fmt: skip
"""Where anyone gets an address: such a domain is vouched for by nobody. The list is not complete, and need not be."""
PASSWORD_MIN = 12
PASSWORD_MAX = 200
_STRONG_ENOUGH = 3
_BRIN = re.compile(r"\A[0-9]{2}[A-Z]{2}([0-9]{2})?\Z")

ORGANISATION_KINDS: dict[str, str] = {
    "school_board": "schoolbestuur",
    "school": "school",
    "swv": "samenwerkingsverband",
    "partner_swv": "partner-samenwerkingsverband",
    "expert_body": "bureau van deskundigen",
    "municipality": "gemeente",
    "youth_care": "jeugdhulp",
    "duo": "DUO",
    "court": "rechtbank",
    "supervisor": "toezichthouder",
    "researcher": "onderzoeker",
    "family": "gezin",
}
"""Kinds of organisation and their Dutch word; `family` holds guardians and pupils of sixteen and over."""

ROLES_OF_KIND: dict[str, tuple[Role, ...]] = {
    "school": (Role.SCHOOL_STAFF,),
    "school_board": (Role.SCHOOL_STAFF,),
    "swv": (Role.SWV_STAFF, Role.CONTACT_PERSON, Role.PRIVACY_OFFICER, Role.ADMINISTRATOR),
    "partner_swv": (Role.CONTACT_PERSON, Role.EXPERT),
    "expert_body": (Role.EXPERT,),
    "family": (Role.GUARDIAN, Role.PUPIL),
    "municipality": (Role.CONTACT_PERSON,),
    "youth_care": (Role.CONTACT_PERSON,),
}
"""Which roles an account may have in an organisation of this kind; a kind not listed receives without accounts."""

FACTOR_REQUIRED = frozenset(Role) - {Role.GUARDIAN, Role.PUPIL}
"""Who cannot do anything without a second factor; families are offered one, and need it to take something along."""
FACTOR_WORDS: dict[str, str] = {
    "totp": "code uit de app",
    "recovery": "herstelcode",
    "passkey": "passkey",
    "sign_on": "tweede stap bij de eigen organisatie",
}
"""How the second step was taken."""
FACTOR_FRESH = timedelta(minutes=10)
"""How long a second factor counts for an act that matters."""
SESSION_IDLE_MINUTES = (5, 60)
SESSION_HOURS = (1, 12)
"""Least and most that an SWV may choose for signing its people out."""
SECOND_STEP_WITHIN = timedelta(minutes=20)
"""How long a right password waits for the second step, or for setting one up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """The sealed part of an account."""

    name: str
    email: str
    function: str = ""


def password_problem(password: str, *, person: Person) -> str | None:
    """Say in one Dutch sentence what is wrong with a new password, or None when it will do.

    After NIST 800-63B: length and known-bad lists, no composition rules.
    """
    if len(password) < PASSWORD_MIN:
        return sentence(
            "Kies een wachtwoord van ten minste %(count)d tekens. Een zin van vier woorden is goed te onthouden.",
            count=PASSWORD_MIN,
        )
    if len(password) > PASSWORD_MAX:
        return sentence("Kies een wachtwoord van ten hoogste %(count)d tekens.", count=PASSWORD_MAX)
    if is_common(password):
        return sentence(
            "Dit wachtwoord is makkelijk te raden. Kies iets dat niemand verwacht, zoals vier losse woorden."
        )
    own = [word for word in re.split(r"[^\w]+", f"{person.name} {person.email} dossierpoort") if len(word) > 2]  # noqa: PLR2004 - shorter parts say nothing
    rest = password.casefold()
    for word in sorted(own, key=len, reverse=True):
        rest = rest.replace(word.casefold(), "")
    if len(rest) < PASSWORD_MIN // 2 or zxcvbn(password[:72], user_inputs=own)["score"] < _STRONG_ENOUGH:
        return sentence(
            "Dit wachtwoord is makkelijk te raden. Kies iets dat niemand verwacht, zoals vier losse woorden."
        )
    return None


def normalise_email(text: str) -> str:
    """One spelling of an e-mail address, for look-up and for sending."""
    return text.strip().lower()


def plain(text: str) -> str:
    """A name without what cannot be seen: a character that turns the direction round makes it read as another."""
    return "".join(each for each in text if unicodedata.category(each) not in {"Cc", "Cf"}).strip()


def has_odd_letters(email: str) -> bool:
    """Tell whether letters of another script could make an address look like one that is known."""
    return not email.isascii()


def mail_domain(email: str) -> str:
    """The part of an address behind the at sign, in one spelling."""
    return normalise_email(email).rpartition("@")[2]


def is_public_mail(domain: str) -> bool:
    """Tell whether anyone can get an address here: then it says nothing of who works where."""
    return domain in PUBLIC_MAIL


def is_brin(text: str) -> bool:
    """Tell whether this is a BRIN: four characters, with or without a two-digit branch."""
    return bool(_BRIN.match(text))
