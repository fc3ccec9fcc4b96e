"""What a line of the log says to people: a sentence about what was done, and the reason given for it.

Pure: an action, its outcome and its opened payload in, sentences out. Who may read which name is decided here too.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from gateway.context import Context, Role
from gateway.dossiers import happened_inzage, happened_keeping, happened_letters, happened_restricting
from gateway.recording import Action
from gateway.rights_words import FAMILY_STEPS as FAMILY_RIGHT_STEPS
from gateway.rights_words import STEPS as RIGHT_STEPS
from gateway.second_opinion_words import FAMILY_STEPS, STEPS
from gateway.sentences import sentence
from retention.terms import dutch_date

if TYPE_CHECKING:
    from collections.abc import Mapping

CONSENT_ASKED = sentence("Toestemming gevraagd")
CHOICE_MADE = sentence("Keuze gemaakt bij het nakijken van een weergave")
DOUBLE_LOOKED_AT = sentence("Mogelijk dubbel dossier bekeken")


def next_act(*, state: str, school: bool, double: bool, documents: int, checking: int, last_step: str) -> str:
    """What waits for this reader in a dossier, as its header says it: the first thing to do, or whom it waits for.

    `last_step` is the newest of `request`, `disclose`, `decide` (of a verstrekking) or empty.
    Source: screens.md, "what waits for me, what do I do now?".
    """
    if state == "draft":
        return sentence("Stukken afmaken en indienen") if documents else sentence("Stukken toevoegen")
    if school:
        return sentence("Wacht op het samenwerkingsverband")
    if double:
        return sentence("Kijken of dit dossier dubbel is")
    if last_step == "request":
        return sentence("Een tweede persoon beslist over een verstrekking")
    if checking:
        return sentence("Wachten tot de nieuwe stukken zijn gecontroleerd")
    if last_step == "disclose":
        return sentence("Wachten op de ontvanger, of een besluit voorbereiden")
    return sentence("Stukken lezen en beoordelen of ze volledig zijn")


def told_what(  # noqa: C901, PLR0912, PLR0915 - a table: one line a kind of act
    action: Action, payload: Mapping[str, Any], *, name: str | None, about: str, refused: bool
) -> str:
    """What happened, for staff, in words such as "Stuk beschreven: verslag.pdf".

    `name` is what the reader may call the document of the event: its file name, or words in its place; `about` is the
    kind of thing that the event was about. An act without words of its own gives an empty text.
    Source: PR10.2 (a document that the reader may not see is not named).
    """
    filled = {"name": name or sentence("een stuk")}
    recipient = {"name": str(payload.get("recipient_name") or "")}
    made: str
    if about == "second_opinion":
        return sentence(STEPS.get(str(payload.get("step")), "Second opinion bekeken"))
    if about == "second_opinion_wish":
        return sentence("Ouders vroegen om een second opinion")
    if about == "right_request":
        return sentence(RIGHT_STEPS.get(str(payload.get("step")), "Verzoek bekeken"))
    match action:
        case _ if about in happened_keeping.ABOUT:
            made = happened_keeping.for_staff(action, payload, about)
        case _ if about in happened_restricting.ABOUT:
            made = happened_restricting.for_staff(action, payload, about, name=filled["name"])
        case _ if about in happened_inzage.ABOUT:
            made = happened_inzage.for_staff(action, payload, about)
        case _ if about in happened_letters.ABOUT:
            made = happened_letters.for_staff(action, payload, about)
        case Action.RECORD if refused:
            made = sentence("Bestand geweigerd bij het versturen")
        case Action.RECORD if about == "casusoverleg":
            made = sentence("Casusoverleg bijgewerkt")
        case Action.RECORD if payload.get("opened"):
            made = sentence("Dossier gestart")
        case Action.RECORD if payload.get("version", 1) > 1:
            made = sentence("Nieuwe versie toegevoegd: %(name)s", **filled)
        case Action.RECORD if "version" in payload:
            made = sentence("Stuk toegevoegd: %(name)s", **filled)
        case Action.RECORD if "kind" in payload:
            made = sentence("Stuk beschreven: %(name)s", **filled)
        case Action.CHECK if refused:
            made = sentence("Stuk afgekeurd: %(name)s", **filled)
        case Action.CHECK if payload.get("code") == "message_opened":
            made = sentence("OpenPGP-bericht geopend: %(name)s", **filled)
        case Action.CHECK:
            made = sentence("Stuk gecontroleerd: %(name)s", **filled)
        case Action.CONSULT if about == "dossier":
            made = sentence("Dossier bekeken")
        case Action.CONSULT if about == "verstrekking":
            made = sentence("Verstrekking bekeken")
        case Action.CONSULT if about == "overview":
            made = sentence("Ouder of leerling bekeek wat er bekend is")
        case Action.CONSULT if about == "documents":
            made = sentence("Lijst van stukken bekeken")
        case Action.CONSULT if about == "consents":
            made = sentence("Toestemmingen bekeken")
        case Action.CONSULT if about == "verstrekkingen":
            made = sentence("Lijst van verstrekkingen bekeken")
        case Action.CONSULT if about == "relatives":
            made = sentence("Toegang van ouders of leerling bekeken")
        case Action.CONSULT if about == "rights":
            made = sentence("Lijst van verzoeken bekeken")
        case Action.CONSULT if about == "matters":
            made = sentence("Zaken en bewaren bekeken")
        case Action.CONSULT:
            made = sentence("Geopend om te lezen: %(name)s", **filled)
        case Action.DOWNLOAD | Action.PRINT if refused:
            made = sentence("Versturen mislukt: de stukken zijn niet aangekomen")
        case Action.DOWNLOAD if about == "verstrekking":
            made = sentence("Gedownload als versleuteld pakket")
        case Action.DOWNLOAD if about == "anonymised_rendition":
            made = sentence("Geanonimiseerde weergave gedownload om na te kijken: %(name)s", **filled)
        case Action.ANONYMISE if payload.get("step") == "decided":
            made = CHOICE_MADE
        case Action.ANONYMISE if payload.get("step") in _ANONYMISED:
            made = sentence(_ANONYMISED[str(payload["step"])].template, **filled)
        case Action.PRINT if about == "informing":
            made = sentence("Brief over vastgelegde gegevens gemaakt")
        case Action.PRINT if about == "verstrekking":
            made = sentence("Afgedrukt met voorblad")
        case Action.PRINT:
            made = sentence("Afgedrukt: %(name)s", **filled)
        case Action.REQUEST if about == "verstrekking":
            made = sentence("Goedkeuring gevraagd om te verstrekken aan %(name)s", **recipient)
        case Action.DECIDE if about == "verstrekking":
            made = sentence("Verstrekken aan %(name)s afgewezen door een tweede persoon", **recipient)
        case Action.DOWNLOAD:
            made = sentence("Gedownload: %(name)s", **filled)
        case Action.DISCLOSE:
            made = sentence("Verstrekt aan %(name)s", **recipient)
        case Action.REFUSE if recipient["name"]:
            made = sentence("Verstrekken aan %(name)s geweigerd", **recipient)
        case Action.REFUSE if payload.get("stopped"):
            made = sentence("Ophalen afgebroken: de toegang werd ingetrokken")
        case Action.REQUEST if about == "consent_request":
            made = CONSENT_ASKED
        case Action.CONSENT if payload.get("refused"):
            made = sentence("Toestemming geweigerd")
        case Action.CONSENT:
            made = (
                sentence("Toestemming ingetrokken") if payload.get("withdrawn") else sentence("Toestemming vastgelegd")
            )
        case Action.PERMISSION if about == "court_order":
            made = sentence("Uitspraak van de rechter over gezag vastgelegd")
        case Action.PERMISSION if payload.get("let_in"):
            made = sentence("Ouder of leerling toegang gegeven")
        case Action.PERMISSION:
            made = sentence("Toegang van ouder of leerling beëindigd")
        case Action.NOTIFY if payload.get("settled") == "already":
            made = sentence("Vastgelegd hoe ouder of leerling al was ingelicht (PR6.2)")
        case Action.NOTIFY if payload.get("settled"):
            made = sentence("Brief over vastgelegde gegevens verstuurd (PR6.2)")
        case Action.NOTIFY if about == "informing":
            made = sentence("Ouders of leerling ingelicht over wat is vastgelegd")
        case Action.NOTIFY if about == "sixteenth_birthday":
            made = sentence("De leerling is 16 en beslist zelf. Wie dat moet weten, kreeg bericht")
        case Action.WITHDRAW if about == "verstrekking":
            made = sentence("Verstrekking gesloten")
        case Action.WITHDRAW if about == "consent":
            made = sentence("Toestemming ingetrokken")
        case Action.WITHDRAW if about == "document":
            made = sentence("Stuk ingetrokken: %(name)s", **filled)
        case Action.DESTROY if about == "document":
            made = sentence("Stuk verwijderd")
        case Action.CONFIRM_RECEIPT:
            made = sentence("De ontvanger bevestigde de ontvangst")
        case Action.BREAK_GLASS:
            made = sentence("Noodtoegang geopend")
        case Action.SUBMIT:
            made = sentence("Dossier ingediend bij het samenwerkingsverband")
        case Action.CORRECT if about == "enrolment" and (payload.get("undone") or payload.get("ahead")):
            made = _move_ahead(payload)
        case Action.CORRECT if about == "enrolment" and payload.get("ended"):
            made = sentence("Niet meer ingeschreven op een school van dit samenwerkingsverband")
        case Action.CORRECT if about == "enrolment":
            made = sentence("Ingeschreven op %(name)s", name=str(payload.get("school_name") or ""))
        case Action.CORRECT if payload.get("double"):
            made = DOUBLE_LOOKED_AT
        case Action.CORRECT:
            made = sentence("Gegevens van de leerling gewijzigd")
        case _:
            made = ""
    return made


_ANONYMISED = {
    "asked": sentence("Anonimiseren gevraagd: %(name)s", name="%(name)s"),
    "made": sentence("Geanonimiseerde weergave gemaakt: %(name)s", name="%(name)s"),
    "failed": sentence("Anonimiseren mislukt of niet schoon: %(name)s", name="%(name)s"),
    "reviewed": sentence("Geanonimiseerde weergave nagekeken: %(name)s", name="%(name)s"),
    "second": sentence("Geanonimiseerde weergave nagekeken door een tweede persoon: %(name)s", name="%(name)s"),
    "returned": sentence("Nakijken van de weergave heropend: %(name)s", name="%(name)s"),
}
"""The steps of an anonymised rendition (`gateway.anonymisation`)."""


def told_to_family(  # noqa: C901, PLR0912, PLR0915 - a table: one line a kind of act
    action: Action, payload: Mapping[str, Any], *, about: str, failed: bool = False
) -> str:
    """What happened, for a parent or pupil: plain words, and no document is named. Empty: nothing to tell them."""
    recipient = {"name": str(payload.get("recipient_name") or sentence("een ander"))}
    made: str
    if about == "second_opinion":
        if "step" not in payload:
            return sentence("Deed iets in een second opinion")
        said = FAMILY_STEPS.get(str(payload["step"]), "")
        return sentence(said) if said else ""
    if about == "second_opinion_wish":
        return sentence("Vroeg om een second opinion")
    if about == "right_request":
        if "step" not in payload:
            return sentence("Deed iets met een verzoek over de gegevens")
        said = FAMILY_RIGHT_STEPS.get(str(payload["step"]), "")
        return sentence(said) if said else ""
    match action:
        case _ if about in happened_keeping.ABOUT:
            made = happened_keeping.for_family(action, payload, about)
        case _ if about in happened_restricting.ABOUT:
            made = happened_restricting.for_family(action, payload, about)
        case _ if about in happened_inzage.ABOUT:
            made = happened_inzage.for_family(action, payload, about)
        case _ if about in happened_letters.ABOUT:
            made = happened_letters.for_family(action, payload, about)
        case Action.SUBMIT:
            made = sentence("Stuurde het dossier naar het samenwerkingsverband")
        case Action.BREAK_GLASS:
            made = sentence("Opende het dossier met spoed (noodtoegang)")
        case Action.CONSULT:
            made = _LOOKED.get(about, sentence("Las een stuk"))
        case Action.DOWNLOAD | Action.PRINT if failed:
            made = sentence("Probeerde stukken mee te geven. Dat mislukte: er is niets aangekomen")
        case Action.DOWNLOAD if about == "verstrekking":
            made = sentence("Maakte een versleuteld pakket van de stukken")
        case Action.DOWNLOAD:
            made = sentence("Haalde een stuk op")
        case Action.PRINT if about == "overview":
            made = sentence("Drukte dit overzicht af")
        case Action.PRINT if about == "informing":
            made = ""
        case Action.PRINT if about == "verstrekking":
            made = sentence("Drukte de stukken af om mee te geven")
        case Action.PRINT:
            made = sentence("Drukte een stuk af")
        case Action.ANONYMISE if payload.get("step") == "asked":
            made = sentence("Liet een stuk anonimiseren")
        case Action.ANONYMISE if payload.get("step") in {"reviewed", "second"}:
            made = sentence("Keek een geanonimiseerd stuk na")
        case Action.EXPORT if about == "receipt":
            made = sentence("Maakte een bewijs uit het logboek")
        case Action.EXPORT:
            made = sentence("Bewaarde een lijst waar dit dossier op staat")
        case Action.DISCLOSE:
            made = sentence("Gaf stukken aan %(name)s", **recipient)
        case Action.REFUSE if payload.get("recipient_name"):
            made = sentence("Wilde stukken geven aan %(name)s. Dat mocht niet, en is niet gebeurd", **recipient)
        case Action.REFUSE:
            made = sentence("Wilde iets doen met een stuk. Dat mocht niet, en is niet gebeurd")
        case Action.WITHDRAW if about == "verstrekking":
            made = sentence("Sloot het delen van stukken: ze zijn niet meer op te halen")
        case Action.CONFIRM_RECEIPT:
            made = sentence("Bevestigde dat de stukken zijn aangekomen")
        case Action.DECIDE if about == "verstrekking":
            made = sentence("Keurde het geven van stukken aan %(name)s af. Het is niet gebeurd", **recipient)
        case Action.DECIDE:
            made = sentence("Nam een besluit")
        case Action.DESTROY if about == "dossier":
            made = sentence("Vernietigde het dossier")
        case Action.REQUEST if about == "consent_request":
            made = sentence("Vroeg toestemming")
        case Action.CONSENT if payload.get("refused"):
            made = sentence("Gaf geen toestemming")
        case Action.CONSENT if payload.get("withdrawn"):
            made = sentence("Trok een toestemming in")
        case Action.CONSENT:
            made = sentence("Legde een toestemming vast")
        case Action.CORRECT if about == "enrolment" and (payload.get("undone") or payload.get("ahead")):
            made = _move_ahead(payload)
        case Action.CORRECT if about == "enrolment" and payload.get("ended"):
            made = sentence("Legde vast dat de leerling niet meer op een school hier staat ingeschreven")
        case Action.CORRECT if about == "enrolment":
            made = sentence("Legde vast dat de leerling naar %(name)s gaat", name=str(payload.get("school_name") or ""))
        case _:
            made = ""
    return made


_LOOKED = {
    **dict.fromkeys(("dossier", "documents", "relatives", "rights", "matters"), sentence("Bekeek het dossier")),
    **dict.fromkeys(("verstrekking", "verstrekkingen"), sentence("Bekeek welke stukken zijn gedeeld")),
    "overview": sentence("Bekeek wat er bekend is"),
    "consents": sentence("Bekeek welke toestemming is gegeven"),
}


def told_name(document: str | None, payload: dict[str, Any], shown: dict[str, str], context: Context) -> str | None:
    """What the reader may call a document; the one they may not see has no name (PR10.2)."""
    if document is None:
        return None
    if document in shown:
        return str(payload.get("file") or shown[document])
    if context.person.role is Role.SCHOOL_STAFF:
        return sentence("een stuk dat er niet meer is")
    return sentence("een stuk dat u niet mag inzien")


def told_details(payload: dict[str, Any], documents: dict[str, str], context: Context) -> str:
    """What else is known about an event, in words; a document that the reader may not see is not named (PR10.2)."""
    about = [payload["document"]] if payload.get("document") else list(payload.get("document_ids") or ())
    if not set(about) <= set(documents):
        return ""
    school = context.person.role is Role.SCHOOL_STAFF
    parts = [str(payload[key]) for key in (("told", "reason") if school else ("reason",)) if payload.get(key)]
    if payload.get("document_ids") and not school:
        parts.append(", ".join(documents[each] for each in about))
    return " ".join(parts)


def _move_ahead(payload: Mapping[str, Any]) -> str:
    """A change of school that was recorded ahead, or undone before its day."""
    day = dutch_date(date.fromisoformat(str(payload["from"])))
    if payload.get("undone"):
        return sentence("Verandering van school op %(day)s ongedaan gemaakt", day=day)
    if payload.get("ended"):
        return sentence("Vanaf %(day)s niet meer ingeschreven op een school van dit samenwerkingsverband", day=day)
    return sentence("Vanaf %(day)s ingeschreven op %(name)s", day=day, name=str(payload.get("school_name") or ""))
