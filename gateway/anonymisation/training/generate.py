"""Makes labelled texts from templates: rows in the form of the corpora, the same for the same seed.

`python -m gateway.anonymisation.training.generate PACK[,PACK] COUNT SEED OUT.jsonl [--long]`
"""

from __future__ import annotations

import json
import random
import re
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gateway.anonymisation.training import fillers, noise

if TYPE_CHECKING:
    import datetime as dt

    from gateway.anonymisation.training.fillers import Person

PACKS: Final = Path(__file__).with_name("packs")
_SLOT: Final = re.compile(r"\{(\w+)\}")
_CHOICE: Final = re.compile(r"\(([^()|]*(?:\|[^()|]*)+)\)")
_PEOPLE: Final = re.compile(r"(ll|mo|va|sib|fam|vr|vr2|vr3|lk|ib|ex|ex2)(?:_(full|off|inv|sur|init))?\Z")
_PARENTS: Final = ("mo", "va")


@dataclass(slots=True)
class Case:
    """One dossier, and the text that is being written from it."""

    rng: random.Random
    people: dict[str, Person]
    known: set[str]
    values: dict[str, str]
    born: dt.date
    bsn: str
    ownr: str
    vary: bool = False  # whether words that name nobody may be replaced by others
    text: list[str] = field(default_factory=list)
    size: int = 0
    spans: list[tuple[int, int, str]] = field(default_factory=list)
    meta: list[dict[str, Any]] = field(default_factory=list)

    def put(self, written: str, kind: str = "", *, owner: str = "other", known: bool = False, group: str = "") -> None:
        """Write, and label what was written."""
        if kind:
            self.spans.append((self.size, self.size + len(written), kind))
            self.meta.append({"owner": owner, "known": known, "s": written, **({"group": group} if group else {})})
        self.text.append(written)
        self.size += len(written)


@cache
def pack(name: str) -> dict[str, list[str]]:
    """The lines of a pack of templates, by section."""
    made: dict[str, list[str]] = {}
    section = ""
    for line in (PACKS / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("= "):
            section = line[2:].strip()
        elif line:
            made.setdefault(section, []).append(line.replace("\\n", "\n"))
    return made


def case(rng: random.Random) -> Case:
    """A dossier of people who do not exist."""
    pupil = fillers.person(rng)
    people = {"ll": pupil}
    mother = fillers.person(rng, pupil.origin, (pupil.prefix, pupil.last) if rng.random() < 0.4 else None)
    people["mo"] = mother
    people["va"] = fillers.person(rng, pupil.origin, (pupil.prefix, pupil.last) if rng.random() < 0.8 else None)
    people["sib"] = fillers.person(rng, pupil.origin, (pupil.prefix, pupil.last))
    for role in ("lk", "ib"):
        people[role] = fillers.person(rng)
    known = {"ll"} | {
        role for role, chance in (("mo", 0.8), ("va", 0.6), ("lk", 0.7), ("ib", 0.7)) if rng.random() < chance
    }
    values = {
        "stad": fillers.place(rng),
        "school": fillers.school(rng),
        "straat": fillers.street(rng),
        "huis": fillers.house(rng),
        "pc": fillers.postcode(rng),
        "tel": fillers.phone(rng),
        "brin": f"{rng.randint(0, 31):02}{''.join(rng.choices('ABCDEFGHJKLMNPQRSTVXZ', k=2))}",
        "tlv": f"PO{rng.randint(2000, 3999)}-{rng.randint(2122, 2526)}-{rng.randint(10000, 99999)}",
    }
    born = fillers.some_day(rng, 2008, 2019)
    return Case(rng, people, known, values, born, fillers.eleven_proof(rng), fillers.eleven_proof(rng))


def _fresh(one: Case) -> None:
    """Others than the family, anew for each line or so."""
    rng = one.rng
    for role in ("fam", "vr", "vr2", "vr3", "ex", "ex2"):
        if role not in one.people or rng.random() < 0.35:
            origin = one.people["ll"].origin if role == "fam" else None
            one.people[role] = fillers.person(rng, origin)


def _person(one: Case, role: str, form: str | None) -> None:
    who, rng = one.people[role], one.rng
    owner = "pupil" if role == "ll" else "parent" if role in _PARENTS else "other"
    kind = {"pupil": "PERSON_PUPIL", "parent": "PERSON_PARENT", "other": "PERSON_OTHER"}[owner]
    surname = who.surname
    if form == "sur" or (form is None and role in ("lk", "ex") and rng.random() < 0.2):
        written = surname[:1].upper() + surname[1:] if rng.random() < 0.85 else surname
    elif form == "full":
        written = f"{who.call} {surname}"
    elif form == "off":
        written = f"{' '.join(who.firsts)} {surname}"
    elif form == "init":
        dots = rng.choice(
            (who.initials, who.initials, who.initials.replace(".", ". ").strip(), who.call[0] + ".", who.call[0])
        )
        written = f"{dots} {surname}"
    elif form == "inv":
        tail = f" {who.prefix}" if who.prefix else ""
        written = f"{who.last}, {rng.choice((who.call, who.initials))}{tail}"
    else:
        written = who.call
        if role == "ll" and rng.random() < 0.01:
            written = who.call[0] + "."
    one.put(written, kind, owner=owner, known=role in one.known, group=who.origin)


def _slot(one: Case, name: str) -> None:
    rng, values = one.rng, one.values
    match = _PEOPLE.match(name)
    if match:
        _person(one, *match.groups())
        return
    if name == "ouders_bij":
        one.put(
            rng.choice(("zijn moeder ", "haar moeder ", "zijn vader en stiefmoeder ", "haar ouders ", "opa en oma "))
        )
        _person(one, rng.choice(("mo", "va", "fam")), None)
        return
    if name in ("adres", "straat"):
        known = name == "adres" or rng.random() < 0.5
        written = values["straat"] if known else fillers.street(rng)
        if name == "adres":
            written += f" {values['huis']}"
        one.put(written, "ADDRESS", owner="pupil" if known else "other", known=known)
        return
    if name in ("stad", "school", "brin"):
        kind = {"stad": "PLACE", "school": "SCHOOL", "brin": "BRIN"}[name]
        one.put(values[name], kind, owner="pupil" if name == "stad" else "other", known=True)
        return
    if name == "groep":
        one.put(rng.choice(("3", "4", "5", "6", "7", "8", "1/2", "5b", "7a")))
        return
    _value(one, name)


def _value(one: Case, name: str) -> None:
    rng, values = one.rng, one.values
    born = one.born
    age = rng.randint(4, 15)
    pupil = {"owner": "pupil", "known": True}
    made: dict[str, tuple[str, str, dict[str, Any]]] = {
        "pc": (values["pc"], "POSTCODE", pupil),
        "pc2": (fillers.postcode(rng), "POSTCODE", {}),
        "adres2": (f"{fillers.street(rng)} {fillers.house(rng)}", "ADDRESS", {}),
        "stad3": (fillers.place(rng), "PLACE", {}),
        "stad2": (fillers.place(rng), "PLACE", {}),
        "school2": (fillers.school(rng), "SCHOOL", {}),
        "school3": (fillers.school(rng), "SCHOOL", {}),
        "inst": (fillers.institution(rng), "INSTITUTION", {}),
        "inst2": (fillers.institution(rng), "INSTITUTION", {}),
        "gebdat": (fillers.full_date(rng, born), "DATE_BIRTH", pupil),
        "dat": (fillers.date(rng, fillers.some_day(rng)), "DATE", {}),
        "maandjaar": (fillers.month_year(rng), "DATE", {}),
        "lft": (f"{age} jaar", "AGE", {"owner": "pupil"}),
        "lft_kort": (f"{age} jaar", "AGE", {}),
        "lft_adj": (f"{age}-jarige", "AGE", {"owner": "pupil"}),
        "bsn": (fillers.bsn(rng, one.bsn), "BSN", pupil),
        "ownr": (one.ownr, "ID", pupil),
        "id": (f"{rng.choice(('', 'Z-', 'D', '2023/'))}{rng.randint(10000, 9999999)}", "ID", {}),
        "tlv": (values["tlv"], "TLV_NUMBER", pupil),
        "tel": (values["tel"], "PHONE", {"owner": "parent", "known": "mo" in one.known}),
        "tel2": (fillers.phone(rng), "PHONE", {}),
        "mail": (fillers.mail(rng, one.people["mo"]), "EMAIL", {"owner": "parent"}),
        "mail2": (fillers.mail(rng, one.people["ib"], f"{fillers.made_up(rng).lower()}.nl"), "EMAIL", {}),
        "url": (f"www.{fillers.made_up(rng).lower()}.nl", "URL", {}),
        "iban": (_iban(rng), "IBAN", {"owner": "parent"}),
        "jaar": (str(rng.randint(2012, 2025)), "", {}),
        "getal": (str(rng.randint(55, 135)), "", {}),
        "tijd": (f"{rng.randint(8, 17):02}{rng.choice('.:')}{rng.choice(('00', '15', '30', '45'))}", "", {}),
        "jargon": (rng.choice(fillers.jargon()), "", {}),
        "functie": (rng.choice(fillers.FUNCTIONS), "", {}),
        "afd": (rng.choice(("kindergeneeskunde", "KNO", "oogheelkunde", "Neurologie")), "", {}),
    }
    written, kind, meta = made[name]
    one.put(written, kind, **meta)


def _iban(rng: random.Random) -> str:
    digits = "".join(rng.choices("0123456789", k=10))
    bank = rng.choice(("INGB", "RABO", "ABNA", "SNSB", "TRIO"))
    check = 98 - int("".join(str(int(sign, 36)) for sign in f"{bank}{digits}NL00")) % 97
    whole = f"NL{check:02}{bank}{digits}"
    return whole if rng.random() < 0.5 else " ".join(whole[place : place + 4] for place in range(0, 18, 4))


_WORD: Final = re.compile(r"(?<![\w{])[^\W\d_]{3,}(?![\w}])")


def _other_words(line: str, rng: random.Random) -> str:
    """The line with some of its words replaced by any others, so that no word means much by itself."""
    share = rng.choice((0.0, 0.0, 0.1, 0.3))

    def other(match: re.Match[str]) -> str:
        if rng.random() >= share or match.group() in _KEPT:
            return match.group()
        word = rng.choice(fillers.dictionary())
        return word.title() if match.group()[0].isupper() else word

    return _WORD.sub(other, line)


_KEPT: Final = frozenset(
    "mevrouw Mevrouw meneer juf meester moeder Moeder vader Vader oma opa tante oom dokter heer familie directeur"
    " van der het een met bij door voor naar uit broer zus zusje broertje Naam Roepnaam Mentor Leerkracht"
    " wonen woont".split()
)


_CODES: Final = ("A B C D E", "I II III IV V", "E6 M6 E7", "1 2 3 4", "+ - +/-", "ja nee soms", "x x - x", "VR RV RR")
_LINKS: Final = "de het een is en niet van in wordt met op heeft dat ook voor te".split()


def _nothing(one: Case) -> None:
    """A line without anybody: a heading, a field, a row of a table, or words in any order."""
    rng = one.rng
    words = [rng.choice(fillers.dictionary()) for _ in range(rng.randint(1, 9))]
    codes = rng.choice(
        ("A B C D E", "I II III IV V", "E6 M6 E7", "1 2 3 4", "+ - +/-", "ja nee soms", "x x - x", "VR RV RR")
    )
    kind = rng.randrange(6)
    if kind == 0:
        one.put(" ".join(words[:3]).capitalize())
    elif kind == 1:
        one.put(" ".join(words[:3]).upper())
    elif kind == 2:
        one.put(f"{words[0].title()}: {' '.join(words[1:4])}")
    elif kind == 3:
        one.put(f"{words[0].title()} | {words[-1].title()} | {codes.replace(' ', ' | ')}")
    elif kind == 4:
        links = (
            "de",
            "het",
            "een",
            "is",
            "en",
            "niet",
            "van",
            "in",
            "wordt",
            "met",
            "op",
            "heeft",
            "dat",
            "ook",
            "voor",
            "te",
        )
        mixed = [each for word in words for each in (rng.choice(links), word)]
        one.put(f"{' '.join(mixed).capitalize()}{rng.choice('.?!')}")
    else:
        one.put(f"{rng.choice(fillers.jargon())}: {rng.choice(codes.split())} {words[0]}, {words[-1].title()} {codes}")


def write_line(one: Case, line: str) -> None:
    """Write one template, its choices made and its slots filled."""
    if one.vary:
        line = _other_words(line, one.rng)
    while True:
        chosen = _CHOICE.sub(lambda match: one.rng.choice(match.group(1).split("|")), line)
        if chosen == line:
            break
        line = chosen
    done = 0
    for match in _SLOT.finditer(line):
        one.put(line[done : match.start()])
        _slot(one, match.group(1))
        done = match.end()
    one.put(line[done:])


def document(rng: random.Random, packs: tuple[str, ...], *, long: bool, vary: bool = False) -> Case:
    """A text of one of the packs; a long one has chapters, quoted mail and appendices of all of them."""
    one = case(rng)
    one.vary = vary
    _fresh(one)
    own = pack(rng.choice(packs))
    write_line(one, rng.choice(own["head"]))
    one.put("\n\n")
    chapters = rng.randint(4, 9) if long else rng.choice((1, 1, 2, 3))
    for _ in range(chapters):
        lines = pack(rng.choice(packs)) if long else own
        if chapters > 1:
            title = rng.choice(lines["heading"])
            one.put((title.upper() if rng.random() < 0.15 else title) + "\n")
        separator = rng.choice((" ", " ", " ", "\n", "\n- "))
        count = rng.randint(4, 14) if long else rng.randint(2, 9)
        for place, line in enumerate(rng.sample(lines["body"], min(count, len(lines["body"])))):
            if place:
                one.put(separator if "\n" not in line else "\n")
            if vary and rng.random() < 0.25:
                _nothing(one)
                one.put(rng.choice(("\n", "\n", " ")))
            if rng.random() < 0.5:
                _fresh(one)
            write_line(one, line)
        one.put("\n\n")
    if rng.random() < 0.7:
        write_line(one, rng.choice(own["foot"]))
    return one


def row(
    seed: int, number: int, packs: tuple[str, ...], *, long: bool, noisy: bool = True, vary: bool = False
) -> dict[str, Any]:
    """One row in the form of the corpora."""
    rng = random.Random(f"{seed}:{number}")  # noqa: S311 - texts, not secrets
    one = document(rng, packs, long=long, vary=vary)
    text = "".join(one.text)
    kind = rng.choices(noise.KINDS, noise.WEIGHTS)[0] if noisy else "none"
    text, spans = noise.apply(kind, text, one.spans, rng)
    return {
        "id": f"{'-'.join(packs)}-{seed}-{number:05}",
        "template": "-".join(packs),
        "genre": "long" if long else "short",
        "noise": kind,
        "text": text,
        "spans": [list(span) for span in spans],
        "meta": one.meta,
        "neutral": [],
        "dossier": record(one),
    }


def _of(one: Case, role: str) -> dict[str, Any]:
    who = one.people[role]
    return {
        "voornamen": " ".join(who.firsts),
        "roepnaam": who.call,
        "voorletters": who.initials,
        "tussenvoegsel": who.prefix,
        "achternaam": who.last,
    }


def record(one: Case) -> dict[str, Any]:
    """What the gateway knows of a case."""
    parents = [
        {**_of(one, role), "rol": name, "telefoon": one.values["tel"] if role == "mo" else None, "email": None}
        for role, name in (("mo", "moeder"), ("va", "vader"))
        if role in one.known
    ]
    staff = [
        {**_of(one, role), "rol": name, "email": None}
        for role, name in (("lk", "leerkracht"), ("ib", "intern begeleider"))
        if role in one.known
    ]
    return {
        "leerling": {
            **_of(one, "ll"),
            "geboortedatum": one.born.isoformat(),
            "bsn": one.bsn,
            "onderwijsnummer": one.ownr,
        },
        "adres": {
            "straat_huisnummer": f"{one.values['straat']} {one.values['huis']}",
            "postcode": one.values["pc"],
            "plaats": one.values["stad"],
        },
        "ouders": parents,
        "school": {"naam": one.values["school"], "brin": one.values["brin"], "plaats": None, "telefoon": None},
        "medewerkers": staff,
        "tlv_nummer": one.values["tlv"],
    }


def main() -> None:
    """Write rows to a file."""
    packs, count, seed, out = sys.argv[1:5]
    long = "--long" in sys.argv
    with Path(out).open("w", encoding="utf-8") as file:
        for number in range(int(count)):
            made = row(int(seed), number, tuple(packs.split(",")), long=long)
            file.write(json.dumps(made, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
