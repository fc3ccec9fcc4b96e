"""Forms of OpenPGP keys."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import StringField
from wtforms.validators import DataRequired, Length


class RegisterKeyForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """The file with a public key."""

    key = FileField(
        _l("Bestand met de publieke sleutel"),
        description=_l("Een .asc- of .gpg-bestand van de ontvanger. Nooit een geheime sleutel."),
        validators=[FileRequired(_l("Kies het bestand met de publieke sleutel."))],
    )


class ConfirmKeyForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """The fingerprint as the owner told it."""

    fingerprint = StringField(
        _l("Vingerafdruk, zoals de eigenaar hem voorleest"),
        description=_l("Bel de organisatie op een nummer dat u al had. Lees niet voor wat hierboven staat."),
        validators=[DataRequired(_l("Typ de vingerafdruk.")), Length(max=120)],
    )
