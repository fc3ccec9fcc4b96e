"""Words of an inzage: what codes mean, which fields a dossier holds of each category, rights and addresses. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.context import AMSTERDAM
from gateway.dossiers.rules import CATEGORIES as CATEGORY_WORDS
from gateway.dossiers.rules import DISCLOSED_FOR
from gateway.matters.rules import BESLUIT_KINDS, FUNDING, HOLD_KINDS, MATTER_KINDS, SCHOOL_TYPES
from gateway.rights.overview_values import AddressPart, Coded, RightPart
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime

    from gateway.dossiers.rules import Pupil

__all__ = ["FUNDING", "SCHOOL_TYPES"]

CATEGORIES: Final = {
    **CATEGORY_WORDS,
    "c.birthplace": "nationaliteit en geboorteplaats (geboorteplaats)",
    "a.bank": "contactgegevens (bankrekening)",
}
PURPOSES: Final = {**DISCLOSED_FOR, "inzage": "inzage"}
BESLUITEN: Final = BESLUIT_KINDS
MATTERS: Final = MATTER_KINDS
HOLDS: Final = HOLD_KINDS
CAPACITIES: Final = {
    "guardian": sentence("ouder of wettelijk vertegenwoordiger"),
    "data_subject": sentence("de leerling zelf"),
    "representative": sentence("vertegenwoordiger"),
    "other": sentence("iemand anders"),
}
RECIPIENTS: Final = {
    "school_board": sentence("scholen en besturen"),
    "swv": sentence("het samenwerkingsverband"),
    "partner_swv": sentence("een ander samenwerkingsverband"),
    "expert": sentence("deskundigen"),
    "municipality": sentence("gemeente"),
    "youth_care": sentence("jeugdhulp"),
    "duo": "DUO",
    "court": sentence("rechtbank"),
    "supervisor": sentence("toezichthouder"),
    "researcher": sentence("onderzoekers"),
    "guardian": sentence("ouders"),
    "data_subject": sentence("de leerling"),
    "public": sentence("iedereen"),
}
BASES: Final = {
    "law": sentence("wet"),
    "consent": sentence("toestemming"),
    "public_task": sentence("publieke taak"),
    "legitimate_interest": sentence("gerechtvaardigd belang"),
}
FORMS: Final = {
    "original": sentence("met naam, zoals het is"),
    "anonymised": sentence("geanonimiseerd: zonder namen"),
    "coded": sentence("alleen codes, zonder namen"),
    "redacted": sentence("met zwartgemaakte gegevens van anderen"),
}
RELEASES: Final = {
    "open": sentence("nog niet beslist"),
    "whole": sentence("u krijgt het hele stuk"),
    "redacted": sentence("u krijgt het stuk, zonder gegevens van anderen"),
    "withheld": sentence("u krijgt dit stuk niet"),
    "gone": sentence("dit stuk is ingetrokken of afgekeurd: niemand kan het openen"),
}
REQUESTS: Final = {
    "inzage": sentence("inzage"),
    "correctie": sentence("correctie"),
    "verzet": sentence("verzet"),
    "beperking": sentence("beperking van het gebruik"),
    "wissing": sentence("verwijdering"),
    "overdracht": sentence("gegevens meenemen"),
    "klacht": sentence("klacht"),
}
REQUEST_STATES: Final = {
    "received": sentence("ontvangen"),
    "proof_asked": sentence("bewijs gevraagd"),
    "treated": sentence("in behandeling"),
    "decided": sentence("beslist"),
    "carried_out": sentence("uitgevoerd"),
    "closed": sentence("afgerond"),
    "withdrawn": sentence("ingetrokken"),
}
OUTCOMES: Final = {
    "granted": sentence("toegewezen"),
    "partly": sentence("deels toegewezen"),
    "refused": sentence("afgewezen"),
}
STATES: Final = {
    "ready": sentence("wordt bewaard"),
    "in_check": sentence("wordt nog gecontroleerd"),
    "rejected": sentence("afgekeurd bij de controle"),
    "withdrawn": sentence("ingetrokken"),
    "superseded": sentence("vervangen"),
}
PUBLIC_TASK: Final = sentence("publieke taak (AVG artikel 6, lid 1, onder e)")
HEALTH_TASK: Final = sentence(
    "publieke taak (AVG artikel 6, lid 1, onder e); voor gezondheid ook AVG artikel 9, lid 2, en artikel 18a WPO"
)
WITH_CONSENT: Final = sentence("toestemming (AVG artikel 6, lid 1, onder a): het kwam van iemand anders")
NO_MACHINE_DECIDES: Final = sentence(
    "Nee. Een computer neemt hier geen besluiten. Mensen beslissen, en een computer maakt geen profiel van de leerling "
    "(AVG artikel 22)."
)
RIGHTS: Final = (
    RightPart(
        name=sentence("Laten verbeteren of aanvullen"),
        text=sentence("Klopt iets niet of is het niet volledig? Vraag ons het te verbeteren of aan te vullen."),
        article="AVG 16, PR11.4",
    ),
    RightPart(
        name=sentence("Laten verwijderen"),
        text=sentence("Is iets niet meer nodig of had het hier niet mogen staan? Vraag ons het te verwijderen."),
        article="AVG 17, PR11.4",
    ),
    RightPart(
        name=sentence("Laten afschermen"),
        text=sentence("U kunt vragen dat wij iets een tijd niet gebruiken."),
        article="AVG 18, PR11.4",
    ),
    RightPart(
        name=sentence("Verzet"),
        text=sentence("Vindt u dat wij gegevens niet mogen gebruiken, om redenen die bij u horen? Schrijf ons dat."),
        article="AVG 21, PR11.8",
    ),
    RightPart(
        name=sentence("Toestemming intrekken"),
        text=sentence("Gaf u ergens toestemming voor? U kunt die altijd weer intrekken."),
        article="AVG 7(3), PRage",
    ),
    RightPart(
        name=sentence("Klacht"),
        text=sentence("Bent u niet tevreden over hoe wij met gegevens omgaan? Dien een klacht in."),
        article="Awb 9:1, PR13",
    ),
)


def addresses(controller: str) -> tuple[AddressPart, ...]:
    """Where to go with a question, a complaint or an appeal."""
    return (
        AddressPart(
            name=sentence("Het samenwerkingsverband"),
            text=sentence("Vraag het de privacyfunctionaris van %(name)s.", name=controller),
        ),
        AddressPart(
            name="Autoriteit Persoonsgegevens",
            text="Postbus 93374, 2509 AJ Den Haag, www.autoriteitpersoonsgegevens.nl",
        ),
        AddressPart(
            name=sentence("De rechter"),
            text=sentence(
                "Bent u het niet eens met een besluit? Maak eerst bezwaar. Daarna kunt u naar de bestuursrechter."
            ),
        ),
    )


def fields_of(pupil: Pupil) -> dict[str, tuple[str, ...]]:
    """Which fields of the dossier itself, beside its documents, belong to which category."""
    found: dict[str, tuple[str, ...]] = {
        "a": (sentence("naam"), sentence("geboortedatum"), sentence("adres")),
        "b": (sentence("burgerservicenummer"),),
        "g": (sentence("school, en sinds wanneer"),),
        "i": (sentence("naam van de school"),),
        "j": (sentence("reden van aanmelding"),),
    }
    if pupil.guardians:
        found["d"] = (sentence("naam, gezag en bereikbaarheid van ouders of vertegenwoordigers"),)
    return found


def coded(code: str, table: Mapping[str, str]) -> Coded:
    """A code with its words; a code without words is its own."""
    return Coded(code=code, words=str(table.get(code, code)))


def coded_all(codes: Iterable[str], table: Mapping[str, str]) -> tuple[Coded, ...]:
    """Several of them."""
    return tuple(coded(code, table) for code in codes)


def day_of(moment: datetime) -> date:
    """The day in Amsterdam."""
    return moment.astimezone(AMSTERDAM).date()
