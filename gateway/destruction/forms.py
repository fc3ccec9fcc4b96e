"""What a recipient states about what it received."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, RadioField, SelectField, TextAreaField
from wtforms.validators import DataRequired, Length

from gateway.destruction.holding import TEXT_MAX
from gateway.erasure.words import KEPT_BECAUSE_WORDS
from gateway.text import choices


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


class CopyHoldForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """Why what a partner gave us must be kept, and until when."""

    kind = SelectField(
        _l("Waarom moet dit blijven?"),
        choices=[("", _l("Kies …")), *choices(KEPT_BECAUSE_WORDS)],
        validators=[DataRequired(_l("Kies waarom dit moet blijven."))],
    )
    until = DateField(
        _l("Tot en met welke dag?"),
        description=_l("De partner krijgt deze dag en de reden van hierboven te lezen. Daarna gaat het vanzelf weg."),
        validators=[DataRequired(_l("Vul een geldige datum in."))],
    )
    reason = TextAreaField(
        _l("Toelichting"),
        description=_l("Alleen voor uw eigen organisatie."),
        validators=[DataRequired(_l("Schrijf kort waarom.")), Length(max=TEXT_MAX)],
    )


class ReleaseForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """It need not be kept any more: there is nothing to fill in."""
