"""The forms of corrections: a reason, an answer, one's own words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, TextAreaField

from gateway.rights_told_words import DONE


class WhyForm(FlaskForm):  # type: ignore[misc] # flask_wtf ships no types
    """A reason."""

    why = TextAreaField(_l("Waarom?"))


class AnswerForm(FlaskForm):  # type: ignore[misc] # flask_wtf ships no types
    """What a recipient did with it."""

    done = RadioField(
        _l("Wat hebt u gedaan?"),
        choices=[(code, _l(str(words))) for code, words in DONE.items()],
        validate_choice=False,
    )
    text = TextAreaField(_l("Toelichting"))


class StatementForm(FlaskForm):  # type: ignore[misc] # flask_wtf ships no types
    """One's own words."""

    text = TextAreaField(_l("Uw zienswijze"))
