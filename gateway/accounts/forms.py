"""Forms for signing in and choosing a password."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import EmailField, HiddenField, PasswordField, StringField
from wtforms.validators import DataRequired, Length


class SignInForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """E-mail address and password."""

    email = EmailField(_l("E-mailadres"), validators=[DataRequired(_l("Vul uw e-mailadres in.")), Length(max=320)])
    password = PasswordField(_l("Wachtwoord"), validators=[DataRequired(_l("Vul uw wachtwoord in.")), Length(max=1000)])
    next = HiddenField()


class ForgottenForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """The address that lost its password."""

    email = EmailField(_l("E-mailadres"), validators=[DataRequired(_l("Vul uw e-mailadres in.")), Length(max=320)])


class NewPasswordForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """A new password, typed once: the browser can show it."""

    password = PasswordField(
        _l("Kies een wachtwoord"),
        description=_l("Ten minste 12 tekens. Een zin van vier losse woorden is sterk en goed te onthouden."),
        validators=[DataRequired(_l("Kies een wachtwoord.")), Length(max=1000)],
    )


class CodeForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """A code of the app, or one of the recovery codes."""

    code = StringField(_l("Code"), validators=[DataRequired(_l("Vul de code in.")), Length(max=40)])
    next = HiddenField()


class OrganisationForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """Whose provider is asked: an e-mail address or its domain."""

    email = StringField(
        _l("Uw e-mailadres bij uw organisatie"),
        description=_l("Wij gebruiken alleen het deel achter de @, om uw organisatie te vinden."),
        validators=[DataRequired(_l("Vul uw e-mailadres in.")), Length(max=320)],
    )
    next = HiddenField()
