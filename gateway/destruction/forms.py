"""What a recipient states about what it received."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField
from wtforms.validators import DataRequired


class ApproveForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """Somebody approves a destruction: there is nothing to fill in."""


class AnswerForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """What became of what was received."""

    answer = RadioField(
        _l("Wat deed u met wat u ontving?"),
        choices=[
            ("destroyed", _l("Vernietigd, ook alle kopieën")),
            ("returned", _l("Teruggegeven, en hier is niets meer")),
            ("kept", _l("Nog bewaard: de wet verplicht ons daartoe")),
        ],
        validators=[DataRequired(_l("Kies wat u deed met wat u ontving."))],
    )
