"""Forms of a dossier: the pupil, the description of a document, taking back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, Optional, ValidationError

from gateway.dossiers.rules import (
    DOCUMENT_KINDS,
    NAME_MAX,
    ORIGINS,
    PURPOSES,
    TEXT_MAX,
    Guardian,
    Pupil,
    check_bsn,
)
from gateway.dossiers.tables import NOBODY
from gateway.errors import InvalidInputError
from gateway.text import category_choices, choices, told

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.dossiers.guardians import Named

_NAME = Length(max=NAME_MAX, message=_l("Deze naam is te lang (ten hoogste 300 tekens)."))


def _required(sentence: Any) -> DataRequired:
    return DataRequired(sentence)


def _is_bsn(_form: Any, field: Any) -> None:
    """Said together with the other things that are wrong, not only after those are mended."""
    try:
        check_bsn(field.data)
    except InvalidInputError as problem:
        raise ValidationError(gettext(told(problem.message))) from problem


class PupilForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """The pupil, where they live, who speaks for them, and why the school asks."""

    first_name = StringField(_l("Voornaam of voornamen"), validators=[_required(_l("Vul de voornaam in.")), _NAME])
    infix = StringField(_l("Tussenvoegsel"), validators=[Length(max=30)])
    last_name = StringField(_l("Achternaam"), validators=[_required(_l("Vul de achternaam in.")), _NAME])
    born = DateField(_l("Geboortedatum"), validators=[_required(_l("Vul een geldige geboortedatum in."))])
    bsn = StringField(
        _l("Burgerservicenummer (BSN)"),
        description=_l("Negen cijfers. Wij controleren of het nummer kan kloppen."),
        validators=[_required(_l("Vul het burgerservicenummer in.")), Length(max=15), _is_bsn],
    )
    street = StringField(_l("Straat en huisnummer"), validators=[_required(_l("Vul het adres in.")), Length(max=200)])
    postcode = StringField(_l("Postcode"), validators=[_required(_l("Vul de postcode in.")), Length(max=8)])
    town = StringField(_l("Woonplaats"), validators=[_required(_l("Vul de woonplaats in.")), Length(max=100)])
    enrolled_from = DateField(
        _l("Ingeschreven op onze school sinds"), validators=[_required(_l("Vul een geldige datum in."))]
    )
    guardian1_name = StringField(_l("Naam"), validators=[_required(_l("Vul de naam in.")), _NAME])
    guardian1_relation = StringField(
        _l("Relatie tot de leerling"),
        description=_l("Bijvoorbeeld: moeder, vader, voogd."),
        validators=[Length(max=60)],
    )
    guardian1_contact = StringField(_l("Telefoon of e-mailadres"), validators=[Length(max=200)])
    guardian1_authority = BooleanField(_l("Heeft ouderlijk gezag"), default=True)
    guardian1_id = HiddenField()
    guardian2_id = HiddenField()
    guardian2_name = StringField(_l("Naam"), validators=[_NAME])
    guardian2_relation = StringField(_l("Relatie tot de leerling"), validators=[Length(max=60)])
    guardian2_contact = StringField(_l("Telefoon of e-mailadres"), validators=[Length(max=200)])
    guardian2_authority = BooleanField(_l("Heeft ouderlijk gezag"), default=True)
    reason = TextAreaField(
        _l("Waarom meldt u deze leerling aan?"),
        description=_l("Schrijf het kort en concreet. Noem alleen wat nodig is."),
        validators=[_required(_l("Schrijf kort waarom u dit dossier aanmeldt.")), Length(max=TEXT_MAX)],
    )
    version = HiddenField()

    def pupil(self) -> Pupil:
        """The pupil as typed."""
        guardians = [
            Guardian(
                name=self[f"guardian{number}_name"].data.strip(),
                relation=(self[f"guardian{number}_relation"].data or "").strip(),
                contact=(self[f"guardian{number}_contact"].data or "").strip(),
                has_authority=bool(self[f"guardian{number}_authority"].data),
                id=(self[f"guardian{number}_id"].data or "")[:32],
            )
            for number in (1, 2)
            if (self[f"guardian{number}_name"].data or "").strip()
        ]
        return Pupil(
            first_name=self.first_name.data.strip(),
            infix=(self.infix.data or "").strip(),
            last_name=self.last_name.data.strip(),
            born=self.born.data,
            bsn=self.bsn.data.strip(),
            street=self.street.data.strip(),
            postcode=self.postcode.data.strip().upper(),
            town=self.town.data.strip(),
            enrolled_from=self.enrolled_from.data,
            reason=self.reason.data.strip(),
            guardians=tuple(guardians),
        )

    def show(self, pupil: Pupil) -> None:
        """Fill the form with what is kept."""
        for name in (
            "first_name",
            "infix",
            "last_name",
            "born",
            "bsn",
            "street",
            "postcode",
            "town",
            "enrolled_from",
            "reason",
        ):
            self[name].data = getattr(pupil, name)
        for number, guardian in enumerate(pupil.guardians[:2], start=1):
            self[f"guardian{number}_name"].data = guardian.name
            self[f"guardian{number}_relation"].data = guardian.relation
            self[f"guardian{number}_contact"].data = guardian.contact
            self[f"guardian{number}_authority"].data = guardian.has_authority
            self[f"guardian{number}_id"].data = guardian.id


class DescriptionForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """What a document is (PR6.1, PR6.3, PR7)."""

    kind = SelectField(
        _l("Wat voor stuk is dit?"),
        choices=[("", _l("Kies …")), *choices(DOCUMENT_KINDS)],
        validators=[_required(_l("Kies wat voor stuk dit is."))],
    )
    categories = SelectMultipleField(
        _l("Welke gegevens staan erin?"),
        description=_l("Kies alles wat erin staat."),
        choices=category_choices(),
        validators=[_required(_l("Kies ten minste één soort gegevens die in dit stuk staat."))],
    )
    health = RadioField(
        _l("Gaat dit stuk ook over gezondheid, intelligentie (IQ) of sociaal-emotionele zaken?"),
        description=_l("Dan telt het als gezondheidsgegeven. Het krijgt de strengste bescherming."),
        choices=[("yes", _l("ja")), ("no", _l("nee"))],
        validators=[Optional()],
    )
    necessity = TextAreaField(
        _l("Waarom is dit nodig?"),
        description=_l("Verplicht als het stuk gaat over gezondheid of over godsdienst (PR6.3)."),
        validators=[Length(max=TEXT_MAX)],
    )
    origin = SelectField(
        _l("Van wie komt dit stuk?"),
        choices=[("", _l("Kies …")), *choices(ORIGINS)],
        validators=[_required(_l("Kies van wie dit stuk komt."))],
    )
    purpose = SelectField(
        _l("Waarvoor is het nodig?"),
        choices=[("", _l("Kies …")), *choices(PURPOSES)],
        validators=[_required(_l("Kies waarvoor dit stuk nodig is."))],
    )


class WithdrawForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """Why a document is taken back."""

    reason = TextAreaField(
        _l("Waarom trekt u dit stuk in?"), validators=[_required(_l("Schrijf kort waarom.")), Length(max=TEXT_MAX)]
    )


class ConfirmForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """A button with its CSRF token, and the typed name where harm is possible."""

    confirm_name = StringField()


class FamilyForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """Who of the family is let in, after identification at the desk."""

    capacity = RadioField(
        _l("Wie geeft u toegang?"),
        choices=[
            ("guardian", _l("ouder of wettelijk vertegenwoordiger")),
            ("data_subject", _l("de leerling zelf (16 jaar of ouder)")),
        ],
        validators=[_required(_l("Kies wie u toegang geeft."))],
    )
    guardian = SelectField(
        _l("Welke ouder uit het dossier is dit?"),
        description=_l(
            "Kies alleen wie u zelf hebt vastgesteld. Wij vergelijken geen namen. Bij de leerling: laat leeg."
        ),
        validate_choice=False,
    )
    name = StringField(_l("Naam"), validators=[_required(_l("Vul de naam in.")), _NAME])
    email = StringField(_l("E-mailadres"), validators=[_required(_l("Vul het e-mailadres in.")), Length(max=320)])
    has_authority = BooleanField(
        _l("Heeft ouderlijk gezag"), description=_l("Zonder gezag krijgt een ouder hier niets te zien.")
    )
    identified_by = StringField(
        _l("Hoe weet u wie dit is?"),
        description=_l("Bijvoorbeeld: paspoort gezien aan de balie. Bewaar geen kopie."),
        validators=[_required(_l("Schrijf hoe u hebt vastgesteld wie dit is.")), Length(max=200)],
    )


class BreakGlassForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """Break-glass: which dossier, as the school told it, and why it cannot wait."""

    told = StringField(
        _l("Kenmerk van het dossier, of het burgerservicenummer"),
        description=_l("Vraag de school per telefoon om het kenmerk. Het heeft acht tekens, zoals K7QM-2XPD."),
        validators=[DataRequired(_l("Vul in wat de school u heeft doorgegeven.")), Length(max=30)],
    )
    reason = TextAreaField(
        _l("Waarom kan dit niet wachten?"),
        description=_l("De privacyfunctionaris en de school lezen dit meteen."),
        validators=[DataRequired(_l("Schrijf in een hele zin waarom dit niet kan wachten.")), Length(max=2000)],
    )


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
        description=_l(
            "De eerste dag op de nieuwe school, of de eerste dag zonder inschrijving. Die dag mag nog komen."
        ),
        validators=[DataRequired(_l("Vul een geldige datum in."))],
    )
    confirm_name = StringField(
        _l("Typ ter bevestiging de naam van de leerling"),
        validators=[DataRequired(_l("Typ de naam van de leerling."))],
    )


class CourtOrderForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """A court order that limits a guardian (PRage)."""

    guardian = SelectField(
        _l("Over welke ouder gaat de uitspraak?"), validators=[_required(_l("Kies over wie de uitspraak gaat."))]
    )
    document_id = SelectField(
        _l("Welk stuk is de uitspraak?"),
        validators=[_required(_l("Kies het stuk met de uitspraak. Voeg het eerst toe."))],
    )
    from_day = DateField(_l("Vanaf welke dag?"), validators=[_required(_l("Vul een geldige datum in."))])
    until_day = DateField(
        _l("Tot en met welke dag?"), description=_l("Leeg: tot nader bericht."), validators=[Optional()]
    )
    note = TextAreaField(
        _l("Wat beperkt de uitspraak?"),
        description=_l("Kort, alleen wat nodig is. Bijvoorbeeld: geen informatie, geen toestemming."),
        validators=[Length(max=500)],
    )


class LinkForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """Whose account this is, after identification (PRage)."""

    guardian = SelectField(
        _l("Welke ouder uit het dossier is dit?"), validators=[_required(_l("Kies wie dit is in het dossier."))]
    )
    how = StringField(
        _l("Hoe weet u dat?"),
        description=_l("Bijvoorbeeld: paspoort gezien aan de balie. Bewaar geen kopie."),
        validators=[_required(_l("Schrijf hoe u hebt vastgesteld wie dit is.")), Length(max=200)],
    )


class EndOrderForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """The last day of a court order."""

    last_day = DateField(_l("Tot en met welke dag?"), validators=[Optional()])


class InformedForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """When a letter went out, or how someone was informed already (PR6.2)."""

    day = DateField(_l("Op welke dag?"), validators=[_required(_l("Vul een geldige datum in."))])
    how = StringField(
        _l("Hoe is deze persoon ingelicht?"),
        description=_l("Bijvoorbeeld: gesprek op school, met het formulier."),
        validators=[Length(max=500)],
    )


def guardian_choices(named: Iterable[Named]) -> list[tuple[str, str]]:
    """The guardians of the pupil's data to choose from, and none of them."""
    known = [(each.guardian_id or "", each.name) for each in named]
    return [("", gettext("Kies …")), *known, (NOBODY, gettext("iemand die niet bij de ouders in het dossier staat"))]
