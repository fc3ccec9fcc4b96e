"""Forms of casusoverleg."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

WORDS_MAX = 2000


class MeetingForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """A casusoverleg is set up."""

    convenant_id = SelectField(_l("Onder welk convenant?"), validators=[DataRequired(_l("Kies het convenant."))])
    held_on = DateField(_l("Op welke dag is het overleg?"), validators=[DataRequired(_l("Vul een geldige datum in."))])
    goal = TextAreaField(
        _l("Wat is het doel van het overleg?"),
        validators=[DataRequired(_l("Schrijf het doel.")), Length(max=WORDS_MAX)],
    )


class ParticipantForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """Someone takes part."""

    organisation_id = SelectField(_l("Van welke organisatie?"), validators=[DataRequired(_l("Kies een organisatie."))])
    name = StringField(_l("Naam"), validators=[DataRequired(_l("Schrijf de naam.")), Length(max=300)])
    function = StringField(_l("Functie"), validators=[DataRequired(_l("Schrijf de functie.")), Length(max=300)])


class EvidenceForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """An item of the checklist."""

    evidence = StringField(
        _l("Waaruit blijkt dat?"),
        validators=[DataRequired(_l("Schrijf waar het uit blijkt.")), Length(max=WORDS_MAX)],
    )


class GiveForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """Documents for one participant's organisation."""

    party_id = SelectField(_l("Aan welke deelnemer?"), validators=[DataRequired(_l("Kies aan wie."))])
    recipient_person = StringField(
        _l("Voor wie bij deze organisatie?"), validators=[DataRequired(_l("Schrijf voor wie.")), Length(max=300)]
    )
    document_ids = SelectMultipleField(_l("Welke stukken?"), validators=[DataRequired(_l("Kies ten minste één stuk."))])
    consent_id = SelectField(
        _l("Op welke toestemming?"), validators=[DataRequired(_l("Kies de toestemming van ouders of leerling."))]
    )
    why_identifiable = TextAreaField(
        _l("Waarom kan het niet zonder namen?"),
        validators=[DataRequired(_l("Schrijf waarom het niet zonder namen kan.")), Length(max=WORDS_MAX)],
    )
    statement = TextAreaField(
        _l("Zijn de gegevens juist, volledig en actueel?"),
        validators=[DataRequired(_l("Schrijf of het klopt.")), Length(max=WORDS_MAX)],
    )
