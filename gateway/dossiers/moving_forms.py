"""The form of a change of school."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, SelectField, StringField
from wtforms.validators import DataRequired, Length


class MoveForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """To which school, from which day; the name typed, since the school that records it is out at once."""

    school_id = SelectField(
        _l("Naar welke school gaat de leerling?"),
        validators=[DataRequired(_l("Kies naar welke school de leerling gaat."))],
    )
    name = StringField(
        _l("Naam van de school"),
        description=_l("Alleen als de school niet in de lijst staat en u de naam weet."),
        validators=[Length(max=300)],
    )
    from_day = DateField(
        _l("Vanaf welke dag?"),
        description=_l("De eerste dag op de nieuwe school, of de eerste dag zonder inschrijving."),
        validators=[DataRequired(_l("Vul een geldige datum in."))],
    )
    confirm_name = StringField(
        _l("Typ ter bevestiging de naam van de leerling"),
        validators=[DataRequired(_l("Typ de naam van de leerling."))],
    )
