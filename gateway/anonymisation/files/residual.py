"""Points at what may still single out a child when no name is left: a person decides.

A plain list of words by kind. Three kinds in one document are pointed at; a rare diagnosis or an event that others
remember is pointed at by itself. It finds what it has words for. Source: issue 7 (Residual risk).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_KINDS: Final[dict[str, tuple[str, ...]]] = {
    "zeldzame diagnose": (
        *("rett", "angelman", "prader[- ]willi", "fragiele[- ]x", "williams[- ]?beuren", "williams[- ]syndroom"),
        *("22q11", "di ?george", "cri[- ]du[- ]chat", "kabuki[- ]?syndroom", "noonan", "turner[- ]?syndroom"),
        *("klinefelter", "sotos", "cornelia de lange", "kleefstra", "duchenne", "becker[- ]spierdystrofie"),
        *("spierdystrofie", "sma type", "taaislijmziekte", "cystic fibrosis", "cystische fibrose", "batten"),
        *("stofwisselingsziekte", "pku", "fenylketonurie", "tubereuze sclerose", "neurofibromatose", "dravet"),
        *(
            "lennox[- ]gastaut",
            "west[- ]syndroom",
            "landau[- ]kleffner",
            "hersentumor",
            "leukemie",
            "stamceltransplantatie",
        ),
        *("usher", "cochleair implantaat", "doofblind", "schisis", "hydrocephalus", "spina bifida", "achondroplasie"),
        *(
            "albinisme",
            "ichthyosis",
            "epidermolysis",
            "selectief mutisme",
            "gilles de la tourette",
            "childhood disintegrative",
        ),
        *("syndroom van [a-zé]+", "foetaal alcoholsyndroom", "fasd"),
    ),
    "kleine plaats": (
        *("dorp", "dorpje", "gehucht", "buurtschap", "waddeneiland", "eiland", "kleine kern", "buitengebied"),
        *("woonboot", "woonwagenkamp", "woonwagenlocatie", "asielzoekerscentrum", "azc", "kazerne", "klooster"),
    ),
    "leeftijd": (r"\d{1,2}[- ]jarige?", r"\d{1,2} jaar oud", r"\d{1,2};\d{1,2} jaar"),
    "bijzondere gebeurtenis": (
        *("krant", "televisie", "journaal", "in het nieuws", "landelijk nieuws", "rechtszaak", "veroordeeld"),
        *(
            "gevangenis",
            "detentie",
            "moord",
            "doodslag",
            "schietpartij",
            "steekpartij",
            "ontvoer[a-z]*",
            "brandstichting",
        ),
        *(
            "woningbrand",
            "dodelijk ongeluk",
            "dodelijk ongeval",
            "verdronk[a-z]*",
            "zelfdoding",
            "suïcide",
            "vliegramp",
        ),
        *("overlijden van (?:zijn|haar|hun)? ?(?:moeder|vader|broer|zus[a-z]*)", "vermist", "wereldkampioen"),
        *("nederlands kampioen", "olympi[a-z]+", "jeugdselectie"),
    ),
    "bijzonder gezin": (
        *("drieling", "vierling", "tweelingbroer", "tweelingzus", "eeneiige tweeling", "geadopteerd", "adoptie uit"),
        *(
            "pleeggezin",
            "burgemeester",
            "dominee",
            "predikant",
            "profvoetballer",
            "ambassadeur",
            "huisarts van het dorp",
        ),
        *("gevlucht uit", "statushouder", "jehova", "tien kinderen", "elf kinderen", "twaalf kinderen"),
    ),
}
_ALONE: Final = frozenset({"zeldzame diagnose", "bijzondere gebeurtenis"})
_TOGETHER: Final = 3
_PATTERNS: Final = {
    kind: re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", re.IGNORECASE) for kind, words in _KINDS.items()
}


@dataclass(frozen=True, slots=True)
class Hint:
    """A kind of fact that may single out, and the places where it stands; never the words themselves."""

    kind: str
    places: tuple[str, ...]


def hints(texts: Sequence[tuple[str, str]]) -> tuple[Hint, ...]:
    """What to look at in these masked texts, given as (name of the place, text); empty when little comes together."""
    found = {
        kind: tuple(dict.fromkeys(name for name, text in texts if pattern.search(text)))
        for kind, pattern in _PATTERNS.items()
    }
    kinds = {kind for kind, places in found.items() if places}
    told = kinds if len(kinds) >= _TOGETHER else kinds & _ALONE
    return tuple(Hint(kind, found[kind]) for kind in _KINDS if kind in told)
