"""The forms of matters, besluiten and holds."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from gateway.matters.rules import (
    BESLUIT_KINDS,
    FUNDING,
    GENDERS,
    HOLD_KINDS,
    MATTER_KINDS,
    NAME_MAX,
    OUTCOMES,
    SCHOOL_TYPES,
    TEXT_MAX,
    NewBesluit,
    NewHold,
    NewMatter,
)
from gateway.text import choices

_A_DAY = _l("Vul een geldige datum in.")
_CHOOSE = ("", _l("Kies …"))


class MatterForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """A new matter."""

    kind = SelectField(
        _l("Waar gaat deze zaak over?"),
        choices=[_CHOOSE, *choices(MATTER_KINDS)],
        validators=[DataRequired(_l("Kies waar deze zaak over gaat."))],
    )
    started_on = DateField(
        _l("Wanneer begon de zaak?"),
        description=_l("De dag waarop de aanvraag binnenkwam."),
        validators=[DataRequired(_A_DAY)],
    )

    def matter(self) -> NewMatter:
        """The matter as typed."""
        return NewMatter(kind=self.kind.data, started_on=self.started_on.data)


def _reason(label: object) -> TextAreaField:
    """Why an entry was wrong, or why something ended."""
    return TextAreaField(label, validators=[DataRequired(_l("Schrijf kort waarom.")), Length(max=TEXT_MAX)])


class CorrectMatterForm(MatterForm):
    """A matter that was entered wrongly."""

    ended_on = DateField(
        _l("Wanneer was de laatste dag?"), description=_l("Leeg: de zaak loopt nog."), validators=[Optional()]
    )
    reason = _reason(_l("Wat klopte er niet?"))
    withdraw = BooleanField(
        _l("Deze zaak hoort niet in dit dossier"),
        description=_l("De zaak en het besluit blijven te lezen, maar tellen niet meer mee."),
    )

    def matter(self) -> NewMatter:
        """The matter as it should have been."""
        return NewMatter(kind=self.kind.data, started_on=self.started_on.data, ended_on=self.ended_on.data)


class EndMatterForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """The last day of a matter."""

    ended_on = DateField(
        _l("Wanneer was de laatste dag?"),
        description=_l("Vanaf deze dag telt de bewaartermijn."),
        validators=[DataRequired(_A_DAY)],
    )


class BesluitForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """A besluit; what only a TLV has may stay empty for another kind."""

    kind = SelectField(_l("Wat is het besluit?"), validators=[DataRequired(_l("Kies wat het besluit is."))])
    decided_on = DateField(_l("Wanneer is het besluit genomen?"), validators=[DataRequired(_A_DAY)])
    signatory = StringField(
        _l("Wie tekent het besluit?"), validators=[DataRequired(_l("Vul in wie tekent.")), Length(max=NAME_MAX)]
    )
    function = StringField(
        _l("Functie van wie tekent"),
        description=_l("Bijvoorbeeld: voorzitter commissie toewijzing."),
        validators=[DataRequired(_l("Vul de functie in.")), Length(max=NAME_MAX)],
    )
    starts_on = DateField(_l("Geldt vanaf"), validators=[Optional()])
    ends_on = DateField(_l("Geldt tot en met"), validators=[Optional()])
    school_type = SelectField(_l("Soort school"), choices=[_CHOOSE, *choices(SCHOOL_TYPES)])
    funding = SelectField(
        _l("Bekostigingscategorie"),
        description=_l("Voor SBO: licht of zwaar. Voor SO en VSO: laag, midden of hoog."),
        choices=[_CHOOSE, *choices(FUNDING)],
    )
    gender = SelectField(
        _l("Geslacht van de leerling"),
        description=_l("Zoals het in de basisregistratie staat. BRON vraagt dit."),
        choices=[_CHOOSE, *choices(GENDERS)],
    )
    swv_number = StringField(
        _l("Nummer van het samenwerkingsverband"),
        description=_l("Zoals PO2203. Het nummer van de verklaring geven wij vanzelf."),
        validators=[Length(max=8)],
    )
    other_number = StringField(
        _l("Nummer van een TLV van een ander samenwerkingsverband"),
        description=_l("Alleen als de leerling daarvandaan komt."),
        validators=[Length(max=20)],
    )
    closes = RadioField(
        _l("Is de zaak hiermee klaar?"),
        description=_l("Zo ja, dan telt de bewaartermijn vanaf de dag van het besluit."),
        choices=[("yes", _l("ja")), ("no", _l("nee, de zaak loopt nog"))],
        default="yes",
        validators=[DataRequired(_l("Kies of de zaak klaar is."))],
    )

    def for_matter(self, kind: str) -> None:
        """Offer only what a matter of this kind can end with."""
        self.kind.choices = [_CHOOSE, *choices({code: BESLUIT_KINDS[code] for code in OUTCOMES[kind]})]

    def besluit(self) -> NewBesluit:
        """The besluit as typed."""
        return NewBesluit(
            kind=self.kind.data,
            decided_on=self.decided_on.data,
            signatory=self.signatory.data or "",
            function=self.function.data or "",
            starts_on=self.starts_on.data,
            ends_on=self.ends_on.data,
            school_type=self.school_type.data or "",
            funding=self.funding.data or "",
            swv_number=self.swv_number.data or "",
            gender=self.gender.data or "",
            other_number=self.other_number.data or "",
            closes=self.closes.data == "yes",
        )


class CorrectBesluitForm(BesluitForm):
    """A besluit that was entered wrongly."""

    reason = _reason(_l("Wat klopte er niet?"))


class HoldForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """Why a dossier may not be destroyed, who looks after it, and when again."""

    kind = SelectField(
        _l("Waarom mag dit dossier niet vernietigd worden?"),
        choices=[_CHOOSE, *choices(HOLD_KINDS)],
        validators=[DataRequired(_l("Kies waarom het dossier niet vernietigd mag worden."))],
    )
    started_on = DateField(_l("Sinds wanneer?"), validators=[DataRequired(_A_DAY)])
    reason = TextAreaField(
        _l("Wat is er aan de hand?"),
        description=_l("Kort, alleen wat nodig is."),
        validators=[DataRequired(_l("Schrijf kort waarom.")), Length(max=TEXT_MAX)],
    )
    owner_id = SelectField(_l("Wie let hierop?"), validators=[DataRequired(_l("Kies wie hierop let."))])
    review_on = DateField(
        _l("Wanneer kijkt deze persoon opnieuw?"),
        description=_l("Die dag komt er een bericht. Er gaat niets vanzelf voorbij."),
        validators=[DataRequired(_A_DAY)],
    )

    def hold(self) -> NewHold:
        """The hold as typed."""
        return NewHold(
            kind=self.kind.data,
            started_on=self.started_on.data,
            review_on=self.review_on.data,
            reason=self.reason.data,
            owner_id=self.owner_id.data,
        )


class EndHoldForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """A hold ends: why, and the final decision after an objection or appeal."""

    final_decision_on = DateField(
        _l("Wanneer is er voor het laatst beslist?"),
        description=_l("De beslissing waar niemand meer tegen kan. De bewaartermijn begint dan opnieuw."),
        validators=[Optional()],
    )
    reason = _reason(_l("Waarom is uitstel niet meer nodig?"))


class LookAgainForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """A hold is still needed."""

    owner_id = SelectField(_l("Wie let hierop?"), validators=[DataRequired(_l("Kies wie hierop let."))])
    review_on = DateField(_l("Wanneer kijkt deze persoon opnieuw?"), validators=[DataRequired(_A_DAY)])
