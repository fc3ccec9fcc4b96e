"""Forms of a verstrekking and of a consent."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from gateway.consent.usecases import CAPACITIES
from gateway.disclosure.judging import LAWS
from gateway.dossiers.rules import PURPOSES, TEXT_MAX
from gateway.text import choices

RECIPIENT_KINDS = {
    "partner_swv": "partner-samenwerkingsverband",
    "school_board": "andere school of ander bestuur",
    "expert": "deskundige",
    "municipality": "gemeente",
    "youth_care": "jeugdhulp",
}


class VerstrekkingForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """What is disclosed, to whom, for what and on which basis."""

    document_ids = SelectMultipleField(
        _l("Welke stukken verstrekt u?"), validators=[DataRequired(_l("Kies ten minste één stuk."))]
    )
    recipient_id = SelectField(_l("Aan wie?"), validators=[DataRequired(_l("Kies aan wie u verstrekt."))])
    purpose = SelectField(
        _l("Waarvoor?"),
        choices=[("", _l("Kies …")), *choices(PURPOSES)],
        validators=[DataRequired(_l("Kies waarvoor u verstrekt."))],
    )
    basis = RadioField(
        _l("Op welke grondslag?"),
        choices=[
            ("consent", _l("toestemming van ouders of leerling")),
            ("law", _l("een wet")),
            ("public_task", _l("publieke taak")),
            ("legitimate_interest", _l("gerechtvaardigd belang")),
        ],
        validators=[DataRequired(_l("Kies de grondslag."))],
    )
    consent_id = SelectField(
        _l("Welke toestemming?"), description=_l("Alleen bij de grondslag toestemming."), validators=[Optional()]
    )
    law = SelectField(
        _l("Welke wet?"),
        description=_l("Alleen bij de grondslag wet."),
        choices=[("", _l("geen")), *((law, law) for law in LAWS)],
        validators=[Optional()],
    )
    statement = TextAreaField(
        _l("Zijn de gegevens juist, volledig en actueel?"),
        description=_l(
            "Dit staat bij de stukken (CV4.3). Noem ook wat de ontvanger moet weten om ze goed te gebruiken."
        ),
        validators=[DataRequired(_l("Schrijf of de gegevens juist, volledig en actueel zijn.")), Length(max=TEXT_MAX)],
    )


class ConsentForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """A consent as staff record it."""

    given_by = RadioField(
        _l("Wie gaf de toestemming?"),
        choices=choices(CAPACITIES),
        validators=[DataRequired(_l("Kies wie de toestemming gaf."))],
    )
    giver_name = StringField(_l("Naam"), validators=[DataRequired(_l("Vul de naam in.")), Length(max=300)])
    has_authority = BooleanField(
        _l("Heeft ouderlijk gezag"), description=_l("Zonder gezag telt de toestemming van een ouder niet.")
    )
    given_on = DateField(_l("Op welke dag?"), validators=[DataRequired(_l("Vul een geldige datum in."))])
    purposes = SelectMultipleField(
        _l("Waarvoor geldt de toestemming?"),
        choices=choices(PURPOSES),
        validators=[DataRequired(_l("Kies ten minste één doel."))],
    )
    recipients = SelectMultipleField(
        _l("Aan wie mag worden verstrekt?"),
        choices=choices(RECIPIENT_KINDS),
        validators=[DataRequired(_l("Kies ten minste één soort ontvanger."))],
    )
    evidence = TextAreaField(
        _l("Waar ligt het bewijs?"),
        description=_l("Bijvoorbeeld: getekend formulier van 3 november 2026, in dit dossier."),
        validators=[DataRequired(_l("Schrijf waar het bewijs ligt.")), Length(max=2000)],
    )
