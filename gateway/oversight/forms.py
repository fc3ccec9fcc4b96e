"""Forms of the desk: closing a signal, thresholds."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from gateway.oversight.review import LIMITS, REASON_MAX
from gateway.oversight.wordings import THRESHOLDS


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
