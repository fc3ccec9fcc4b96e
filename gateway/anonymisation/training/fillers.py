"""What fills the slots of the templates: people of many origins, places, schools, institutions, dates, numbers."""

from __future__ import annotations

import datetime as dt
import random  # noqa: TC003 - seeded, so that the same seed makes the same texts; nothing here is secret
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from gateway.anonymisation.folding import fold_word
from gateway.anonymisation.training import lexicon
from gateway.anonymisation.words import listed


def _list(name: str) -> tuple[str, ...]:
    """One of the lists in `fillers.txt`."""
    lines = Path(__file__).with_name("fillers.txt").read_text(encoding="utf-8").splitlines()
    return tuple(lines[lines.index(f"[{name}]") + 1].split("|"))


ORIGINS: Final = ("nl", "ma", "tr", "sr", "an", "pl", "fy", "ov")
_WEIGHTS: Final = (30, 12, 12, 10, 9, 9, 8, 12)
_PREFIXES: Final = (
    "van",
    "de",
    "van de",
    "van der",
    "van den",
    "ter",
    "ten",
    "van 't",
    "in 't",
    "op de",
    "'t",
    "den",
    "te",
)
_ARAB: Final = ("El", "Al", "el", "Ben", "Aït", "Al-", "El-", "Ait")
_NOUNS: Final = _list("nouns")
_PATRONS: Final = _list("patrons")
_SCHOOL_KINDS: Final = _list("school_kinds")
_REAL_CARE: Final = _list("real_care")
_CARE_KINDS: Final = _list("care_kinds")
_SYLLABLES: Final = _list("syllables")
_ENDINGS: Final = (
    "rium",
    "ra",
    "nt",
    "ns",
    "va",
    "ntis",
    "lis",
    "on",
    "us",
    "a",
    "um",
    "zorg",
    "care",
    "plein",
    "wijs",
    "-Care",
    "kind",
    "huis",
)
_STREET_HEADS: Final = _list("street_heads")
_STREET_TAILS: Final = (
    "straat",
    "laan",
    "weg",
    "plein",
    "hof",
    "kade",
    "gracht",
    "singel",
    "dijk",
    "pad",
    "dreef",
    "steeg",
    "park",
    "veld",
    "hage",
    "donk",
    "meent",
    "erf",
)
_STREET_WHOLE: Final = _list("street_whole")
_REGIONS: Final = _list("regions")
_LEADS: Final = _list("street_leads")
_ABROAD: Final = _list("abroad")
FUNCTIONS: Final = _list("functions")
_MONTHS: Final = _list("months")
_DAYS: Final = _list("days")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who does not exist."""

    origin: str
    firsts: tuple[str, ...]
    prefix: str
    last: str

    @property
    def call(self) -> str:
        """The name in daily use."""
        return self.firsts[0]

    @property
    def surname(self) -> str:
        """The surname with what stands before it."""
        return f"{self.prefix} {self.last}".strip()

    @property
    def initials(self) -> str:
        """The first letters, each with its full stop."""
        return "".join(f"{name[0]}." for name in self.firsts)


@cache
def _names(origin: str) -> tuple[list[str], list[str], list[str], list[str]]:
    first, last = lexicon.names_of(origin)
    own_first, own_last = lexicon.own_names(origin)
    return first, last, own_first, own_last


def person(rng: random.Random, origin: str | None = None, surname: tuple[str, str] | None = None) -> Person:
    """A person of an origin, or of any; with a given (prefix, surname) for a family."""
    origin = origin or rng.choices(ORIGINS, _WEIGHTS)[0]
    first, last, own_first, own_last = _names(origin)
    firsts = []
    for _ in range(rng.choices((1, 2, 3), (6, 3, 1))[0]):
        name = rng.choice(own_first if rng.random() < 0.5 else first)
        if rng.random() < 0.05:
            name = f"{name}-{rng.choice(own_first)}"
        firsts.append(name)
    if surname is None:
        surname = _surname(rng, origin, last, own_last)
    return Person(origin, tuple(firsts), *surname)


def _surname(rng: random.Random, origin: str, last: list[str], own_last: list[str]) -> tuple[str, str]:
    name = rng.choice(own_last if rng.random() < 0.5 else last)
    prefix = ""
    match = re.match(
        r"((?:van|de|der|den|het|'t|ten|ter|te|in|op|von|la|du)(?: (?:de|der|den|het|'t))?) (.+)", name, re.IGNORECASE
    )
    if match:
        prefix, name = match.group(1).lower(), match.group(2)
    elif origin == "nl" and rng.random() < 0.35:
        prefix = rng.choice(_PREFIXES)
    elif origin in ("ma", "ov") and rng.random() < 0.25:
        lead = rng.choice(_ARAB)
        name = f"{lead}{name}" if lead.endswith("-") else f"{lead} {name}"
    if rng.random() < 0.08:
        name = f"{name}{rng.choice(('-', ' - ', '-'))}{rng.choice(own_last)}"
    return prefix, name


def place(rng: random.Random) -> str:
    """A town, mostly Dutch."""
    return rng.choice(_ABROAD) if rng.random() < 0.15 else rng.choice(lexicon.places())


def school(rng: random.Random) -> str:
    """The name of a school."""
    kind = rng.choice(_SCHOOL_KINDS)
    chance = rng.random()
    noun = rng.choice(_NOUNS)
    if chance < 0.6:
        article = rng.choice(("De", "De", "Het", "de", "'t", "In de", "Op de"))
        name = f"{article} {noun}"
    elif chance < 0.8:
        name = rng.choice(_PATRONS)
    elif chance < 0.9:
        name = f"{rng.choice(('De', 'Het'))} {rng.choice(_NOUNS)}{rng.choice(('', 'hof', 'veld', 'oord'))}".title()
    else:
        name = rng.choice((noun, made_up(rng), place(rng)))
    if rng.random() < 0.12:
        return (
            f"{name.removeprefix('De ').removeprefix('de ')}{rng.choice(('school', ' College', ' Lyceum', 'schule'))}"
        )
    return name if rng.random() < 0.12 and name[0].isupper() and " " in name else f"{kind} {name}"


def made_up(rng: random.Random) -> str:
    """A name no list has."""
    return (
        ("".join(rng.choices(_SYLLABLES, k=rng.choice((1, 2, 2)))) + rng.choice(_ENDINGS)).title().replace("-C", "-C")
    )


def institution(rng: random.Random) -> str:
    """The name of an institution of care, help or sport."""
    chance = rng.random()
    if chance < 0.4:
        return rng.choice(_REAL_CARE)
    if chance < 0.52:
        return made_up(rng)
    name = rng.choice(
        (
            place(rng),
            f"{made_up(rng)} & {made_up(rng)}" if rng.random() < 0.5 else f"{rng.choice(_NOUNS)} & Co",
            f"De {rng.choice(_NOUNS)}",
            made_up(rng),
            person(rng).surname.title(),
            rng.choice(_NOUNS),
            rng.choice(_REGIONS),
        )
    )
    if rng.random() < 0.1:
        return f"{name}{rng.choice((' ziekenhuis', ' Ziekenhuis', ' Jeugdzorg', ' Kinderopvang', ' Zorg'))}"
    return f"{rng.choice(_CARE_KINDS)} {name}"


def street(rng: random.Random) -> str:
    """The name of a street."""
    chance = rng.random()
    if chance < 0.3:
        return rng.choice(_STREET_WHOLE)
    head = rng.choice(_STREET_HEADS)
    name = head + rng.choice(_STREET_TAILS)
    if chance > 0.9:
        name = f"{rng.choice(_LEADS)} {person(rng, 'nl').last.split()[0]}{rng.choice(_STREET_TAILS[:6])}"
    return name


def house(rng: random.Random) -> str:
    """A house number."""
    return f"{rng.randint(1, 340)}{rng.choice(('', '', '', '', 'a', ' b', '-2', ' C', ' hs', ' bis', 'A', '-III'))}"


def postcode(rng: random.Random) -> str:
    """A postcode in one of its forms."""
    letters = rng.choice("ABCDEGHJKLMNPRSTVWXZ") + rng.choice("ABCEGHJKLMNPRTVWXZ")
    gap = rng.choice((" ", "", " ", "  "))
    return f"{rng.randint(1000, 9999)}{gap}{letters if rng.random() < 0.9 else letters.lower()}"


def phone(rng: random.Random) -> str:
    """A phone number in one of many notations."""
    digits = "".join(rng.choices("0123456789", k=8))
    area = rng.choice(("020", "010", "030", "0113", "0318", "055", "0592", "088"))
    rest = "".join(rng.choices("123456789", k=10 - len(area)))
    return rng.choice(
        (
            f"06-{digits}",
            f"06 {digits}",
            f"06{digits}",
            f"06 - {digits}",
            f"+31 6 {digits}",
            f"+316{digits}",
            f"0031 6 {digits}",
            f"06 {digits[:2]} {digits[2:4]} {digits[4:6]} {digits[6:]}",
            f"06.{digits[:4]}.{digits[4:]}",
            f"{area}-{rest}",
            f"({area}) {rest[:3]} {rest[3:]}",
            f"{area} {rest}",
            f"+31 ({area[0]}){area[1:]} {rest}",
            f"{area}/{rest[:3]}.{rest[3:]}",
        )
    )


def mail(rng: random.Random, who: Person, domain: str | None = None) -> str:
    """An e-mail address."""
    first, last = fold_word(who.call).replace(" ", ""), re.sub(r"[^a-z]", "", fold_word(who.surname))
    local = rng.choice(
        (
            f"{first}.{last}",
            f"{first[0]}.{last}",
            f"{first}{last}",
            first,
            f"{last}{rng.randint(1, 99)}",
            f"fam.{last}",
            f"{first}_{last}",
        )
    )
    domains = ("gmail.com", "hotmail.com", "ziggo.nl", "kpnmail.nl", "live.nl", "outlook.com", "home.nl")
    return f"{local}@{domain or rng.choice(domains)}"


def eleven_proof(rng: random.Random) -> str:
    """Nine digits that pass the test of a BSN."""
    while True:
        digits = [rng.randint(0, 9) for _ in range(8)]
        rest = sum((9 - place) * digit for place, digit in enumerate(digits)) % 11
        if rest < 10 and any(digits):
            return "".join(map(str, [*digits, rest]))


def bsn(rng: random.Random, digits: str) -> str:
    """A BSN in one of its notations."""
    return rng.choice(
        (
            digits,
            digits,
            f"{digits[:4]} {digits[4:6]} {digits[6:]}",
            f"{digits[:4]}.{digits[4:6]}.{digits[6:]}",
            f"{digits[:3]} {digits[3:6]} {digits[6:]}",
        )
    )


def date(rng: random.Random, day: dt.date) -> str:
    """A date in one of its Dutch forms."""
    month = _MONTHS[day.month - 1]
    return rng.choice(
        (
            f"{day.day} {month} {day.year}",
            f"{day:%d-%m-%Y}",
            f"{day.day}-{day.month}-{day.year}",
            f"{day:%d/%m/%Y}",
            f"{day:%d.%m.%Y}",
            f"{day.day}-{day.month}-'{day.year % 100:02}",
            f"{rng.choice(_DAYS)} {day.day} {month}",
            f"{day.day} {month}",
            f"{day.day} {month[:3]}. {day.year}",
            f"{day:%Y-%m-%d}",
        )
    )


def full_date(rng: random.Random, day: dt.date) -> str:
    """A date with its year."""
    while True:
        written = date(rng, day)
        if str(day.year)[2:] in written:
            return written


def some_day(rng: random.Random, first: int = 2019, last: int = 2025) -> dt.date:
    """A day in some years."""
    return dt.date(first, 1, 1) + dt.timedelta(days=rng.randrange(365 * (last - first + 1)))


def month_year(rng: random.Random) -> str:
    """A month with its year."""
    return f"{rng.choice(_MONTHS)} {rng.randint(2015, 2025)}"


@cache
def jargon() -> list[str]:
    """The terms of the trade, which are never masked."""
    return sorted(listed("jargon.txt"))


@cache
def dictionary() -> list[str]:
    """Ordinary Dutch words, of which any may stand beside a name."""
    return sorted(word for word in listed("ordinary.gz") if word.isalpha() and 2 < len(word) < 16)
