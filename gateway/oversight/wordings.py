"""What each signal says: what it is, why it is shown, what one might do. Plain Dutch, told in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.sentences import counted, sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.oversight.signals import Thresholds
    from gateway.sentences import Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """The words of a kind of signal. `urgent` ones come first."""

    title: str
    advice: str
    urgent: bool = False


SIGNALS: Mapping[str, Kind] = {
    "break_glass": Kind(
        title="Noodtoegang genomen",
        advice="Lees de reden die erbij is geschreven. Vraag na of er echt haast was, en of de ouders het weten. "
        "Was het niet nodig? Overleg dan of dit een datalek is.",
        urgent=True,
    ),
    "outside_scope": Kind(
        title="Gelezen buiten de toegangslijst",
        advice="Dit had de poort moeten weigeren. Vraag de systeembeheerder hoe dit kon, en leg een datalek vast als "
        "iemand iets zag dat niet mocht.",
        urgent=True,
    ),
    "many_dossiers": Kind(
        title="Veel dossiers gelezen door één persoon",
        advice="Vraag waarvoor dat nodig was. Een overleg of een controle kan het verklaren. Is er geen goede reden? "
        "Laat de beheerder de toegang beperken.",
    ),
    "outside_hours": Kind(
        title="Gelezen buiten werktijd",
        advice="Vraag of deze persoon zelf las, en waarom op dat moment. Werkt iemand vaker 's avonds? Pas dan de "
        "grens aan.",
    ),
    "refused_reading": Kind(
        title="Herhaald geweigerd bij het lezen",
        advice="Vraag wat deze persoon zocht. Misschien past de toegangslijst niet bij het werk; misschien probeert "
        "iemand iets dat niet mag.",
    ),
    "refused_then_granted": Kind(
        title="Eerst geweigerd, daarna toch verstrekt",
        advice="Kijk wat er tussen de weigering en de verstrekking veranderde: kwam er toestemming, of werd alleen een "
        "andere grondslag gekozen? Dat laatste vraagt om een gesprek.",
    ),
    "sign_in_failures": Kind(
        title="Vaak een fout wachtwoord",
        advice="Vraag of deze persoon het zelf was. Zo niet, laat dan een nieuw wachtwoord kiezen.",
    ),
    "new_network": Kind(
        title="Aangemeld vanaf een nieuw netwerk",
        advice="Vraag of deze persoon het zelf was, bijvoorbeeld op een andere werkplek. Zo niet, laat de beheerder "
        "het account meteen beëindigen.",
    ),
    "key_expiring": Kind(
        title="Een sleutel verloopt",
        advice="Vraag de beheerder een nieuwe sleutel van deze ontvanger te registreren. Zonder sleutel kan er geen "
        "versleuteld pakket meer naar deze ontvanger.",
    ),
    "unconfirmed": Kind(
        title="Opgehaald, maar ontvangst niet bevestigd",
        advice="Vraag de ontvanger of de stukken bij de juiste persoon zijn, en om de ontvangst te bevestigen.",
    ),
    "notice_unread": Kind(
        title="Berichten blijven ongelezen",
        advice="Vraag of deze persoon nog in dienst is en de berichten ziet. Zo niet, laat de beheerder het account "
        "beëindigen.",
    ),
    "entry_unused": Kind(
        title="Toegang die niet wordt gebruikt",
        advice="Vraag of deze persoon de toegang nog nodig heeft. Zo niet, laat de beheerder de regel op de "
        "toegangslijst beëindigen.",
    ),
}
THRESHOLDS: Mapping[str, tuple[str, str]] = {
    "dossiers_a_day": ("Veel dossiers: vanaf hoeveel op één dag?", "0 zet dit signaal uit."),
    "from_hour": ("De werkdag begint om … uur", "Wie eerder leest, geeft een signaal."),
    "until_hour": ("De werkdag eindigt om … uur", "Wie later leest, geeft een signaal. 24 betekent: nooit te laat."),
    "weekend": ("Is lezen in het weekend of op een feestdag een signaal?", "1 is ja, 0 is nee."),
    "refusals_a_day": ("Geweigerd bij het lezen: vanaf hoe vaak op één dag?", "0 zet dit signaal uit."),
    "granted_days": ("Eerst geweigerd en binnen hoeveel dagen toch verstrekt?", "0 zet dit signaal uit."),
    "failures_an_hour": ("Fout wachtwoord: vanaf hoe vaak in één uur?", "0 zet dit signaal uit."),
    "known_sign_ins": ("Nieuw netwerk: na hoeveel eerdere aanmeldingen?", "0 zet dit signaal uit."),
    "key_days": ("Sleutel: hoeveel dagen voordat hij verloopt?", "0 zet dit signaal uit."),
    "confirm_days": ("Ontvangst: hoeveel dagen na het ophalen?", "0 zet dit signaal uit."),
    "notice_days": ("Ongelezen berichten: na hoeveel dagen?", "0 zet dit signaal uit."),
    "entry_days": ("Ongebruikte toegang: na hoeveel dagen?", "0 zet dit signaal uit."),
}
"""The question behind each threshold, and its help."""


def why(kind: str, *, name: str, number: int, day: str, limits: Thresholds) -> Sentence:  # noqa: PLR0912, C901 - a table: one line a kind
    """Why a signal is shown, with its figures and the threshold of now."""
    who = {"name": name, "day": day}
    made: Sentence
    match kind:
        case "break_glass":
            made = sentence("%(name)s gaf zichzelf noodtoegang op %(day)s. Elke noodtoegang wordt bekeken.", **who)
        case "outside_scope":
            made = sentence(
                "%(name)s las op %(day)s in een dossier, zonder regel op de toegangslijst die dat toelaat.", **who
            )
        case "many_dossiers":
            made = counted(
                "%(name)s las %(num)d dossier op %(day)s. U wilt dit weten vanaf %(limit)d.",
                "%(name)s las %(num)d dossiers op %(day)s. U wilt dit weten vanaf %(limit)d.",
                number,
                **who,
                limit=limits.dossiers_a_day,
            )
        case "outside_hours":
            made = counted(
                "%(name)s las %(num)d keer buiten werktijd op %(day)s. De werkdag is van %(begin)d tot %(end)d uur.",
                "%(name)s las %(num)d keer buiten werktijd op %(day)s. De werkdag is van %(begin)d tot %(end)d uur.",
                number,
                **who,
                begin=limits.from_hour,
                end=limits.until_hour,
            )
        case "refused_reading":
            made = sentence(
                "%(name)s wilde %(count)d keer een stuk lezen op %(day)s en werd geweigerd.", **who, count=number
            )
        case "refused_then_granted":
            made = counted(
                "Een verstrekking aan %(name)s werd eerst %(num)d keer geweigerd, en ging op %(day)s toch door.",
                "Een verstrekking aan %(name)s werd eerst %(num)d keer geweigerd, en ging op %(day)s toch door.",
                number,
                **who,
            )
        case "sign_in_failures":
            made = sentence(
                "Bij het account van %(name)s werd op %(day)s %(count)d keer binnen een uur een fout wachtwoord "
                "gebruikt.",
                **who,
                count=number,
            )
        case "new_network":
            made = sentence(
                "%(name)s meldde zich op %(day)s aan vanaf een netwerk dat in het laatste halfjaar niet voorkwam.",
                **who,
            )
        case "key_expiring" if number < 0:
            made = sentence("De sleutel van %(name)s is verlopen.", **who)
        case "key_expiring":
            made = counted(
                "De sleutel van %(name)s verloopt over %(num)d dag, en er is geen andere.",
                "De sleutel van %(name)s verloopt over %(num)d dagen, en er is geen andere.",
                number,
                **who,
            )
        case "unconfirmed":
            made = counted(
                "%(name)s haalde %(num)d dag geleden stukken op en bevestigde de ontvangst nog niet.",
                "%(name)s haalde %(num)d dagen geleden stukken op en bevestigde de ontvangst nog niet.",
                number,
                **who,
            )
        case "notice_unread":
            made = counted(
                "%(name)s heeft %(num)d bericht dat langer dan %(limit)d dagen ongelezen is.",
                "%(name)s heeft %(num)d berichten die langer dan %(limit)d dagen ongelezen zijn.",
                number,
                **who,
                limit=limits.notice_days,
            )
        case _:
            made = sentence(
                "%(name)s staat op de toegangslijst, maar las al %(count)d dagen of langer niets.", **who, count=number
            )
    return made
