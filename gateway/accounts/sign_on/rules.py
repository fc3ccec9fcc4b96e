"""Pure rules of single sign-on: what may be configured, whose member someone is, and how surely they signed in."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateway.accounts.rules import PUBLIC_MAIL
from gateway.calling import CallError, parse_address
from gateway.context import Role
from gateway.errors import InvalidInputError
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

SIGN_ON = "sign_on"
"""The second step was taken at one's own organisation."""
OWN_STEP = frozenset({Role.ADMINISTRATOR, Role.PRIVACY_OFFICER})
"""Whose second step is always our own: nobody elsewhere vouches for who guards the portal."""
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]\Z")
_CLAIM = re.compile(r"[A-Za-z0-9_.:/-]{1,100}\Z")
_VALUE = re.compile(r"[!-~]{1,200}\Z")
_MOST = 20
_TEXT = 1000
AMR = "amr:"
_BRIN_LENGTH = 4

TROUBLE: dict[str, str] = {
    "address": sentence(
        "Het adres van de aanmelddienst mag niet worden gebruikt. Het moet met https:// beginnen en een openbaar "
        "adres zijn."
    ),
    "certificate": sentence("Het certificaat van de aanmelddienst klopt niet. Vraag uw leverancier om hulp."),
    "silent": sentence(
        "De aanmelddienst van uw organisatie antwoordt niet. Probeer het later opnieuw, of meld u aan met uw "
        "wachtwoord."
    ),
    "answer": sentence("De aanmelddienst gaf een antwoord dat niet te lezen is. Staat het adres (issuer) goed?"),
    "issuer": sentence(
        "De aanmelddienst noemt een ander adres (issuer) dan hier is ingevuld. Neem het precies over, met of zonder "
        "schuine streep aan het eind."
    ),
    "incomplete": sentence("In de beschrijving van de aanmelddienst ontbreken adressen die nodig zijn."),
    "keys": sentence("De aanmelddienst heeft geen sleutel die wij kunnen gebruiken."),
    "algorithms": sentence(
        "De aanmelddienst ondertekent niet met een manier die wij toelaten (RS256, PS256 of ES256)."
    ),
    "client": sentence("De aanmelddienst kent de client-id niet, of het geheim klopt niet."),
    "code": sentence("De aanmelddienst nam ons verzoek niet aan. Meld u opnieuw aan."),
    "token": sentence("De aanmelddienst gaf een bewijs dat niet klopt. U bent niet aangemeld. Bel uw beheerder."),
    "stopped": sentence("Het aanmelden bij uw organisatie is afgebroken. U kunt het opnieuw proberen."),
    "again": sentence("Dit aanmelden duurde te lang, of begon in een andere browser. Begin opnieuw."),
    "unknown": sentence(
        "Uw organisatie kent u, maar Dossierpoort weet niet welk account van u is. Hebt u een uitnodiging? Open de "
        "link daarin en kies daar voor aanmelden met uw organisatie. Hebt u al een account? Meld u aan met uw "
        "wachtwoord en koppel het bij Mijn account. Anders vraagt u de beheerder om een uitnodiging."
    ),
    "ended": sentence("Dit account is beëindigd. Bel de beheerder als dat niet klopt."),
    "elsewhere": sentence("Dit account hoort niet bij deze organisatie. Bel de beheerder: aanmelden kan zo niet meer."),
    "not_member": sentence(
        "Uw organisatie zegt niet dat u er werkt, of noemt een andere school. Vraag uw organisatie om dit te "
        "herstellen. Er is niets veranderd."
    ),
    "linked": sentence(
        "Uw account bij uw organisatie is al gekoppeld aan een ander account in Dossierpoort. Er is niets veranderd."
    ),
    "invitation": sentence("Deze uitnodiging werkt niet meer. Vraag een nieuwe aan."),
    "off": sentence("Aanmelden met uw organisatie kan nu niet. Meld u aan met uw wachtwoord."),
}
"""Why it did not work, in a sentence that says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an administrator fills in. An empty secret keeps the one that is there, at the same issuer only."""

    issuer: str
    client: str
    secret: str = field(default="", repr=False)
    domains: tuple[str, ...] = ()
    strong: tuple[str, ...] = ()
    member_claim: str = ""
    member_values: tuple[str, ...] = ()
    affiliation_claim: str = ""
    affiliation_values: tuple[str, ...] = ()
    required: bool = False


def parts(text: str | None) -> tuple[str, ...]:
    """The values of a field in which a space, comma or new line stands between them."""
    return tuple(dict.fromkeys(part for part in re.split(r"[\s,;]+", text or "") if part))


def checked(terms: Terms, *, loopback: bool, brin: str | None) -> Terms:
    """The same terms in one spelling. `brin`: that of the organisation, when it has one.

    Raises:
        InvalidInputError: at the field that cannot be used.
    """
    issuer = terms.issuer.strip()
    try:
        parse_address(issuer, loopback=loopback)
    except CallError as error:
        raise InvalidInputError(
            "Vul het adres van de aanmelddienst in (issuer), zoals https://login.voorbeeld.nl.", field="issuer"
        ) from error
    if not _VALUE.match(terms.client.strip()):
        raise InvalidInputError("Vul de client-id in, zoals de aanmelddienst die gaf.", field="client")
    domains = tuple(dict.fromkeys(domain.lower().removeprefix("@") for domain in terms.domains))
    if not domains or len(domains) > _MOST or not all(_DOMAIN.match(domain) for domain in domains):
        raise InvalidInputError("Vul het deel van uw e-mailadressen achter de @ in, zoals school.nl.", field="domains")
    if shared := next((domain for domain in domains if domain in PUBLIC_MAIL), None):
        words = sentence("%(domain)s is van iedereen. Vul een domein in dat alleen van u is.", domain=shared)
        raise InvalidInputError(words, field="domains")
    _check_values(terms)
    if terms.member_claim and not terms.member_values and not brin:
        raise InvalidInputError("Vul in welke waarde bij uw organisatie hoort.", field="member_values")
    return Terms(
        issuer=issuer,
        client=terms.client.strip(),
        secret=terms.secret.strip(),
        domains=domains,
        strong=terms.strong,
        member_claim=terms.member_claim.strip(),
        member_values=terms.member_values,
        affiliation_claim=terms.affiliation_claim.strip(),
        affiliation_values=terms.affiliation_values,
        required=terms.required,
    )


def _check_values(terms: Terms) -> None:
    for name in ("strong", "member_values", "affiliation_values", "domains"):
        values = getattr(terms, name)
        if len(values) > _MOST or len(" ".join(values)) > _TEXT or not all(_VALUE.match(value) for value in values):
            raise InvalidInputError("Vul gewone tekens in, met een spatie tussen de waarden.", field=name)
    for name in ("member_claim", "affiliation_claim"):
        claim = getattr(terms, name).strip()
        if claim and not _CLAIM.match(claim):
            raise InvalidInputError("Dit is geen naam van een kenmerk (claim).", field=name)
    if {"0", AMR, f"{AMR}pwd"} & set(terms.strong):
        raise InvalidInputError("Een wachtwoord alleen (0 of amr:pwd) telt nooit als tweede stap.", field="strong")
    if bool(terms.affiliation_claim.strip()) != bool(terms.affiliation_values):
        raise InvalidInputError(
            "Vul het kenmerk en de waarden allebei in, of geen van beide.", field="affiliation_claim"
        )
    if terms.member_values and not terms.member_claim.strip():
        raise InvalidInputError("Vul ook de naam van het kenmerk in.", field="member_claim")


def domain_of(typed: str) -> str:
    """The domain of what was typed: an e-mail address or a domain. Empty when it is neither."""
    domain = typed.strip().lower().rpartition("@")[2].rstrip(".")
    return domain if _DOMAIN.match(domain) else ""


def is_member(claims: Mapping[str, Any], *, claim: str, values: tuple[str, ...], brin: str | None) -> bool:
    """Whether the provider says that someone belongs to this organisation; without a claim it is not asked.

    Without values the organisation's own BRIN counts, with or without its branch. It gives no access and no role.
    """
    if not claim:
        return True
    said = _said(claims.get(claim))
    if values:
        return bool(said & set(values))
    if not brin:
        return False
    return any(one.upper() in {brin, brin[:_BRIN_LENGTH]} for one in said)


def has_affiliation(claims: Mapping[str, Any], *, claim: str, values: tuple[str, ...]) -> bool:
    """Whether the provider calls someone, say, an employee; `employee@school.nl` counts as `employee`."""
    return not claim or bool({one.partition("@")[0] for one in _said(claims.get(claim))} & set(values))


def is_strong(claims: Mapping[str, Any], strong: tuple[str, ...], role: Role) -> bool:
    """Whether this sign-in counts as the second step: only by values that the configuration names (`acr`, `amr:…`)."""
    if role in OWN_STEP:
        return False
    acr = claims.get("acr")
    named = {acr} if isinstance(acr, str) else set()
    named |= {AMR + one for one in _said(claims.get("amr"))}
    return bool((named - {"0"}) & set(strong))


def _said(value: Any) -> set[str]:
    if isinstance(value, str):
        return {value}
    return {one for one in value if isinstance(one, str)} if isinstance(value, list) else set()
