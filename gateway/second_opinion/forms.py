"""Forms of a second opinion: the request, its check, agreements, experts, the delivery and the advice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from gateway.access.rules import PROFESSIONS, REGISTERS
from gateway.second_opinion.acting import MOST_ACCESS_DAYS
from gateway.second_opinion.requesting import TEXT_MAX
from gateway.second_opinion.state import PARTS
from gateway.second_opinion_words import ABOUT, ADVICE, CHECKS, INFORMED, PAYERS
from gateway.second_opinion_words import PARTS as PART_WORDS
from gateway.text import choices

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.dossiers.queries import DocumentLine

_TEXT = Length(max=TEXT_MAX, message=_l("Schrijf ten hoogste 4000 tekens."))
_FILLED = DataRequired(_l("Vul dit in."))


class RequestForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """What is asked, and why it is needed and not too much (CV3.1-CV3.3)."""

    seen = HiddenField()
    once = HiddenField()
    wish = HiddenField()
    partner_id = SelectField(
        _l("Aan welk samenwerkingsverband?"),
        validators=[DataRequired(_l("Kies een samenwerkingsverband waarmee een convenant bestaat."))],
    )
    about = RadioField(
        _l("Waar gaat de second opinion over?"),
        choices=choices(ABOUT),
        validators=[DataRequired(_l("Kies waar de second opinion over gaat."))],
    )
    question = TextAreaField(
        _l("Wat wilt u weten?"),
        description=_l("Eén concrete vraag. Noem de leerling niet bij naam: de andere partij leest deze tekst."),
        validators=[_FILLED, _TEXT],
    )
    task = TextAreaField(
        _l("Bij welke wettelijke taak hoort deze vraag?"),
        description=_l("Bijvoorbeeld: adviseren over de ondersteuning van een leerling (WPO 18a)."),
        validators=[_FILLED, _TEXT],
    )
    necessity = TextAreaField(_l("Waarom is een second opinion nodig?"), validators=[_FILLED, _TEXT])
    proportionality = TextAreaField(
        _l("Waarom vraagt u niet meer dan nodig is?"),
        description=_l("Welke gegevens zijn genoeg, en wat laat u weg?"),
        validators=[_FILLED, _TEXT],
    )
    parents = RadioField(
        _l("Wat weten de ouders ervan?"),
        choices=choices(INFORMED),
        description=_l("Vragen de ouders er zelf om? Dan kijken altijd twee deskundigen."),
        validators=[DataRequired(_l("Kies of de ouders zijn ingelicht of er zelf om vragen."))],
    )
    parents_how = TextAreaField(_l("Hoe en wanneer?"), validators=[_FILLED, _TEXT])
    expertise = TextAreaField(
        _l("Is een tweede deskundige nodig? Met welke kennis?"),
        description=_l("Laat leeg als één orthopedagoog genoeg is."),
        validators=[_TEXT],
    )
    wanted_by = DateField(_l("Wanneer hebt u het advies graag?"), validators=[Optional()])


class CheckForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """The check of CV3.5: one box for each item, and what is wrong when one does not hold."""

    seen = HiddenField()
    note = TextAreaField(
        _l("Klopt iets niet? Schrijf wat."),
        description=_l("Het verzoek gaat dan niet weg. U overlegt met de andere contactpersoon."),
        validators=[_TEXT],
    )


for _name, (_label, _) in CHECKS.items():
    setattr(CheckForm, _name, BooleanField(_l(_label)))


class AgreementsForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """Agreements of the case (CV4.2): manner, terms, definitions, and how long access lasts after the case."""

    manner = TextAreaField(
        _l("Hoe worden de stukken geleverd?"),
        description=_l("Bijvoorbeeld: geanonimiseerd, in dit portaal."),
        validators=[_FILLED, _TEXT],
    )
    deliver_by = DateField(_l("Wanneer zijn de stukken er?"), validators=[DataRequired(_l("Kies een dag."))])
    review = SelectField(
        _l("Hoe lang heeft de deskundige de tijd?"),
        choices=[
            ("P2W", _l("2 weken (zoals in het convenant)")),
            ("P3W", _l("3 weken")),
            ("P4W", _l("4 weken")),
            ("P6W", _l("6 weken")),
        ],
        default="P2W",
    )
    definitions = TextAreaField(
        _l("Wat bedoelt u met lastige woorden, en wat vraagt u van de kwaliteit?"), validators=[_TEXT]
    )
    access_days = IntegerField(
        _l("Hoeveel dagen na het einde kan de andere partij nog bij de zaak?"),
        default=14,
        validators=[
            InputRequired(_l("Vul een getal in.")),
            NumberRange(min=0, max=MOST_ACCESS_DAYS, message=_l("Kies 0 tot en met 90 dagen.")),
        ],
    )


class RegistrationForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """A profession with a registration that is valid today (CV2.3)."""

    profession = SelectField(
        _l("Welk beroep?"),
        choices=choices(PROFESSIONS),
        default="orthopedagogue",
        validators=[_FILLED],
    )
    register = SelectField(_l("In welk register?"), choices=choices(REGISTERS), default="NVO", validators=[_FILLED])
    number = StringField(_l("Registratienummer"), validators=[_FILLED, Length(max=20)])
    valid_from = DateField(_l("Geregistreerd sinds"), validators=[DataRequired(_l("Kies een dag."))])
    valid_until = DateField(_l("Geregistreerd tot en met"), validators=[Optional()])


class ExpertForm(RegistrationForm):
    """Whom the partner's contact person assigns as a guest: one of the partner's accounts here."""

    account_id = SelectField(_l("Wie is de deskundige?"), validators=[DataRequired(_l("Kies een deskundige."))])


class NamedExpertForm(RegistrationForm):
    """Whom the partner's contact person assigns in their own portal, by name and address (CV2.3, CV2.4)."""

    name = StringField(_l("Naam van de deskundige"), validators=[_FILLED, Length(max=120)])
    email = StringField(
        _l("E-mailadres van de deskundige"),
        description=_l("De aanvrager maakt hiermee een account in zijn portaal. De deskundige leest de stukken daar."),
        validators=[_FILLED, Length(max=254)],
    )


class TextForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """A message, a question, an answer or a reason."""

    text = TextAreaField(_l("Uw bericht"), validators=[_FILLED, _TEXT])


class AnswerForm(TextForm):
    """The answer to one question."""

    question = HiddenField()


class ExtendForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """Four weeks more, why, and who pays the research (SO3, SO4)."""

    reason = TextAreaField(_l("Waarom is meer onderzoek nodig?"), validators=[_FILLED, _TEXT])
    payer = RadioField(
        _l("Wie betaalt het extra onderzoek?"),
        choices=choices(PAYERS),
        validators=[DataRequired(_l("Kies wie het extra onderzoek betaalt."))],
    )


class ReasonForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """Why."""

    reason = TextAreaField(_l("Waarom?"), validators=[DataRequired(_l("Schrijf waarom.")), _TEXT])


class DeclareForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """An expert promises confidentiality and says whether they were involved before (PR10.3, SO2)."""

    involved = RadioField(
        _l("Was u eerder bij deze leerling of dit dossier betrokken?"),
        choices=[("no", _l("nee")), ("yes", _l("ja"))],
        validators=[DataRequired(_l("Kies ja of nee."))],
    )
    confidential = BooleanField(
        _l("Ik beloof geheimhouding."), validators=[DataRequired(_l("Beloof eerst geheimhouding."))]
    )


class AdviceForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """The short text of an advice, in parts (CV2.2)."""

    seen = HiddenField()


for _name, _label in ADVICE.items():
    setattr(AdviceForm, _name, TextAreaField(_l(_label), validators=[Length(max=8000)]))


class WishForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """Parents, or the school for them, ask for a second opinion."""

    question = TextAreaField(
        _l("Wat wilt u dat een ander samenwerkingsverband bekijkt?"),
        description=_l("Schrijf in eigen woorden waar u het niet mee eens bent of aan twijfelt."),
        validators=[_FILLED, Length(max=2000)],
    )


def delivery_form(lines: Sequence[DocumentLine]) -> FlaskForm:
    """The form of a delivery over these documents: which to each part, a statement for each, and the form (CV4.5)."""
    named = [(line.document.id, line.file_name) for line in lines]
    fields: dict[str, Any] = {
        "once": HiddenField(),
        "form": RadioField(
            _l("In welke vorm levert u?"),
            choices=[
                ("anonymised", _l("geanonimiseerd")),
                ("expert", _l("met namen, alleen voor de deskundigen van deze zaak, in dit portaal")),
            ],
            default="anonymised",
            validators=[DataRequired(_l("Kies in welke vorm u levert."))],
        ),
        "why_identifiable": TextAreaField(
            _l("Met namen? Waarom maakt anonimiseren het werk te moeilijk?"), validators=[_TEXT]
        ),
        "sure": BooleanField(
            _l("Ik heb van elk stuk nagekeken of het juist, volledig en actueel is."),
            validators=[DataRequired(_l("Kijk eerst elk stuk na."))],
        ),
    }
    for part in PARTS:
        fields[f"part_{part}"] = SelectMultipleField(f"{part}. {gettext(PART_WORDS[part])}", choices=named)
        fields[f"missing_{part}"] = StringField(_l("Ontbreekt dit? Schrijf waarom."), validators=[Length(max=500)])
    for document_id, file_name in named:
        fields[f"said_{document_id}"] = StringField(
            gettext("Over %(name)s", name=file_name), validators=[Length(max=500)]
        )
    return type("DeliveryForm", (FlaskForm,), fields)()
