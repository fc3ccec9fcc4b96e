"""The form of a reglement version: what an SWV may choose itself. The floors of the law are kept by the loader."""

from __future__ import annotations

import copy
from datetime import date
from typing import Any

from flask_babel import format_date
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, IntegerField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from gateway.reglement import facts
from gateway.reglement.afterlife import FLOOR, AfterlifeRules
from gateway.reglement.profiles import DATES_AS, LOG_YEARS, STILL_MONTHS, AccessRules, DestroyRules
from gateway.reglement.reasons import CITED, RULES
from gateway.text import category_choices

SUB_FIELDS = [("a.bank", _l("bankrekening (a)")), ("c.birthplace", _l("geboorteplaats (c)"))]
PURPOSES = [
    ("support_allocation", _l("ondersteuning toewijzen")),
    ("admissibility", _l("toelaatbaarheid beoordelen (TLV)")),
    ("support_advice", _l("advies over de ondersteuningsbehoefte")),
    ("second_opinion", _l("second opinion")),
    ("absence", _l("verzuim")),
    ("case_consultation", _l("casusoverleg")),
]
RECIPIENTS = [
    ("data_subject", _l("de leerling")),
    ("guardian", _l("ouders")),
    ("school_board", _l("scholen en besturen")),
    ("swv", _l("het samenwerkingsverband")),
    ("partner_swv", _l("partner-samenwerkingsverband")),
    ("expert", _l("deskundigen")),
    ("municipality", _l("gemeente")),
    ("youth_care", _l("jeugdhulp")),
    ("duo", _l("DUO")),
    ("court", _l("rechtbank")),
    ("supervisor", _l("toezichthouder")),
    ("researcher", _l("onderzoekers")),
]
TERMS = ("inzage_term", "correctie_term", "verzet_term", "complaint_term")
TERM_CHOICES = [
    ("P1W", _l("één week")),
    ("P2W", _l("twee weken")),
    ("P3W", _l("drie weken")),
    ("P4W", _l("vier weken")),
    ("P1M", _l("één maand")),
    ("P6W", _l("zes weken")),
    ("P2M", _l("twee maanden")),
    ("P10W", _l("tien weken")),
    ("P3M", _l("drie maanden")),
    ("P1Y", _l("één jaar")),
]
"""The lengths that regulations use; a length outside these stays possible, as its code."""


DESTROY_NUMBERS = ("at_once", "clock_days", "answer_days")
MOST_AT_ONCE, MOST_CLOCK_DAYS, MOST_ANSWER_DAYS = 100, 31, 90
"""Further a screen does not go: a number that stops nothing is no safeguard."""

ASKING_WAYS = [("direct", _l("zelf, bij het samenwerkingsverband")), ("school", _l("via de school"))]


class ReglementForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """One version of the reglement."""

    valid_from = DateField(_l("Gaat in op"), validators=[DataRequired(_l("Vul de ingangsdatum in."))])
    title = StringField(_l("Titel"), validators=[DataRequired(_l("Vul de titel in.")), Length(max=200)])
    notes = TextAreaField(_l("Toelichting"), description=_l("Eén opmerking per regel."), validators=[Length(max=8000)])
    categories = SelectMultipleField(
        _l("Soorten gegevens die worden bewaard (PR7)"),
        choices=category_choices(),
        validators=[DataRequired(_l("Kies ten minste één soort."))],
    )
    sub_fields = SelectMultipleField(_l("Bijzondere velden"), choices=SUB_FIELDS, validators=[Optional()])
    purposes = SelectMultipleField(
        _l("Doelen (PR4.1)"), choices=PURPOSES, validators=[DataRequired(_l("Kies ten minste één doel."))]
    )
    necessity_for = SelectMultipleField(
        _l("Alleen met uitleg waarom het nodig is (PR6.3)"),
        description=_l("e en f horen er altijd bij."),
        choices=category_choices(),
        validators=[DataRequired(_l("e en f horen er altijd bij."))],
    )
    limit_recipients = BooleanField(_l("Verstrekken kan alleen aan ontvangers uit deze lijst"))
    recipients = SelectMultipleField(_l("Ontvangers"), choices=RECIPIENTS, validators=[Optional()])
    second_person = SelectMultipleField(
        _l("Verstrekken aan deze ontvangers kan pas als een tweede persoon het goedkeurt"),
        choices=RECIPIENTS,
        validators=[Optional()],
    )
    years_after_matter = IntegerField(
        _l("Bewaren: jaren na het einde van de laatste zaak (PR12.1)"), validators=[NumberRange(min=1, max=10)]
    )
    log_years = IntegerField(
        _l("Logboek: jaren dat een regel blijft staan"),
        description=_l("Een regel over een dossier blijft in elk geval staan zolang dat dossier er is."),
        validators=[NumberRange(min=1, max=20)],
    )
    still_months = IntegerField(
        _l("Waarschuwen na zoveel maanden zonder besluit"),
        description=_l(
            "Een dossier waarin zo lang niets gebeurt, krijgt nooit een einddatum. Iemand kijkt er dan naar."
        ),
        validators=[NumberRange(min=1, max=60)],
    )
    afterlife = BooleanField(
        _l("Na vernietiging blijven aantallen over voor de monitor (PR4.2)"),
        description=_l("Zonder naam, nummer of datum. Anders telt een vernietigd dossier niet meer mee."),
    )
    afterlife_k = IntegerField(
        _l("Monitor: het kleinste aantal dat apart staat"),
        description=_l("Minder gelijke dossiers worden niet apart geteld en niet getoond. Van 5 tot en met 100."),
        validators=[Optional(), NumberRange(min=FLOOR, max=100)],
    )
    destroy_second_person = BooleanField(
        _l("Vernietigen: twee mensen keuren elk dossier goed"),
        description=_l("Anders gaat het op de dag zelf vanzelf, na een bericht een maand van tevoren."),
    )
    destroy_at_once = IntegerField(
        _l("Vernietigen: hoeveel op één dag zonder dat iemand kijkt?"),
        description=_l("Komen er meer op één dag, dan keurt iemand elk dossier goed. Van 1 tot en met 100."),
        validators=[Optional(), NumberRange(min=1, max=MOST_AT_ONCE)],
    )
    destroy_clock_days = IntegerField(
        _l("Vernietigen: hoeveel dagen mag de klok van de computer vooruitgaan?"),
        description=_l(
            "Stond het systeem langer stil, of springt de klok verder, dan wordt niets vernietigd tot iemand naar de "
            "klok keek. Van 1 tot en met 31."
        ),
        validators=[Optional(), NumberRange(min=1, max=MOST_CLOCK_DAYS)],
    )
    destroy_answer_days = IntegerField(
        _l("Vernietigen: binnen hoeveel dagen antwoorden ontvangers?"),
        description=_l("Wie er stukken uit kreeg, zegt dan of die ook zijn vernietigd. Van 1 tot en met 90."),
        validators=[Optional(), NumberRange(min=1, max=MOST_ANSWER_DAYS)],
    )
    inzage_term = SelectField(_l("Termijn voor inzage"), choices=TERM_CHOICES, validate_choice=False)
    correctie_term = SelectField(_l("Termijn voor correctie"), choices=TERM_CHOICES, validate_choice=False)
    verzet_term = SelectField(_l("Termijn voor verzet"), choices=TERM_CHOICES, validate_choice=False)
    complaint_term = SelectField(_l("Termijn voor klachten"), choices=TERM_CHOICES, validate_choice=False)
    break_glass_categories = SelectMultipleField(
        _l("Noodtoegang opent ten hoogste"), choices=category_choices(), validators=[Optional()]
    )
    guardians_after_days = IntegerField(
        _l("Noodtoegang: na hoeveel dagen horen ouders het?"), validators=[Optional(), NumberRange(min=1, max=100)]
    )
    warn_days = IntegerField(
        _l("Toegangslijst: hoeveel dagen vooruit waarschuwen?"), validators=[Optional(), NumberRange(min=1, max=100)]
    )
    second_reviewer = BooleanField(
        _l("Een tweede persoon kijkt elke geanonimiseerde weergave na"),
        description=_l("Zonder dat telt de weergave niet als nagekeken."),
    )
    age_bands = BooleanField(
        _l("Geanonimiseerd: een leeftijd wordt twee jaar breed, zoals 8-9 jaar"),
        description=_l("Anders valt de leeftijd weg."),
    )
    dates_as = SelectField(
        _l("Geanonimiseerd: wat er van datums blijft"),
        choices=[
            ("none", _l("niets")),
            ("period", _l("begin, midden of eind van het jaar")),
            ("offset", _l("de tijd voor of na de aanmelding")),
        ],
        default="none",
        description=_l("Een geboortedatum valt altijd weg."),
    )
    direct_contact = BooleanField(_l("Het samenwerkingsverband mag ouders zelf benaderen (TL12)"))
    second_opinion_ways = SelectMultipleField(
        _l("Hoe vragen ouders om een second opinion?"),
        choices=ASKING_WAYS,
        validators=[DataRequired(_l("Kies ten minste één manier."))],
    )
    employees_by_name = BooleanField(
        _l("Ouders en leerlingen zien medewerkers bij naam"),
        description=_l("Anders zien zij de functie en de organisatie."),
    )

    def show(self, document: dict[str, Any]) -> None:
        """Fill the form with a version."""
        self.title.data = document["title"]
        self.notes.data = "\n".join(document.get("notes", []))
        rec = document["record"]
        self.categories.data, self.purposes.data = rec["categories"], rec["purposes"]
        self.sub_fields.data, self.necessity_for.data = rec.get("sub_fields", []), rec["necessity_for"]
        recipients = document["disclose"].get("recipients")
        self.limit_recipients.data, self.recipients.data = recipients is not None, recipients or []
        self.second_person.data = document["disclose"].get("second_person", [])
        self.second_reviewer.data = document["disclose"].get("second_reviewer", False)
        self.age_bands.data = document["disclose"].get("age_bands", False)
        self.dates_as.data = document["disclose"].get("dates_as", DATES_AS[0])
        self.years_after_matter.data = document["keep"]["years_after_matter"]
        self.log_years.data = document["keep"].get("log_years", LOG_YEARS)
        self.still_months.data = document["keep"].get("still_months", STILL_MONTHS)
        kept = _afterlife_of(document)
        self.afterlife.data, self.afterlife_k.data = kept["on"], kept["k"]
        destroy = _destroy_of(document)
        self.destroy_second_person.data = destroy.second_person
        for name in DESTROY_NUMBERS:
            self[f"destroy_{name}"].data = getattr(destroy, name)
        for name in TERMS:
            self[name].data = length = document["rights"][name]
            if length not in dict(TERM_CHOICES):
                self[name].choices = [*TERM_CHOICES, (length, length)]
        self.direct_contact.data = document["rights"]["direct_contact_with_guardians"]
        self.employees_by_name.data = document["rights"].get("employees_by_name", False)
        self.second_opinion_ways.data = _ways_of(document)
        access = _access_of(document)
        self.break_glass_categories.data = access["break_glass_categories"]
        self.guardians_after_days.data, self.warn_days.data = access["guardians_after_days"], access["warn_days"]

    def document(self, base: dict[str, Any], articles: dict[str, str]) -> dict[str, Any]:
        """The version as chosen, on top of the one before it."""
        made = copy.deepcopy(base)
        made["title"] = self.title.data.strip()
        made["notes"] = [line.strip() for line in (self.notes.data or "").splitlines() if line.strip()]
        made["record"].update(
            categories=sorted(self.categories.data),
            purposes=list(self.purposes.data),
            necessity_for=sorted(self.necessity_for.data),
        )
        made["record"]["sub_fields"] = sorted(self.sub_fields.data or [])
        if not made["record"]["sub_fields"]:
            made["record"].pop("sub_fields")
        made["disclose"].pop("second_person", None)
        if self.second_person.data:
            made["disclose"]["second_person"] = sorted(self.second_person.data)
        made["disclose"].pop("second_reviewer", None)
        if self.second_reviewer.data:
            made["disclose"]["second_reviewer"] = True
        made["disclose"].pop("age_bands", None)
        if self.age_bands.data:
            made["disclose"]["age_bands"] = True
        made["disclose"].pop("dates_as", None)
        if self.dates_as.data and self.dates_as.data != DATES_AS[0]:
            made["disclose"]["dates_as"] = self.dates_as.data
        made["disclose"].pop("recipients", None)
        if self.limit_recipients.data:
            made["disclose"]["recipients"] = sorted(self.recipients.data or [])
        made["keep"].update(
            years_after_matter=self.years_after_matter.data,
            log_years=self.log_years.data,
            still_months=self.still_months.data,
        )
        before = _afterlife_of(made)
        kept = {"on": bool(self.afterlife.data), "k": self.afterlife_k.data or before["k"]}
        if kept != before:
            made["keep"]["afterlife"] = kept
        self._destroy(made)
        for name in TERMS:
            made["rights"][name] = self[name].data or ""
        made["rights"]["direct_contact_with_guardians"] = bool(self.direct_contact.data)
        self._rights(made)
        access = made["access"] = _access_of(base)
        for name in access:  # left empty: as it was
            access[name] = self[name].data or access[name]
        made["articles"] = {key: articles.get(key, value).strip() or value for key, value in base["articles"].items()}
        return made

    def _destroy(self, made: dict[str, Any]) -> None:
        """What a version says on destroying, where it differs from what it says or leaves open; empty: as it was."""
        before = _destroy_of(made)
        wanted = {"second_person": bool(self.destroy_second_person.data)}
        wanted |= {name: self[f"destroy_{name}"].data or getattr(before, name) for name in DESTROY_NUMBERS}
        changed = {name: value for name, value in wanted.items() if value != getattr(before, name)}
        if changed:
            made["keep"]["destroy"] = {**made["keep"].get("destroy", {}), **changed}

    def _rights(self, made: dict[str, Any]) -> None:
        """What a version says on families, where it differs from what it says or leaves open."""
        by_name, ways = bool(self.employees_by_name.data), sorted(self.second_opinion_ways.data)
        if by_name is not made["rights"].get("employees_by_name", False):
            made["rights"]["employees_by_name"] = by_name
        if ways != _ways_of(made):
            made["rights"]["second_opinion_ways"] = ways


def _ways_of(document: dict[str, Any]) -> list[str]:
    """How parents ask for a second opinion under a version, also where it is silent or says "all"."""
    given = document["rights"].get("second_opinion_ways", "all")
    return sorted(facts.ASKING_WAYS if given == "all" else given)


def _access_of(document: dict[str, Any]) -> dict[str, Any]:
    """What a version says on the access list, or what it gets when it says nothing."""
    given = document.get("access") or {}
    rules = AccessRules()
    return {
        "break_glass_categories": sorted(given.get("break_glass_categories") or rules.break_glass_categories),
        "guardians_after_days": given.get("guardians_after_days", rules.guardians_after_days),
        "warn_days": given.get("warn_days", rules.warn_days),
    }


def _afterlife_of(document: dict[str, Any]) -> dict[str, Any]:
    """What a version says on counts after destruction, or what it gets when it says nothing."""
    rules = AfterlifeRules()
    given = document["keep"].get("afterlife") or {"on": rules.on}
    return {"on": given["on"], "k": given.get("k", rules.k)}


def _destroy_of(document: dict[str, Any]) -> DestroyRules:
    """What a version says on destroying, or what it gets where it says nothing."""
    return DestroyRules(**document["keep"].get("destroy", {}))


PLACES: dict[str, Any] = {
    "valid_from": _l("Gaat in op"),
    "version": _l("Versie"),
    "title": _l("Titel"),
    "notes": _l("Toelichting"),
    "record.categories": _l("Soorten gegevens die worden bewaard (PR7)"),
    "record.sub_fields": _l("Bijzondere velden"),
    "record.purposes": _l("Doelen (PR4.1)"),
    "record.necessity_for": _l("Alleen met uitleg waarom het nodig is (PR6.3)"),
    "disclose.recipients": _l("Ontvangers"),
    "disclose.second_person": _l("Verstrekken aan deze ontvangers kan pas als een tweede persoon het goedkeurt"),
    "keep.years_after_matter": _l("Bewaren: jaren na het einde van de laatste zaak (PR12.1)"),
    "keep.log_years": _l("Logboek: jaren dat een regel blijft staan"),
    "keep.still_months": _l("Waarschuwen na zoveel maanden zonder besluit"),
    "keep.afterlife.on": _l("Na vernietiging blijven aantallen over voor de monitor (PR4.2)"),
    "keep.afterlife.k": _l("Monitor: het kleinste aantal dat apart staat"),
    "keep.destroy.second_person": _l("Vernietigen: twee mensen keuren elk dossier goed"),
    "keep.destroy.at_once": _l("Vernietigen: hoeveel op één dag zonder dat iemand kijkt?"),
    "keep.destroy.clock_days": _l("Vernietigen: hoeveel dagen mag de klok van de computer vooruitgaan?"),
    "keep.destroy.answer_days": _l("Vernietigen: binnen hoeveel dagen antwoorden ontvangers?"),
    "rights.inzage_term": _l("Termijn voor inzage"),
    "rights.correctie_term": _l("Termijn voor correctie"),
    "rights.verzet_term": _l("Termijn voor verzet"),
    "rights.complaint_term": _l("Termijn voor klachten"),
    "access.break_glass_categories": _l("Noodtoegang opent ten hoogste"),
    "access.guardians_after_days": _l("Noodtoegang: na hoeveel dagen horen ouders het?"),
    "access.warn_days": _l("Toegangslijst: hoeveel dagen vooruit waarschuwen?"),
    "rights.direct_contact_with_guardians": _l("Het samenwerkingsverband mag ouders zelf benaderen (TL12)"),
    "rights.second_opinion_ways": _l("Hoe vragen ouders om een second opinion?"),
    "rights.employees_by_name": _l("Ouders en leerlingen zien medewerkers bij naam"),
}
"""What a place in a regulation is called on the form."""


def in_words(differences: list[tuple[str, str | None, str | None]]) -> list[tuple[Any, Any, Any]]:
    """What changed, for whoever approves it: named as on the form, with codes as words."""
    words: dict[str, Any] = {
        **dict(TERM_CHOICES),
        **dict(PURPOSES),
        **dict(RECIPIENTS),
        **dict(SUB_FIELDS),
        **dict(ASKING_WAYS),
        "True": _l("ja"),
        "False": _l("nee"),
    }

    silent = DestroyRules()

    def value(place: str, text: str | None) -> Any:
        if text is None and place.startswith("keep.destroy."):  # what holds where a version is silent
            text = str(getattr(silent, place.rpartition(".")[2]))
        if text is not None and place in {"valid_from", "valid_until"}:
            return format_date(date.fromisoformat(text), "long")
        if text is None or not place.startswith(("record.", "disclose.", "rights.", "keep.destroy.", "keep.afterlife")):
            return text
        return ", ".join(str(words.get(code, code)) for code in text.split(", "))

    return [(PLACES.get(place, place), value(place, old), value(place, new)) for place, old, new in differences]


class DecideForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """Approve or reject: a button with its token."""


def rule_names() -> dict[str, str]:
    """The short Dutch name of each rule."""
    return dict(RULES)


def other_rules() -> dict[str, str]:
    """Rules that pages and the log refer to, beside those that decide."""
    return dict(CITED)
