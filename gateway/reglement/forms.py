"""The form of a reglement version: what an SWV may choose itself. The floors of the law are kept by the loader."""

from __future__ import annotations

import copy
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, IntegerField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from gateway.reglement.reasons import RULES

CATEGORY_CHOICES = [(letter, letter) for letter in "abcdefghijklmnop"]
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
_TERM_HELP = _l("Bijvoorbeeld P4W voor vier weken of P1M voor een maand.")


class ReglementForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """One version of the reglement."""

    valid_from = DateField(_l("Gaat in op"), validators=[DataRequired(_l("Vul de ingangsdatum in."))])
    title = StringField(_l("Titel"), validators=[DataRequired(_l("Vul de titel in.")), Length(max=200)])
    notes = TextAreaField(_l("Toelichting"), description=_l("Eén opmerking per regel."), validators=[Length(max=8000)])
    categories = SelectMultipleField(
        _l("Soorten gegevens die worden bewaard (PR7)"),
        choices=CATEGORY_CHOICES,
        validators=[DataRequired(_l("Kies ten minste één soort."))],
    )
    sub_fields = SelectMultipleField(_l("Bijzondere velden"), choices=SUB_FIELDS, validators=[Optional()])
    purposes = SelectMultipleField(
        _l("Doelen (PR4.1)"), choices=PURPOSES, validators=[DataRequired(_l("Kies ten minste één doel."))]
    )
    necessity_for = SelectMultipleField(
        _l("Alleen met uitleg waarom het nodig is (PR6.3)"),
        description=_l("e en f horen er altijd bij."),
        choices=CATEGORY_CHOICES,
        validators=[DataRequired(_l("e en f horen er altijd bij."))],
    )
    limit_recipients = BooleanField(_l("Verstrekken kan alleen aan ontvangers uit deze lijst"))
    recipients = SelectMultipleField(_l("Ontvangers"), choices=RECIPIENTS, validators=[Optional()])
    years_after_matter = IntegerField(
        _l("Bewaren: jaren na het einde van de laatste zaak (PR12.1)"), validators=[NumberRange(min=1, max=10)]
    )
    inzage_term = StringField(_l("Termijn voor inzage"), description=_TERM_HELP, validators=[DataRequired()])
    correctie_term = StringField(_l("Termijn voor correctie"), validators=[DataRequired()])
    verzet_term = StringField(_l("Termijn voor verzet"), validators=[DataRequired()])
    complaint_term = StringField(_l("Termijn voor klachten"), validators=[DataRequired()])
    direct_contact = BooleanField(_l("Het samenwerkingsverband mag ouders zelf benaderen (TL12)"))

    def show(self, document: dict[str, Any]) -> None:
        """Fill the form with a version."""
        self.title.data = document["title"]
        self.notes.data = "\n".join(document.get("notes", []))
        rec = document["record"]
        self.categories.data, self.purposes.data = rec["categories"], rec["purposes"]
        self.sub_fields.data, self.necessity_for.data = rec.get("sub_fields", []), rec["necessity_for"]
        recipients = document["disclose"].get("recipients")
        self.limit_recipients.data, self.recipients.data = recipients is not None, recipients or []
        self.years_after_matter.data = document["keep"]["years_after_matter"]
        for name in TERMS:
            self[name].data = document["rights"][name]
        self.direct_contact.data = document["rights"]["direct_contact_with_guardians"]

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
        made["disclose"].pop("recipients", None)
        if self.limit_recipients.data:
            made["disclose"]["recipients"] = sorted(self.recipients.data or [])
        made["keep"]["years_after_matter"] = self.years_after_matter.data
        for name in TERMS:
            made["rights"][name] = self[name].data.strip().upper()
        made["rights"]["direct_contact_with_guardians"] = bool(self.direct_contact.data)
        made["articles"] = {key: articles.get(key, value).strip() or value for key, value in base["articles"].items()}
        return made


class DecideForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """Approve or reject: a button with its token."""


def rule_names() -> dict[str, str]:
    """The short Dutch name of each rule."""
    return dict(RULES)
