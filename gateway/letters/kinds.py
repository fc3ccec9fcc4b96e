"""Which letters there are, which fields each has, and what the law adds to it. Pure.

Templates name a field by its Dutch name; who makes a letter gives the value by the field's key.
Source: PR11.2, PR11.3, PR11.5, PR11.7, PR11.8, PR11.10, PR13, OB1.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from gateway.letter_words import TITLES
from gateway.letters.language import Field

if TYPE_CHECKING:
    from collections.abc import Mapping

OBJECTION, APPEAL, COMPLAINT = "objection", "appeal", "complaint"
"""What stands below a letter that decides: objection, appeal to the court, or where a complaint goes on."""

LANGUAGES: Final = ("nl", "en")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of letter. `remedy`: which clause we put below it; empty for one that decides nothing."""

    code: str
    fields: tuple[Field, ...]
    remedy: str = ""

    @property
    def title(self) -> str:
        """How it is called, for a heading."""
        return TITLES[self.code].capitalize()


@dataclass(frozen=True, slots=True, kw_only=True)
class Both:
    """A value that a letter says in other words in each language, where a code will not do."""

    nl: str
    en: str


_COMMON = (
    Field(name="leerling", key="pupil", meaning="naam van de leerling", example="Sam de Voorbeeld"),
    Field(name="samenwerkingsverband", key="swv", meaning="uw naam", example="Samenwerkingsverband Voorbeeld"),
    Field(name="aan", key="to", meaning="naam van wie de brief krijgt", example="mevrouw A. de Voorbeeld"),
)
_REQUEST = Field(name="verzoek", key="request", meaning="wat er is gevraagd", example="inzage in het dossier")
_RECEIVED = Field(
    name="ontvangen_op", key="received_on", meaning="dag waarop het binnenkwam", example="2 november 2026"
)
_UNTIL = Field(name="uiterlijk_op", key="until", meaning="laatste dag", example="30 november 2026", must=True)
_OUTCOME = Field(name="beslissing", key="outcome", meaning="wat er is beslist", example="voor een deel toegewezen")
_REASONS = Field(
    name="redenen", key="reasons", meaning="waarom", example="De gegevens zijn nog nodig (verzonnen).", must=True
)
_ARTICLE = Field(name="artikel", key="article", meaning="op welk artikel het rust", example="artikel 15 AVG", must=True)
_NEXT = Field(
    name="vervolg",
    key="what_next",
    meaning="wat er nu gebeurt; soms leeg",
    example="U vindt het antwoord in het portaal.",
    optional=True,
)
_BESLUIT = Field(
    name="besluit", key="besluit", meaning="om welk besluit het gaat", example="toelaatbaarheidsverklaring (TLV)"
)
_DECIDED = Field(name="genomen_op", key="decided_on", meaning="dag van het eerste besluit", example="5 oktober 2026")

KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        kind.code: kind
        for kind in (
            Kind(
                code="receipt",
                fields=(
                    *_COMMON,
                    _REQUEST,
                    _RECEIVED,
                    _UNTIL,
                    Field(
                        name="uitleg_termijn",
                        key="until_why",
                        meaning="waarom die dag; soms leeg",
                        example="4 weken na 2 november 2026 is maandag 30 november 2026",
                        optional=True,
                    ),
                ),
            ),
            Kind(
                code="proof_asked",
                fields=(
                    *_COMMON,
                    _REQUEST,
                    _RECEIVED,
                    Field(
                        name="bewijs",
                        key="proof",
                        meaning="wat u vraagt",
                        example="Kom langs op school en laat uw identiteitsbewijs zien.",
                        must=True,
                    ),
                ),
            ),
            Kind(
                code="extension",
                fields=(*_COMMON, _REQUEST, _RECEIVED, _UNTIL, _REASONS),
            ),
            Kind(
                code="decision",
                fields=(*_COMMON, _REQUEST, _RECEIVED, _OUTCOME, _REASONS, _ARTICLE, _NEXT),
                remedy=OBJECTION,
            ),
            Kind(
                code="refusal",
                fields=(*_COMMON, _REQUEST, _RECEIVED, _REASONS, _ARTICLE),
                remedy=OBJECTION,
            ),
            Kind(
                code="notice_third",
                fields=(
                    *_COMMON,
                    Field(
                        name="wijziging",
                        key="change",
                        meaning="wat er veranderde",
                        example="Het verslag van 3 maart is verbeterd.",
                        must=True,
                    ),
                    Field(
                        name="gevraagd",
                        key="asked",
                        meaning="wat de ontvanger moet doen",
                        example="Vervang het verslag dat u van ons kreeg.",
                        must=True,
                    ),
                    _UNTIL,
                ),
            ),
            Kind(
                code="reminder",
                fields=(
                    *_COMMON,
                    Field(
                        name="waarover",
                        key="what",
                        meaning="waar u op wacht",
                        example="uw antwoord op ons bericht over een verbetering",
                        must=True,
                    ),
                    Field(
                        name="gevraagd_op", key="asked_on", meaning="dag waarop u het vroeg", example="2 november 2026"
                    ),
                    _UNTIL,
                ),
            ),
            Kind(
                code="complaint_answer",
                fields=(*_COMMON, _RECEIVED, _OUTCOME, _REASONS, _NEXT),
                remedy=COMPLAINT,
            ),
            Kind(
                code="consent_withdrawn",
                fields=(
                    *_COMMON,
                    Field(
                        name="toestemming",
                        key="what",
                        meaning="waarvoor de toestemming was",
                        example="het delen van een verslag",
                        must=True,
                    ),
                    Field(
                        name="ingetrokken_op",
                        key="withdrawn_on",
                        meaning="dag van intrekken",
                        example="2 november 2026",
                    ),
                    _NEXT,
                ),
            ),
            Kind(
                code="objection_received",
                fields=(
                    *_COMMON,
                    _BESLUIT,
                    _DECIDED,
                    _RECEIVED,
                    _UNTIL,
                    Field(
                        name="te_laat",
                        key="late",
                        meaning="wat geldt als het te laat kwam; soms leeg",
                        example="Uw bezwaar kwam na de laatste dag. Wij nemen het toch in behandeling.",
                        optional=True,
                    ),
                ),
            ),
            Kind(
                code="objection_decided",
                fields=(
                    *_COMMON,
                    _BESLUIT,
                    _DECIDED,
                    _RECEIVED,
                    Field(
                        name="advies",
                        key="advice",
                        meaning="wat de commissie adviseerde; soms leeg",
                        example="verander het besluit voor een deel",
                        optional=True,
                    ),
                    _OUTCOME,
                    _REASONS,
                    _ARTICLE,
                    _NEXT,
                ),
                remedy=APPEAL,
            ),
        )
    }
)

WORDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "inzage": ("inzage in de gegevens", "access to the data"),
        "correctie": ("correctie van gegevens", "correction of data"),
        "verzet": ("verzet tegen het gebruik van gegevens", "objection to the use of data"),
        "beperking": ("beperking van het gebruik van gegevens", "restriction of the use of data"),
        "wissing": ("het wissen van gegevens", "erasure of data"),
        "overdracht": ("het meekrijgen van gegevens", "receiving the data to take along"),
        "klacht": ("uw klacht", "your complaint"),
        "bezwaar": ("uw bezwaar", "your objection"),
        "granted": ("toegewezen", "granted"),
        "partly": ("voor een deel toegewezen", "granted in part"),
        "refused": ("afgewezen", "refused"),
        "upheld": ("het besluit blijft zoals het was", "the decision stays as it was"),
        "revised": ("het besluit verandert", "the decision is changed"),
        "revised_partly": ("het besluit verandert voor een deel", "the decision is changed in part"),
        "inadmissible": ("het bezwaar kan niet worden behandeld", "the objection cannot be considered"),
        "complaint_granted": ("gegrond", "well-founded"),
        "complaint_partly": ("deels gegrond", "well-founded in part"),
        "complaint_refused": ("ongegrond", "unfounded"),
        "besluit_tlv": ("toelaatbaarheidsverklaring (TLV)", "declaration of admissibility (TLV)"),
        "besluit_tlv_refused": (
            "afwijzing van een toelaatbaarheidsverklaring",
            "refusal of a declaration of admissibility",
        ),
        "besluit_advice": ("advies over de ondersteuningsbehoefte", "advice on the support needed"),
        "besluit_allocation": ("toewijzing van ondersteuning", "allocation of support"),
        "besluit_allocation_refused": ("afwijzing van ondersteuning", "refusal of support"),
        "besluit_opinion": ("advies second opinion", "second opinion advice"),
        "advise_upheld": ("houd het besluit zoals het was", "keep the decision as it was"),
        "advise_revised": ("verander het besluit", "change the decision"),
        "advise_revised_partly": ("verander het besluit voor een deel", "change the decision in part"),
        "advise_inadmissible": ("behandel het bezwaar niet", "do not consider the objection"),
    }
)
"""Codes of requests and outcomes as letters say them, in Dutch and English; any other value is taken as it is."""
