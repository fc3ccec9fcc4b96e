"""How a notice reads, and those about signing in at one's own organisation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """Subject and text of a kind of notice. No personal data: the details wait behind the sign-in."""

    subject: str
    text: str
    on_screen: str


SECOND_OPINION: dict[str, Wording] = {
    "second_opinion": Wording(
        subject="Er is nieuws over een second opinion",
        text="In een second opinion is een stap gezet die u aangaat. Meld u aan om te zien wat u kunt doen.",
        on_screen="In een second opinion is een stap gezet die u aangaat.",
    ),
    "second_opinion_advice": Wording(
        subject="Het advies van een second opinion is er",
        text="Het advies van een second opinion is geleverd. Meld u aan om het te lezen en de ontvangst te bevestigen.",
        on_screen="Het advies van een second opinion is geleverd.",
    ),
    "second_opinion_due": Wording(
        subject="Een termijn van een second opinion loopt af",
        text="Een termijn in een second opinion loopt binnenkort af. Meld u aan om te zien welke, en wie aan zet is.",
        on_screen="Een termijn in een second opinion loopt binnenkort af.",
    ),
    "second_opinion_late": Wording(
        subject="Een termijn van een second opinion is voorbij",
        text="Een termijn in een second opinion is voorbij. Meld u aan om te zien welke, en overleg hoe verder.",
        on_screen="Een termijn in een second opinion is voorbij.",
    ),
    "second_opinion_family": Wording(
        subject="Er is nieuws over een second opinion",
        text="Er is nieuws over een second opinion over u of uw kind. Meld u aan om te zien wat er is gebeurd.",
        on_screen="Er is nieuws over een second opinion die over u of uw kind gaat.",
    ),
    "second_opinion_wish": Wording(
        subject="Ouders vragen om een second opinion",
        text="Ouders, of een school voor hen, vragen om een second opinion. Meld u aan om te zien over welk dossier.",
        on_screen="Ouders vragen om een second opinion.",
    ),
}
SIGN_ON: dict[str, Wording] = {
    "sign_on_waiting": Wording(
        subject="Een voorstel voor aanmelden met de eigen organisatie wacht op u",
        text="Een beheerder stelt voor dat mensen zich aanmelden bij hun eigen organisatie, of wil dat veranderen. "
        "Kijk of het klopt en beslis. Meld u aan.",
        on_screen="Een beheerder wil veranderen hoe mensen zich bij hun organisatie aanmelden. Beslis of dat mag.",
    ),
    "sign_on_approved": Wording(
        subject="Uw voorstel over aanmelden is goedgekeurd",
        text="De privacyfunctionaris keurde uw voorstel over aanmelden met de eigen organisatie goed. Het geldt nu.",
        on_screen="Uw voorstel over aanmelden met de eigen organisatie is goedgekeurd en geldt nu.",
    ),
    "sign_on_rejected": Wording(
        subject="Uw voorstel over aanmelden is afgewezen",
        text="De privacyfunctionaris wees uw voorstel over aanmelden met de eigen organisatie af. Er verandert niets.",
        on_screen="Uw voorstel over aanmelden met de eigen organisatie is afgewezen.",
    ),
    "sign_on_linked": Wording(
        subject="Uw account is gekoppeld aan uw organisatie",
        text="Uw account is gekoppeld aan uw account bij uw organisatie. U kunt zich daar nu mee aanmelden. "
        "Deed u dit niet zelf? Bel meteen uw beheerder.",
        on_screen="Uw account is gekoppeld aan uw organisatie. Deed u dit niet zelf? Bel uw beheerder.",
    ),
    "sign_on_unlinked": Wording(
        subject="De koppeling met uw organisatie is weg",
        text="Uw account is niet meer gekoppeld aan uw account bij uw organisatie. Meld u aan met uw wachtwoord. "
        "Hebt u er geen? Vraag een nieuw wachtwoord aan.",
        on_screen="Uw account is niet meer gekoppeld aan uw organisatie. Meld u aan met uw wachtwoord.",
    ),
}

PEERS: dict[str, Wording] = {
    "peer_refused": Wording(
        subject="Een bericht tussen samenwerkingsverbanden is geweigerd",
        text="Een bericht tussen uw samenwerkingsverband en een partner is geweigerd. Meld u aan om te zien waarom.",
        on_screen="Een bericht tussen u en een partner is geweigerd. Bekijk waarom.",
    ),
    "peer_held_back": Wording(
        subject="Een bericht aan een partner is tegengehouden",
        text="Een bericht aan een partner is tegengehouden: de stukken mogen niet meer weg. Meld u aan voor de uitleg.",
        on_screen="Een bericht aan een partner is tegengehouden: de stukken mogen niet meer weg.",
    ),
    "peer_line_down": Wording(
        subject="De lijn met een partner doet het niet",
        text="Berichten aan een partner komen al een uur niet aan. Ze worden opnieuw geprobeerd. Meld u aan.",
        on_screen="Berichten aan een partner komen al een uur niet aan. Ze worden steeds opnieuw geprobeerd.",
    ),
}

KEEPING: dict[str, Wording] = {
    "besluit": Wording(
        subject="Er is een besluit genomen",
        text="Het samenwerkingsverband nam een besluit. Meld u aan om het te lezen, en wat u ertegen kunt doen.",
        on_screen="Het samenwerkingsverband nam een besluit. Lees het, en wat u ertegen kunt doen.",
    ),
    "besluit_school": Wording(
        subject="Er is een besluit genomen",
        text="Het samenwerkingsverband nam een besluit over een leerling van uw school. Meld u aan om het te lezen.",
        on_screen="Het samenwerkingsverband nam een besluit over een leerling van uw school.",
    ),
    "hold_review": Wording(
        subject="Kijk of uitstel van vernietiging nog nodig is",
        text="Een dossier wordt langer bewaard, en u zou nu kijken of dat nog nodig is. Meld u aan.",
        on_screen="Een dossier wordt langer bewaard. Kijk of dat nog nodig is.",
    ),
}
