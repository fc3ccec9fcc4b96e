"""Forms of witnesses."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, StringField
from wtforms.validators import DataRequired, Length

from gateway.witness.usecases import NAME_MAX, TEXT_MAX


class RegisterPartyForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """A partner that confirms our log, or whose log we confirm."""

    side = RadioField(
        _l("Wat doet deze partner?"),
        choices=[
            ("witness", _l("De partner bevestigt ons logboek.")),
            ("log", _l("Wij bevestigen het logboek van de partner.")),
        ],
        validators=[DataRequired(_l("Kies wat de partner doet."))],
    )
    name = StringField(
        _l("Naam van de partner"), validators=[DataRequired(_l("Vul de naam van de partner in.")), Length(max=NAME_MAX)]
    )
    key = StringField(
        _l("Sleutel, zoals de partner die u stuurde"),
        description=_l("Eén regel: een naam, een plusteken, een kenmerk, nog een plusteken en een code."),
        validators=[DataRequired(_l("Plak de sleutel van de partner.")), Length(max=TEXT_MAX)],
    )
    url = StringField(
        _l("Adres van de getuige"),
        description=_l("Alleen als de partner ons logboek bevestigt. Het adres begint met https://."),
        validators=[Length(max=TEXT_MAX)],
    )


class ConfirmPartyForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """The fingerprint as the partner read it out."""

    fingerprint = StringField(
        _l("Vingerafdruk, zoals de partner hem voorleest"),
        description=_l("Bel de partner op een nummer dat u al kende. Lees niet voor: laat voorlezen."),
        validators=[DataRequired(_l("Typ de vingerafdruk die de partner voorleest.")), Length(max=80)],
    )
