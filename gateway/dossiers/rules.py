"""Words and pure rules of dossiers: categories, kinds of document, the pupil as a value, what is still missing."""

from __future__ import annotations

import unicodedata
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from stdnum.nl import bsn as stdnum_bsn

from gateway.errors import InvalidInputError
from gateway.sentences import sentence

CATEGORIES: dict[str, str] = {
    "a": "contactgegevens",
    "b": "persoonsgebonden nummer",
    "c": "nationaliteit en geboorteplaats",
    "d": "contactgegevens van ouders",
    "e": "gezondheid en welzijn",
    "f": "godsdienst of levensovertuiging",
    "g": "verloop van het onderwijs en resultaten",
    "h": "organisatie van de ondersteuning",
    "i": "gegevens van de school",
    "j": "reden van aanmelding en onderzoek",
    "k": "wat de school deed",
    "l": "contact met zorg",
    "m": "gegevens van anderen buiten de school",
    "n": "onderwijskundig rapport of OPP",
    "o": "voortgang en evaluatie",
    "p": "andere gegevens die de wet noemt",
}
"""The categories of PR7 in our own words."""

MAY_SPEAK_OF_HEALTH = frozenset("jklmno")
"""j–o: the form asks whether it speaks of health, IQ or social-emotional matters; a yes adds e (PR7)."""

DOCUMENT_KINDS: dict[str, str] = {
    "opp": "ontwikkelingsperspectief (OPP)",
    "educational_report": "onderwijskundig rapport",
    "test_results": "toetsgegevens (LOVS)",
    "research_report": "onderzoeksverslag",
    "expert_opinion": "deskundigenadvies",
    "support_plan": "plan van aanpak of handelingsplan",
    "conversation": "gespreksverslag",
    "view_parents": "zienswijze van ouders",
    "view_school": "zienswijze van de school",
    "consent_form": "toestemmingsformulier",
    "court_order": "uitspraak van de rechter over gezag",
    "right_request": "verzoek op papier over de gegevens (inzage, correctie, verzet)",
    "letter": "brief",
    "other": "ander stuk",
}
RIGHT_REQUEST = "right_request"
"""The scan of a request that came on paper (PR11.1)."""

ORIGINS: dict[str, str] = {
    "school": "de school",
    "guardian": "ouder of wettelijk vertegenwoordiger",
    "data_subject": "de leerling zelf",
    "expert": "een deskundige",
    "expert_body": "een bureau van deskundigen",
    "other": "iemand anders",
}

PURPOSES: dict[str, str] = {
    "support_allocation": "ondersteuning toewijzen",
    "admissibility": "toelaatbaarheid beoordelen (TLV)",
    "support_advice": "advies over de ondersteuningsbehoefte",
    "second_opinion": "second opinion",
    "absence": "verzuim",
    "case_consultation": "casusoverleg",
}

DISCLOSED_FOR: dict[str, str] = {
    **PURPOSES,
    "research": "onderzoek",
    "policy": "beleid",
    "evaluation": "evaluatie",
    "publication": "publicatie",
}
"""For what documents may leave; for the last four only anonymised (PR4.2, OB3)."""

DOSSIER_STATES: dict[str, tuple[str, str]] = {
    "draft": ("concept", "neutral"),
    "submitted": ("ingediend", "info"),
}
VERSION_STATES: dict[str, tuple[str, str]] = {
    "in_check": ("in controle", "info"),
    "ready": ("gecontroleerd", "success"),
    "rejected": ("afgekeurd", "danger"),
    "superseded": ("vervangen", "neutral"),
}

NAME_MAX = 300
BSN_TYPED_MAX = 20
TEXT_MAX = 4000
OLDEST_PUPIL_YEARS = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Guardian:
    """A parent or legal representative as the school knows them; not an account.

    `id` stays with this person in this dossier, so that an account or a court order can be said to be theirs.
    """

    name: str
    relation: str = ""
    has_authority: bool = True
    contact: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pupil:
    """The pupil of a dossier: what is sealed in `dossier.pupil`."""

    first_name: str
    infix: str
    last_name: str
    born: date
    bsn: str
    street: str
    postcode: str
    town: str
    enrolled_from: date
    reason: str
    guardians: tuple[Guardian, ...] = field(default=())

    @property
    def name(self) -> str:
        """The name as people say it."""
        return " ".join(part for part in (self.first_name, self.infix, self.last_name) if part)

    @property
    def sort_key(self) -> tuple[str, str]:
        """Dutch order: by last name without its tussenvoegsel, then first name; accents do not count."""
        return (folded(self.last_name), folded(self.first_name))

    def to_json(self) -> dict[str, Any]:
        """As it is sealed."""
        value = asdict(self)
        value["born"] = self.born.isoformat()
        value["enrolled_from"] = self.enrolled_from.isoformat()
        return value

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Pupil:
        """As it was sealed."""
        # What was sealed before a guardian had an id: their place is it.
        guardians = tuple(
            Guardian(**{**item, "id": item.get("id") or f"paper-{place}"})
            for place, item in enumerate(value.pop("guardians"))
        )
        born = date.fromisoformat(value.pop("born"))
        enrolled = date.fromisoformat(value.pop("enrolled_from"))
        return cls(**value, born=born, enrolled_from=enrolled, guardians=guardians)


def same_name(one: str, other: str) -> bool:
    """Whether two names are written alike; spaces and capitals do not count. It never says that it is one person."""
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def folded(text: str) -> str:
    """Lower case without diacritics, for order and search."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()


def check_bsn(text: str) -> str:
    """The nine digits of a BSN that passes the 11-proof.

    Raises:
        InvalidInputError: with a sentence for the form.
    """
    digits = "".join(c for c in text if c.isdigit())
    if len(text) > BSN_TYPED_MAX or set(text) - set("0123456789 .-") or not stdnum_bsn.is_valid(digits):
        raise InvalidInputError(
            "Dit burgerservicenummer klopt niet. Controleer de negen cijfers; "
            "een ervan is waarschijnlijk verkeerd getypt.",
            field="bsn",
        )
    return str(stdnum_bsn.compact(digits)).zfill(9)


def check_pupil(pupil: Pupil, today: date) -> Pupil:
    """The pupil as it may be kept, or the first thing that is wrong with it.

    Raises:
        InvalidInputError: names the field.
    """
    if pupil.born > today:
        raise InvalidInputError("De geboortedatum ligt in de toekomst.", field="born")
    if pupil.born.year < today.year - OLDEST_PUPIL_YEARS:
        raise InvalidInputError("Deze geboortedatum is te lang geleden voor een leerling.", field="born")
    if pupil.enrolled_from < pupil.born:
        raise InvalidInputError("De inschrijving ligt voor de geboortedatum.", field="enrolled_from")
    for name, value in (("first_name", pupil.first_name), ("last_name", pupil.last_name)):
        if not value.strip():
            raise InvalidInputError("Vul de naam in.", field=name)
        if len(value) > NAME_MAX:
            raise InvalidInputError(sentence("Deze naam is langer dan %(count)d tekens.", count=NAME_MAX), field=name)
    if not pupil.reason.strip():
        raise InvalidInputError("Schrijf kort waarom u dit dossier aanmeldt.", field="reason")
    check_bsn(pupil.bsn)
    return pupil


def with_health(categories: list[str], *, speaks_of_health: bool) -> list[str]:
    """The categories of a document, with e added when its text speaks of health, IQ or social-emotional matters."""
    chosen = {category for category in categories if category.split(".")[0] in CATEGORIES}
    if speaks_of_health:
        chosen.add("e")
    return sorted(chosen)


def needs_necessity(categories: list[str]) -> bool:
    """Health (e) and belief (f) are kept only where it is said why they are needed. Source: PR6.3."""
    return bool({"e", "f"} & {category[0] for category in categories})


def clean_file_name(text: str) -> str:
    """A file name to show: no path, no control or bidirectional characters, at most 150 characters."""
    name = text.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(c for c in name if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
    kept = " ".join(kept.split()).strip(". ")
    if len(kept) > 150:  # noqa: PLR2004 - said above
        stem, dot, extension = kept.rpartition(".")
        kept = (stem[: 150 - len(extension) - 1] + dot + extension) if dot and len(extension) <= 5 else kept[:150]  # noqa: PLR2004
    return kept or "bestand"
