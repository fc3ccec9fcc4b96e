"""The sentences of the judge, in Dutch that a parent understands, and a short name for each rule.

Every sentence goes on after "Volgens" and the article of the profile that decides; `%(law)s` names a law of the
profile's own table. Nothing of the facts is repeated in a sentence: a reason may be logged and mailed.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

RULES: Mapping[str, str] = MappingProxyType(
    {
        "PR3": "alleen van leerlingen die bij het samenwerkingsverband zijn aangemeld",
        "PR4.1": "alleen voor een doel dat het reglement noemt",
        "PR4.2": "geanonimiseerde gegevens voor onderzoek, beleid en evaluatie",
        "PR6.1": "alleen uit bekende bronnen, of met toestemming én noodzaak",
        "PR6.3": "niet meer gegevens dan nodig zijn",
        "PR7": "alleen de soorten gegevens die het reglement noemt",
        "PR8.1": "inzien kan alleen door wie daartoe bevoegd is",
        "PR8.2": "inzien kan alleen door wie op de toegangslijst staat",
        "PR9.1": "verstrekken kan alleen als de wet het vraagt of met toestemming",
        "PR9.1a": "verstrekken omdat de wet het vraagt",
        "PR9.1b": "verstrekken met toestemming",
        "PR9.2": "gezondheidsgegevens gaan alleen naar de eigen school",
        "PR9.3": "van elke verstrekking wordt een aantekening gemaakt",
        "PR10.2": "ieder ziet alleen de soorten gegevens die voor het werk nodig zijn",
        "PR10.3": "wie gegevens ziet, heeft geheimhouding beloofd",
        "PR11.1": "recht op inzage",
        "PR11.4": "afgeschermde gegevens worden niet gebruikt",
        "PR11.8": "verzet tegen het gebruik van gegevens",
        "PR12.1": "bewaren tot het einde van de bewaartermijn, en niet langer",
        "PRage": "tot zestien jaar beslist de ouder met gezag, daarna de leerling",
        "CV3.1": "een verzoek om een second opinion onder een geldend convenant",
        "CV4.6": "onder het convenant worden gegevens waar mogelijk geanonimiseerd",
        "CV10": "het convenant geldt als beide partijen hebben getekend en het niet is afgelopen",
        "OB2": "zolang bezwaar of beroep loopt, wordt het dossier niet vernietigd",
        "OB3": "een gepubliceerd advies is geanonimiseerd",
    },
)

CITED: Mapping[str, str] = MappingProxyType(
    {
        "PR6.2": "wie het aangaat, hoort welke gegevens worden vastgelegd en waarvoor",
        "PR10.1": "passende maatregelen tegen verlies en verkeerd gebruik, en geen onnodige gegevens",
        "PR11.3": "een antwoord op een verzoek om inzage komt op tijd en in begrijpelijke vorm",
        "PR11.5": "een afwijzing heeft redenen",
        "PR11.6": "wat bij een correctie is toegewezen, gebeurt zo snel mogelijk",
        "PR11.7": "wie verkeerde gegevens kreeg, hoort de verbetering",
        "PR11.10": "een beslissing op een verzoek is een besluit: de brief zegt hoe u bezwaar kunt maken",
        "PR13": "klachten gaan naar het samenwerkingsverband; de rechter en de toezichthouder blijven open",
        "PR14.2": "het reglement staat op internet",
        "GR1": "scholen delen gegevens met toestemming van ouders, of van de leerling vanaf zestien jaar",
        "CV2.2": "een partij helpt de andere met deskundigen, die het dossier lezen en een kort advies schrijven",
        "CV2.3": "de eerste deskundige is een orthopedagoog die bij de NVO staat ingeschreven",
        "CV2.4": "op verzoek doet een tweede deskundige mee, die de hulpvraag van de leerling goed kent",
        "CV3.2": "een verzoek zegt zo precies mogelijk wat er wordt gevraagd",
        "CV3.3": "wat al is uitgewisseld, wordt niet nog eens gevraagd",
        "CV3.4": "een verzoek om een second opinion loopt via de contactpersonen",
        "CV3.5": "de contactpersoon kijkt een verzoek na voordat het weggaat",
        "CV3.6": "klopt een verzoek nog niet, dan overleggen de contactpersonen tot het klopt",
        "CV4": "hoe de partijen elkaar gegevens geven voor een second opinion",
        "CV4.1": "partijen geven elkaar alles wat voor een goede second opinion nodig is",
        "CV4.2": "de contactpersonen spreken af hoe en wanneer de gegevens komen",
        "CV4.3": "de afzender zegt of de gegevens juist, volledig en actueel zijn",
        "CV4.4": "afspraken over een levering worden vastgelegd",
        "CV4.5": "een levering heeft vaste onderdelen, ook de visie van school en ouders",
        "CV4.8": "wat een partij ontvangt, bewaart zij zorgvuldig en veilig",
        "CV7": "partijen vertellen elkaar snel wat voor het convenant van belang is",
        "CV8": "elke partij heeft een contactpersoon",
        "CV8.4": "contactpersonen horen op tijd van verzoeken en van hoe die aflopen",
        "GR5": "wie het regionale convenant tekende, en voor welke organisaties, bepaalt wie gegevens mag krijgen",
        "GR6": "een casusoverleg begint met een vaste lijst van punten, en een bestuur kan een ander laten "
        "tekenen met een volmacht",
        "OB1": "tegen een besluit kunt u binnen zes weken bezwaar maken, en daarna naar de rechter",
        "SO1": "een second opinion gaat over een OPP, een arrangement, een deskundigenadvies of een verschil "
        "van inzicht",
        "SO2": "wie een second opinion geeft, was niet eerder bij het dossier betrokken; vragen de ouders "
        "erom, dan zijn het er twee",
        "SO3": "een second opinion is er binnen twee weken, en bij meer onderzoek vier weken later",
        "SO4": "een second opinion kost niets; extra onderzoek betaalt de school of het samenwerkingsverband",
        "TL8": "een toelaatbaarheidsverklaring noemt nummer, looptijd, schoolsoort en bekostiging",
    },
)
"""Rules that never decide, and that an event, a page or a letter refers to."""

# Keys: what happened. `+` allows, `-` refuses. The verzet sentences are told apart by its state.
SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "PR3-": "bewaren wij alleen gegevens van leerlingen die bij het samenwerkingsverband zijn aangemeld, en dat "
        "is bij deze leerling niet gebleken.",
        "PR4.1-": "leggen wij gegevens alleen vast voor een doel dat in het reglement staat, en dat is hier niet zo.",
        "PR4.2+": "mogen gegevens die niet naar de leerling te herleiden zijn, gebruikt worden voor onderzoek, "
        "beleid en evaluatie.",
        "PR4.2-identifying": "zijn gegevens pas anoniem als er geen naam, adres of persoonsnummer van de leerling of "
        "de ouders in staat, en dat is hier wel zo.",
        "PR4.2-purpose": "mogen geanonimiseerde gegevens alleen gebruikt worden voor de doelen die het reglement "
        "noemt, en dit doel hoort daar niet bij.",
        "PR6.1+": "mogen wij deze gegevens vastleggen, omdat bekend is van wie ze komen en waarvoor ze nodig zijn.",
        "PR6.1-": "mogen wij gegevens uit deze bron alleen vastleggen met geldige toestemming en als dat nodig is, "
        "en dat is hier niet gebleken.",
        "PR6.3-": "leggen wij gegevens over gezondheid of geloof alleen vast als is opgeschreven waarom dat nodig "
        "is, en dat ontbreekt.",
        "PR7-": "leggen wij alleen de soorten gegevens vast die het reglement noemt, en dat is hier niet zo.",
        "PR8.1+": "mag deze persoon de gegevens inzien, omdat die op de toegangslijst staat en geheimhouding heeft "
        "beloofd.",
        "PR8.1-kind": "mogen alleen medewerkers van het samenwerkingsverband en deskundigen via de toegangslijst "
        "gegevens inzien, en deze persoon hoort daar niet bij.",
        "PR8.1-expert": "mag een deskundige gegevens alleen inzien met een bekend beroep en een geldige registratie "
        "in een beroepsregister, en dat is hier niet gebleken.",
        "PR8.2-": "mag alleen wie op deze dag op de toegangslijst staat de gegevens inzien, en dat is hier niet zo.",
        "PR9.1-": "geven wij gegevens alleen aan anderen als de wet dat vraagt of als er toestemming voor is, en dat "
        "is hier niet zo.",
        "PR9.1-recipient": "geven wij gegevens alleen aan ontvangers die het reglement noemt, en deze ontvanger "
        "staat daar niet bij.",
        "PR9.1a+": "mogen wij deze gegevens geven, omdat de wet dat regelt (%(law)s).",
        "PR9.1a-": "mogen wij gegevens om een wet alleen geven als die wet past bij de gever, de ontvanger, het doel "
        "en de soorten gegevens, en dat is hier niet zo.",
        "PR9.1b+": "mogen wij deze gegevens geven, omdat er geldige toestemming is voor dit doel en deze ontvanger.",
        "PR9.1b-": "mogen wij deze gegevens alleen geven met geldige toestemming voor dit doel en deze ontvanger, en "
        "die is er niet.",
        "PR9.2+": "mogen wij deze gegevens geven aan het bestuur van de school waar de leerling staat ingeschreven "
        "of is aangemeld.",
        "PR9.2-": "geven wij gegevens over de gezondheid niet aan anderen, ook niet met toestemming; alleen de eigen "
        "school mag ze krijgen.",
        "PR9.2-enrolment": "mag het bestuur van de eigen school deze gegevens krijgen, maar het is niet bekend of de "
        "leerling daar staat ingeschreven.",
        "PR9.3-": "maken wij van elke verstrekking een aantekening, en dat kan hier niet omdat het doel, de "
        "ontvanger, de soorten gegevens of de reden volgens de wet niet bekend is.",
        "PR10.2-": "ziet ieder alleen de soorten gegevens die op de toegangslijst bij zijn naam staan, en deze vraag "
        "gaat verder.",
        "PR10.3-": "mag alleen wie geheimhouding heeft beloofd de gegevens inzien, en dat is hier niet gebleken.",
        "PR11.1+": "heeft deze persoon het recht om de gegevens te krijgen en over de rechten van de leerling te "
        "beslissen.",
        "PR11.4-": "gebruiken wij gegevens die zijn afgeschermd niet, en dat is hier zo of het is niet bekend.",
        "PR11.8-upheld": "gebruiken wij deze gegevens niet meer, omdat het verzet daartegen terecht was.",
        "PR11.8-pending": "geven wij deze gegevens nu niet door, omdat er nog over een verzet wordt beslist.",
        "PR11.8-unknown": "gebruiken wij deze gegevens niet, omdat niet bekend is of er verzet tegen is.",
        "PR12.1+": "moeten deze gegevens nu vernietigd worden, omdat de bewaartermijn voorbij is.",
        "PR12.1-open": "mogen deze gegevens nog niet vernietigd worden, omdat er nog een zaak loopt of omdat dat "
        "niet bekend is.",
        "PR12.1-": "mogen deze gegevens nog niet vernietigd worden, omdat niet gebleken is dat de bewaartermijn "
        "voorbij is.",
        "PRage-": "beslist tot zestien jaar een ouder of voogd met gezag over de gegevens en daarna de leerling "
        "zelf, en daarom kan dit niet door of aan deze persoon.",
        "CV3.1+": "mag dit verzoek om een second opinion worden gedaan, omdat het convenant op die dag geldt.",
        "CV4.6+": "mogen deze gegevens voor de second opinion gegeven worden, omdat ze zijn geanonimiseerd.",
        "CV10-": "kan dit niet, omdat het convenant op de dag van het verzoek niet geldt.",
        "OB2-": "mogen deze gegevens niet vernietigd worden zolang bezwaar of beroep loopt, en dat is hier zo of het "
        "is niet bekend.",
        "OB3+": "mag dit advies gepubliceerd worden, omdat het is geanonimiseerd.",
    },
)
