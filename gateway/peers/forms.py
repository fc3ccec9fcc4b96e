"""Forms of the lines with partners."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import RadioField, SelectField, StringField
from wtforms.validators import DataRequired, Length

from gateway.peers.links import ADDRESS_MAX


class LinkForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """A line with a partner."""

    organisation_id = SelectField(
        _l("Met welke partner?"), validators=[DataRequired(_l("Kies een partner."))], validate_choice=False
    )
    carrier = RadioField(
        _l("Hoe reizen de berichten?"),
        choices=[
            ("https", _l("Vanzelf, naar het portaal van de partner")),
            ("file", _l("Met bestanden die u zelf overbrengt")),
            ("local", _l("De partner werkt in dit portaal")),
        ],
        validators=[DataRequired(_l("Kies hoe de berichten reizen."))],
    )
    address = StringField(
        _l("Adres van de partner"),
        description=_l(
            "Het adres dat de partner u gaf. Werkt de partner in dit portaal: de korte naam. "
            "Bij bestanden laat u dit leeg."
        ),
        validators=[Length(max=ADDRESS_MAX)],
    )
    pin = StringField(
        _l("Vingerafdruk van de server"),
        description=_l("64 tekens. Dan praat het portaal alleen met een server met precies deze sleutel."),
        validators=[Length(max=120)],
    )


class FileForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """A partner's file."""

    file = FileField(
        _l("Bestand van de partner"),
        description=_l("Ten hoogste 20 MB. Is het groter? Dan kan de beheerder van de server het inlezen."),
        validators=[FileRequired(_l("Kies het bestand van de partner."))],
    )
