"""The forms of objection and appeal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from gateway.objection_words import ADVICE, BY, KINDS, OUTCOMES
from gateway.objections.rules import NAME_MAX, TEXT_MAX, Decision, Received
from gateway.text import choices

if TYPE_CHECKING:
    from datetime import date

_A_DAY = _l("Vul een geldige datum in.")
_WHY = _l("Schrijf kort waarom.")


def _address() -> tuple[StringField, StringField, StringField]:
    """Where a letter on paper goes."""
    return (
        StringField(_l("Straat en huisnummer"), validators=[Length(max=NAME_MAX)]),
        StringField(_l("Postcode"), validators=[Length(max=NAME_MAX)]),
        StringField(_l("Plaats"), validators=[Length(max=NAME_MAX)]),
    )


class ObjectForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """A parent or pupil objects in the portal."""

    grounds = TextAreaField(
        _l("Waarom bent u het niet eens met het besluit?"),
        description=_l("Schrijf het in uw eigen woorden."),
        validators=[DataRequired(_l("Schrijf waarom u het er niet mee eens bent.")), Length(max=TEXT_MAX)],
    )
    late_reason = TextAreaField(
        _l("Waarom maakt u nu pas bezwaar?"),
        description=_l("De zes weken zijn voorbij. Met een goede reden kan het toch nog."),
        validators=[Length(max=TEXT_MAX)],
    )
    street, postcode, town = _address()

    def received(self, today: date, language: str) -> Received:
        """The objection as typed."""
        return Received(
            kind="bezwaar",
            by="guardian",
            received_on=today,
            grounds=self.grounds.data or "",
            late_reason=self.late_reason.data or "",
            language=language,
            street=self.street.data or "",
            postcode=self.postcode.data or "",
            town=self.town.data or "",
        )


class RegisterForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """An objection or appeal that came in on paper."""

    kind = RadioField(
        _l("Wat kwam er binnen?"),
        choices=choices(KINDS),
        validators=[DataRequired(_l("Kies of dit bezwaar of beroep is."))],
    )
    by = RadioField(_l("Van wie?"), choices=choices(BY), validators=[DataRequired(_l("Kies wie dit deed."))])
    who = StringField(_l("Naam"), validators=[DataRequired(_l("Vul in wie dit deed.")), Length(max=NAME_MAX)])
    street, postcode, town = _address()
    received_on = DateField(_l("Wanneer kwam het binnen?"), validators=[DataRequired(_A_DAY)])
    grounds = TextAreaField(
        _l("Waarom is diegene het er niet mee eens?"), validators=[DataRequired(_WHY), Length(max=TEXT_MAX)]
    )
    late_reason = TextAreaField(
        _l("Waarom kwam het na de laatste dag?"),
        description=_l("Alleen als het te laat is. Met een goede reden telt het toch (Awb 6:11)."),
        validators=[Length(max=TEXT_MAX)],
    )
    committee = BooleanField(
        _l("De bezwaaradviescommissie geeft advies"),
        description=_l(
            "Bij een toelaatbaarheidsverklaring gebeurt dat altijd. U hebt dan twaalf weken in plaats van zes."
        ),
        default=True,
    )
    court = StringField(
        _l("Rechtbank en zaaknummer"), description=_l("Alleen bij beroep."), validators=[Length(max=NAME_MAX)]
    )

    def received(self) -> Received:
        """The objection or appeal as typed."""
        typed = ("kind", "by", "who", "street", "postcode", "town", "grounds", "late_reason", "court")
        return Received(
            received_on=self.received_on.data,
            committee=bool(self.committee.data),
            **{name: self[name].data or "" for name in typed},
        )


class AdviceForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """What the committee advises."""

    advised_on = DateField(_l("Wanneer kwam het advies?"), validators=[DataRequired(_A_DAY)])
    advice = RadioField(
        _l("Wat adviseert de commissie?"),
        choices=choices(ADVICE),
        validators=[DataRequired(_l("Kies wat de commissie adviseert."))],
    )
    text = TextAreaField(_l("Waarom, in het kort?"), validators=[DataRequired(_WHY), Length(max=TEXT_MAX)])


class ReasonForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """Why more time is needed, or why it was taken back."""

    reason = TextAreaField(_l("Waarom?"), validators=[DataRequired(_WHY), Length(max=TEXT_MAX)])


class DecisionForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """The decision on an objection, or the judgment of the court."""

    decided_on = DateField(_l("Wanneer is er beslist?"), validators=[DataRequired(_A_DAY)])
    outcome = RadioField(_l("Wat is er beslist?"), validators=[DataRequired(_l("Kies wat er is beslist."))])
    reasons = TextAreaField(
        _l("Waarom?"),
        description=_l("Dit komt in de brief. Wijkt u af van het advies, schrijf dan ook waarom (Awb 7:13)."),
        validators=[DataRequired(_WHY), Length(max=TEXT_MAX)],
    )
    article = StringField(
        _l("Op welk artikel rust de beslissing?"),
        default="artikel 7:11 van de Algemene wet bestuursrecht",
        validators=[Length(max=NAME_MAX)],
    )
    new_besluit_id = SelectField(
        _l("Welk besluit komt in de plaats?"),
        description=_l("Alleen als het besluit verandert. Leg het nieuwe besluit eerst vast bij Zaken en bewaren."),
        validators=[Optional()],
    )

    def prepare(self, kind: str, others: list[tuple[str, str]]) -> None:
        """Offer what this kind can end with, and which besluiten there are."""
        self.outcome.choices = choices(OUTCOMES[kind])
        self.new_besluit_id.choices = [("", _l("Geen nieuw besluit")), *others]

    def decision(self) -> Decision:
        """The decision as typed."""
        return Decision(
            outcome=self.outcome.data,
            decided_on=self.decided_on.data,
            reasons=self.reasons.data or "",
            article=self.article.data or "",
            new_besluit_id=self.new_besluit_id.data or None,
        )
