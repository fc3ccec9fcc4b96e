"""Forms of the desk: closing a signal, thresholds, data breaches."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    DateTimeLocalField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from gateway.oversight.breach_rules import CAUSES, KINDS
from gateway.oversight.breaches import TEXT_MAX
from gateway.oversight.review import LIMITS, REASON_MAX
from gateway.oversight.wordings import THRESHOLDS
from gateway.text import choices

_MOMENTS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]


class CloseForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """Why a signal can be closed."""

    reason = TextAreaField(
        _l("Waarom kan dit signaal dicht?"),
        description=_l("Schrijf wat u hebt nagevraagd en wat eruit kwam. Dit komt in het logboek."),
        validators=[DataRequired(_l("Schrijf waarom dit signaal dicht kan.")), Length(max=REASON_MAX)],
    )


class ThresholdForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """From where on the officer wants to be told; the fields are those of `LIMITS`."""


for _name, (_least, _most) in LIMITS.items():
    _question, _help = THRESHOLDS[_name]
    setattr(
        ThresholdForm,
        _name,
        IntegerField(
            _l(_question),
            description=_l(_help),
            validators=[
                InputRequired(_l("Vul een heel getal in.")),
                NumberRange(_least, _most, _l("Dit getal is te klein of te groot.")),
            ],
        ),
    )


class BreachForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """A breach as it is first recorded. Times are those of Amsterdam."""

    title = StringField(
        _l("Waar gaat het over?"),
        description=_l("In een paar woorden, zoals: verslag naar de verkeerde school."),
        validators=[DataRequired(_l("Vul dit in.")), Length(max=200)],
    )
    discovered_at = DateTimeLocalField(
        _l("Wanneer is het ontdekt?"),
        description=_l("Vanaf dat moment lopen de 72 uur. De tijd is die van Nederland."),
        format=_MOMENTS,
        validators=[DataRequired(_l("Vul een geldige datum en tijd in."))],
    )
    kinds = SelectMultipleField(
        _l("Wat gebeurde er met de gegevens?"),
        choices=choices(KINDS),
        validators=[DataRequired(_l("Kies wat er met de gegevens gebeurde."))],
    )
    cause = SelectField(
        _l("Hoe kwam het?"),
        choices=[("", _l("Kies …")), *choices(CAUSES)],
        validators=[DataRequired(_l("Kies hoe het kwam."))],
    )
    what = TextAreaField(_l("Wat is er gebeurd?"), validators=[DataRequired(_l("Vul dit in.")), Length(max=TEXT_MAX)])
    began_at = DateTimeLocalField(_l("Vanaf wanneer?"), format=_MOMENTS, validators=[Optional()])
    ended_at = DateTimeLocalField(
        _l("Tot wanneer?"), description=_l("Leeg: het duurt nog."), format=_MOMENTS, validators=[Optional()]
    )
    consequences = TextAreaField(
        _l("Wat kunnen de gevolgen zijn?"),
        description=_l("Voor de leerlingen en ouders. Dit staat ook in de brief."),
        validators=[Optional(), Length(max=TEXT_MAX)],
    )
    measures = TextAreaField(
        _l("Wat is er al aan gedaan?"),
        description=_l("Dit staat ook in de brief."),
        validators=[Optional(), Length(max=TEXT_MAX)],
    )


class DecisionForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """Whether to report, or to tell the people concerned, and why."""

    verdict = RadioField(
        _l("Uw besluit"),
        choices=[("yes", _l("ja")), ("no", _l("nee"))],
        validators=[DataRequired(_l("Kies ja of nee."))],
    )
    reason = TextAreaField(_l("Waarom?"), validators=[DataRequired(_l("Schrijf waarom.")), Length(max=TEXT_MAX)])


class DoneForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """When it was done."""

    at = DateTimeLocalField(
        _l("Wanneer is dat gedaan?"),
        format=_MOMENTS,
        validators=[DataRequired(_l("Vul een geldige datum en tijd in."))],
    )


class TextForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """A measure, or the conclusion."""

    reason = TextAreaField(_l("Tekst"), validators=[DataRequired(_l("Vul dit in.")), Length(max=TEXT_MAX)])
