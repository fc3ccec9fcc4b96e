"""Forms of a verstrekking and of a consent."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from gateway.consent.usecases import CAPACITIES, COVERABLE
from gateway.dossiers.rules import DISCLOSED_FOR, NAME_MAX, PURPOSES, TEXT_MAX
from gateway.text import category_choices, choices

RECIPIENT_KINDS = {
    "partner_swv": "partner-samenwerkingsverband",
    "school_board": "andere school of ander bestuur",
    "expert": "deskundige",
    "municipality": "gemeente",
    "youth_care": "jeugdhulp",
}


class ChoiceForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """The first step: what is disclosed, to whom, for what and on which basis."""

    document_ids = SelectMultipleField(
        _l("Welke stukken verstrekt u?"), validators=[DataRequired(_l("Kies ten minste één stuk."))]
    )
    recipient_id = SelectField(_l("Aan wie?"), validators=[DataRequired(_l("Kies aan wie u verstrekt."))])
    purpose = SelectField(
        _l("Waarvoor?"),
        choices=[("", _l("Kies …")), *choices(DISCLOSED_FOR)],
        validators=[DataRequired(_l("Kies waarvoor u verstrekt."))],
    )
    identifiable = RadioField(
        _l("Hoe gaan de stukken weg?"),
        description=_l(
            "Naar de eigen school van de leerling, en als een wet het verplicht, gaan stukken altijd met naam."
        ),
        choices=[
            ("0", _l("geanonimiseerd: niets wijst naar de leerling of het gezin")),
            ("1", _l("met naam, omdat anonimiseren het werk hindert; u schrijft op waarom")),
        ],
        default="0",
        validators=[DataRequired(_l("Kies hoe de stukken weggaan."))],
    )
    basis = RadioField(
        _l("Op welke grondslag?"),
        choices=[
            ("consent", _l("toestemming van ouders of leerling")),
            ("law", _l("een wet")),
            ("public_task", _l("publieke taak")),
            ("legitimate_interest", _l("gerechtvaardigd belang")),
        ],
        validators=[DataRequired(_l("Kies de grondslag."))],
    )


CHOSEN_FIRST = ("document_ids", "recipient_id", "purpose", "basis")


class VerstrekkingForm(ChoiceForm):
    """The whole: the second step asks only what the chosen basis and recipient need."""

    consent_id = SelectField(_l("Welke toestemming?"), validators=[Optional()])
    law = SelectField(_l("Welke wet?"), validators=[Optional()])
    evidence = TextAreaField(
        _l("Waar blijkt dat uit?"),
        description=_l("Bijvoorbeeld: de brief van de rechtbank van 3 november 2026, of waarom uw taak dit vraagt."),
        validators=[Length(max=TEXT_MAX)],
    )
    recipient_person = StringField(_l("Voor wie bij deze organisatie?"), validators=[Length(max=NAME_MAX)])
    expert_id = SelectField(_l("Voor welke deskundige?"), validators=[Optional()])
    why_identifiable = TextAreaField(
        _l("Waarom kunnen de stukken niet geanonimiseerd?"),
        description=_l("Schrijf waarom de ontvanger moet weten om welke leerling het gaat."),
        validators=[Length(max=TEXT_MAX)],
    )
    statement = TextAreaField(
        _l("Zijn de gegevens juist, volledig en actueel?"),
        description=_l("Dit staat bij de stukken. Noem ook wat de ontvanger moet weten om ze goed te gebruiken."),
        validators=[DataRequired(_l("Schrijf of de gegevens juist, volledig en actueel zijn.")), Length(max=TEXT_MAX)],
    )
    open_until = DateField(
        _l("Tot en met welke dag kan de ontvanger de stukken ophalen?"),
        description=_l("Ten hoogste 28 dagen. Daarna sluit de verstrekking vanzelf."),
        validators=[Optional()],
    )


class MapBackForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """An advice in which replacements stand for names."""

    text = TextAreaField(
        _l("De tekst van het advies"),
        validators=[DataRequired(_l("Plak hier de tekst van het advies.")), Length(max=100_000)],
    )


class CodedForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """Dossiers as coded fields: for whom, for what, which."""

    recipient_id = SelectField(_l("Aan wie?"), validators=[DataRequired(_l("Kies aan wie u verstrekt."))])
    purpose = SelectField(
        _l("Waarvoor?"),
        choices=[
            ("", _l("Kies …")),
            *choices({name: DISCLOSED_FOR[name] for name in ("research", "policy", "evaluation")}),
        ],
        validators=[DataRequired(_l("Kies waarvoor u verstrekt."))],
    )
    recipient_person = StringField(_l("Voor wie bij deze organisatie?"), validators=[Length(max=NAME_MAX)])
    evidence = TextAreaField(
        _l("Waar blijkt dat uit?"),
        description=_l("Bijvoorbeeld: de opdracht of de overeenkomst, met de datum."),
        validators=[Length(max=TEXT_MAX)],
    )
    periods = SelectMultipleField(
        _l("Welke half jaren van aanmelding?"), description=_l("Niets gekozen: alle."), validators=[Optional()]
    )


class RejectForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """Why a second person says no."""

    reason = TextAreaField(_l("Waarom wijst u dit af?"), validators=[Length(max=TEXT_MAX)])


class ConsentForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """A consent as staff record it."""

    given_by = RadioField(
        _l("Wie gaf de toestemming?"),
        choices=choices(CAPACITIES),
        validators=[DataRequired(_l("Kies wie de toestemming gaf."))],
    )
    guardian = SelectField(
        _l("Welke ouder uit het dossier is dit?"),
        description=_l("Of deze ouder gezag heeft, staat dan in het dossier."),
        validators=[Optional()],
    )
    giver_name = StringField(
        _l("Naam"),
        description=_l("Alleen als u hierboven niemand koos."),
        validators=[Length(max=300)],
    )
    has_authority = BooleanField(
        _l("Heeft ouderlijk gezag"), description=_l("Zonder gezag telt de toestemming van een ouder niet.")
    )
    given_on = DateField(_l("Op welke dag?"), validators=[DataRequired(_l("Vul een geldige datum in."))])
    purposes = SelectMultipleField(
        _l("Waarvoor geldt de toestemming?"),
        choices=choices(PURPOSES),
        validators=[DataRequired(_l("Kies ten minste één doel."))],
    )
    recipients = SelectMultipleField(
        _l("Aan wie mag worden verstrekt?"),
        choices=choices(RECIPIENT_KINDS),
        validators=[DataRequired(_l("Kies ten minste één soort ontvanger."))],
    )
    categories = SelectMultipleField(
        _l("Voor welke gegevens?"),
        description=_l(
            "Gegevens over gezondheid staan er niet bij: die gaan naar niemand anders, ook niet met toestemming."
        ),
        choices=[choice for choice in category_choices() if choice[0] in COVERABLE],
        validators=[DataRequired(_l("Kies ten minste één soort gegevens."))],
    )
    valid_until = DateField(
        _l("Tot en met welke dag?"),
        description=_l("Leeg: tot de toestemming wordt ingetrokken."),
        validators=[Optional()],
    )
    evidence_document_id = SelectField(_l("Welk getekend formulier is het bewijs?"), validators=[Optional()])
    evidence = TextAreaField(
        _l("Of: waar ligt het bewijs?"),
        description=_l("Bijvoorbeeld: getekend formulier van 3 november 2026, in de kast van de school."),
        validators=[Length(max=2000)],
    )


class AskForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """What the SWV asks the parents or the pupil."""

    purposes = SelectMultipleField(
        _l("Waarvoor vraagt u toestemming?"),
        choices=choices(PURPOSES),
        validators=[DataRequired(_l("Kies ten minste één doel."))],
    )
    recipients = SelectMultipleField(
        _l("Aan wie wilt u verstrekken?"),
        choices=choices(RECIPIENT_KINDS),
        validators=[DataRequired(_l("Kies ten minste één soort ontvanger."))],
    )
    categories = SelectMultipleField(
        _l("Welke gegevens?"),
        description=_l(
            "Gegevens over gezondheid staan er niet bij: die gaan naar niemand anders, ook niet met toestemming."
        ),
        choices=[choice for choice in category_choices() if choice[0] in COVERABLE],
        validators=[DataRequired(_l("Kies ten minste één soort gegevens."))],
    )
    valid_until = DateField(
        _l("Tot en met welke dag?"),
        description=_l("Leeg: tot de toestemming wordt ingetrokken."),
        validators=[Optional()],
    )
    explanation = TextAreaField(
        _l("Waarom vraagt u dit?"),
        description=_l(
            "Ouders lezen deze tekst. Schrijf kort en gewoon: wat wilt u doen, en wat heeft het kind eraan?"
        ),
        validators=[DataRequired(_l("Schrijf voor ouders waarom u dit vraagt.")), Length(max=2000)],
    )


class WithdrawConsentForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """How staff know that the giver withdraws."""

    reason = StringField(
        _l("Hoe vroeg de ouder of leerling dit?"),
        description=_l("Bijvoorbeeld: brief van 3 november 2026."),
        validators=[Length(max=500)],
    )
