"""How a notice reads; those about signing in at one's own organisation, and those about a convenant."""

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
CONVENANT: dict[str, Wording] = {
    "convenant_offered": Wording(
        subject="Een convenant wacht op uw handtekening",
        text="Een tekst van een convenant is aangeboden om te ondertekenen. Meld u aan, lees de tekst en beslis.",
        on_screen="Een tekst van een convenant wacht op een handtekening van uw organisatie.",
    ),
    "convenant_signed": Wording(
        subject="Een partij ondertekende een convenant",
        text="Een partij ondertekende een tekst van een convenant. Nog niet iedereen heeft getekend. "
        "Meld u aan om te zien wie nog moet.",
        on_screen="Een partij ondertekende een convenant.",
    ),
    "convenant_in_force": Wording(
        subject="Een convenant geldt nu",
        text="Alle partijen die nodig zijn, hebben een tekst van een convenant ondertekend. Die geldt nu.",
        on_screen="Alle partijen die nodig zijn, hebben getekend. De tekst van het convenant geldt.",
    ),
    "convenant_waiting": Wording(
        subject="Een handtekening op papier wacht op een tweede persoon",
        text="Een handtekening op papier onder een convenant is vastgelegd. Een tweede persoon van het "
        "samenwerkingsverband moet kijken of zij klopt. Meld u aan.",
        on_screen="Een handtekening op papier onder een convenant wacht op een tweede persoon.",
    ),
    "convenant_changed": Wording(
        subject="Er veranderde iets aan een convenant",
        text="Er veranderde iets aan een convenant van uw organisatie. Meld u aan om te zien wat.",
        on_screen="Er veranderde iets aan een convenant van uw organisatie.",
    ),
    "convenant_agreement": Wording(
        subject="Een voorstel voor afspraken wacht op u",
        text="De andere partij van een convenant stelt afspraken voor over het leveren van gegevens. "
        "Meld u aan om te beslissen.",
        on_screen="De andere partij stelt afspraken voor over het leveren van gegevens.",
    ),
    "convenant_news": Wording(
        subject="Een ontwikkeling die een convenant raakt",
        text="Een partij meldt een ontwikkeling die een convenant van uw organisatie raakt. Meld u aan om te lezen "
        "welke.",
        on_screen="Een partij meldt een ontwikkeling die een convenant van uw organisatie raakt.",
    ),
    "convenant_ending": Wording(
        subject="Over het einde van een convenant",
        text="Een partij wil een convenant van uw organisatie beëindigen, zegde het op, of antwoordde daarop. "
        "Meld u aan om te zien wat, en tot wanneer het geldt.",
        on_screen="Er is nieuws over het einde van een convenant van uw organisatie.",
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
    "letter": Wording(
        subject="Er is een brief voor u",
        text="Het samenwerkingsverband schreef u een brief. Meld u aan om de brief te lezen.",
        on_screen="Het samenwerkingsverband schreef u een brief. Lees de brief.",
    ),
    "besluit": Wording(
        subject="Er is een besluit genomen",
        text="Het samenwerkingsverband nam een besluit. Meld u aan om het te lezen, en wat u ertegen kunt doen.",
        on_screen="Het samenwerkingsverband nam een besluit. Lees het, en wat u ertegen kunt doen.",
    ),
    "objection": Wording(
        subject="Er is bezwaar gemaakt tegen een besluit",
        text="Een ouder of leerling maakte bezwaar tegen een besluit. Meld u aan om het te lezen.",
        on_screen="Een ouder of leerling maakte bezwaar tegen een besluit. Bekijk het bij Zaken en bewaren.",
    ),
    "objection_school": Wording(
        subject="Er is bezwaar of beroep tegen een besluit",
        text="Er loopt bezwaar of beroep tegen een besluit over een leerling van uw school. Meld u aan.",
        on_screen="Er loopt bezwaar of beroep tegen een besluit over een leerling van uw school.",
    ),
    "objection_over": Wording(
        subject="Er is beslist op bezwaar of beroep",
        text="Er is beslist op bezwaar of beroep tegen een besluit over een leerling van uw school. Meld u aan.",
        on_screen="Er is beslist op bezwaar of beroep tegen een besluit over een leerling van uw school.",
    ),
    "besluit_school": Wording(
        subject="Er is een besluit genomen",
        text="Het samenwerkingsverband nam een besluit over een leerling van uw school. Meld u aan om het te lezen.",
        on_screen="Het samenwerkingsverband nam een besluit over een leerling van uw school.",
    ),
    "destroy_announced": Wording(
        subject="Een dossier wordt over een maand vernietigd",
        text="De bewaartermijn van een dossier loopt af. Over een maand wordt het vernietigd. Is er een reden om het "
        "te bewaren? Leg die dan eerst vast. Meld u aan om het dossier te zien.",
        on_screen="Een dossier wordt over een maand vernietigd. Kijk of dat kan.",
    ),
    "destroy_family": Wording(
        subject="Het dossier wordt over een maand vernietigd",
        text="De bewaartermijn loopt af. Over een maand wordt het dossier vernietigd. Wilt u eerst een kopie? Vraag "
        "die dan nu. Meld u aan om te lezen wat er wordt bewaard.",
        on_screen="Het dossier wordt over een maand vernietigd. Wilt u eerst een kopie? Vraag die nu.",
    ),
    "destroy_part_announced": Wording(
        subject="Een deel van een dossier wordt over een maand vernietigd",
        text="Van een deel van een dossier loopt de bewaartermijn af. Over een maand gaat dat weg; de rest blijft. "
        "Is er een reden om het te bewaren? Leg die dan eerst vast. Meld u aan om het dossier te zien.",
        on_screen="Een deel van een dossier wordt over een maand vernietigd. Kijk of dat kan.",
    ),
    "destroy_part_family": Wording(
        subject="Een deel van het dossier wordt over een maand vernietigd",
        text="Van een deel van het dossier loopt de bewaartermijn af. Over een maand gaat dat weg; de rest blijft. "
        "Wilt u eerst een kopie? Vraag die dan nu. Meld u aan om te lezen om welke gegevens het gaat.",
        on_screen="Een deel van het dossier wordt over een maand vernietigd. Wilt u eerst een kopie? Vraag die nu.",
    ),
    "destroy_taken_back": Wording(
        subject="Een dossier wordt toch niet vernietigd",
        text="De vernietiging van een dossier was aangekondigd. Het wordt nu toch langer bewaard. Meld u aan om te "
        "lezen waarom.",
        on_screen="Een dossier dat vernietigd zou worden, wordt toch langer bewaard.",
    ),
    "destroy_asked": Wording(
        subject="Vernietig wat u van ons ontving",
        text="Een dossier is bij ons vernietigd. U ontving er eerder stukken uit. Vernietig die ook, of geef ze terug, "
        "en laat ons dat weten. Meld u aan om te antwoorden.",
        on_screen="Een dossier is vernietigd. Vernietig wat u eruit ontving, en laat dat weten.",
    ),
    "destroy_reminder": Wording(
        subject="Wij wachten nog op uw antwoord over vernietiging",
        text="Wij vroegen u stukken te vernietigen die u van ons ontving. U antwoordde nog niet. Meld u aan om dat te "
        "doen.",
        on_screen="U antwoordde nog niet of u vernietigde wat u ontving.",
    ),
    "destroy_line": Wording(
        subject="Een partner vraagt te vernietigen wat u van hem kreeg",
        text="Een partner vernietigde een dossier. Wat uw portaal daarvan over de lijn kreeg, gaat over een week "
        "vanzelf weg. Moet het blijven, bijvoorbeeld om een klacht? Meld u aan en leg dat vast.",
        on_screen="Een partner vernietigde een dossier. Wat u daarvan kreeg, gaat vanzelf weg. Moet het blijven?",
    ),
    "destroy_silent": Wording(
        subject="Een partner antwoordt niet over vernietiging",
        text="Wij vroegen het portaal van een partner te vernietigen wat het van ons kreeg. De termijn is voorbij en "
        "er is geen verklaring. Bel de partner. Meld u aan om te zien om welk dossier het gaat.",
        on_screen="Een partner gaf nog geen verklaring van vernietiging. De termijn is voorbij.",
    ),
    "hold_review": Wording(
        subject="Kijk of uitstel van vernietiging nog nodig is",
        text="Een dossier wordt langer bewaard, en u zou nu kijken of dat nog nodig is. Meld u aan.",
        on_screen="Een dossier wordt langer bewaard. Kijk of dat nog nodig is.",
    ),
}

RIGHTS: dict[str, Wording] = {
    "right_asked": Wording(
        subject="Er is een verzoek van een ouder of leerling",
        text="Een ouder of leerling deed een verzoek of een klacht over gegevens. De termijn loopt. Meld u aan.",
        on_screen="Een ouder of leerling deed een verzoek of een klacht. De termijn loopt.",
    ),
    "right_proof": Wording(
        subject="Er is antwoord op een vraag om bewijs",
        text="Iemand antwoordde op uw vraag om bewijs bij een verzoek. Meld u aan om te kijken of het genoeg is.",
        on_screen="Iemand antwoordde op uw vraag om bewijs bij een verzoek. Kijk of het genoeg is.",
    ),
    "right_withdrawn": Wording(
        subject="Een verzoek is ingetrokken",
        text="Een ouder of leerling trok een verzoek of een klacht in. U hoeft daar niets meer voor te doen.",
        on_screen="Een ouder of leerling trok een verzoek of een klacht in.",
    ),
    "right_due": Wording(
        subject="De termijn van een verzoek loopt af",
        text="De termijn van een verzoek van een ouder of leerling loopt binnenkort af. Meld u aan om te beslissen.",
        on_screen="De termijn van een verzoek van een ouder of leerling loopt binnenkort af.",
    ),
    "right_late": Wording(
        subject="De termijn van een verzoek is voorbij",
        text="De termijn van een verzoek van een ouder of leerling is voorbij. Meld u aan en beslis zo snel mogelijk.",
        on_screen="De termijn van een verzoek van een ouder of leerling is voorbij. Beslis zo snel mogelijk.",
    ),
    "right_news": Wording(
        subject="Er is nieuws over uw verzoek",
        text="Er is nieuws over een verzoek of een klacht van u. Meld u aan om te zien wat er is gebeurd.",
        on_screen="Er is nieuws over een verzoek of een klacht van u.",
    ),
}
