"""Forms of the administrator."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    HiddenField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, Optional

from gateway.access.rules import PROFESSIONS, REGISTERS
from gateway.accounts.rules import ORGANISATION_KINDS
from gateway.text import category_choices, choices


class OrganisationForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """A new organisation."""

    kind = SelectField(_l("Soort organisatie"), choices=choices(ORGANISATION_KINDS), validators=[DataRequired()])
    name = StringField(_l("Naam"), validators=[DataRequired(_l("Vul de naam in.")), Length(max=200)])
    brin = StringField(
        _l("BRIN met vestigingsnummer"),
        description=_l("Alleen voor een school, bijvoorbeeld 99ZX00."),
        validators=[Length(max=6)],
    )
    parent_id = SelectField(_l("Hoort bij bestuur"), validators=[Optional()])


class InviteForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """Who is invited, where and in which role."""

    organisation_id = SelectField(_l("Organisatie"), validators=[DataRequired()])
    role = SelectField(_l("Rol"), validators=[DataRequired()])
    name = StringField(_l("Naam"), validators=[DataRequired(_l("Vul de naam in.")), Length(max=200)])
    function = StringField(
        _l("Functie"),
        description=_l("Ouders zien deze functie. Bijvoorbeeld: intern begeleider."),
        validators=[Length(max=100)],
    )
    email = EmailField(_l("E-mailadres"), validators=[DataRequired(_l("Vul het e-mailadres in.")), Length(max=320)])


class AccessForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """One line of the access list (appendix 1). `version` is what its writer saw."""

    version = HiddenField()
    account_id = SelectField(_l("Wie"), validators=[DataRequired()])
    motivation = TextAreaField(
        _l("Waarom heeft deze persoon toegang nodig?"),
        validators=[DataRequired(_l("Schrijf waarom deze persoon toegang nodig heeft.")), Length(max=2000)],
    )
    categories = SelectMultipleField(
        _l("Welke gegevens"),
        choices=category_choices(),
        validators=[DataRequired(_l("Kies ten minste één soort gegevens."))],
    )
    scope = RadioField(
        _l("Van welke dossiers"),
        choices=[
            ("tenant", _l("alle dossiers van het samenwerkingsverband")),
            ("schools", _l("dossiers van bepaalde scholen")),
            ("dossier", _l("één dossier")),
        ],
        validators=[DataRequired(_l("Kies voor welke dossiers dit geldt."))],
    )
    school_ids = SelectMultipleField(_l("Welke scholen"), validators=[Optional()])
    reference = StringField(
        _l("Kenmerk van het dossier"),
        description=_l("Acht tekens, zoals K7QM-2XPD. De school ziet het bovenaan het dossier."),
        validators=[Length(max=20)],
    )
    valid_from = DateField(_l("Vanaf"), validators=[DataRequired(_l("Vul de begindatum in."))])
    valid_until = DateField(
        _l("Tot en met"), description=_l("Leeg laten als er geen einddatum is."), validators=[Optional()]
    )
    profession = SelectField(_l("Beroep"), choices=[("", _l("geen")), *choices(PROFESSIONS)], validators=[Optional()])
    register = SelectField(_l("Register"), choices=[("", _l("geen")), *choices(REGISTERS)], validators=[Optional()])
    register_number = StringField(_l("Registratienummer"), validators=[Length(max=20)])
    register_from = DateField(_l("Geregistreerd sinds"), validators=[Optional()])
    register_until = DateField(_l("Registratie geldig tot en met"), validators=[Optional()])


class DecideForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """Approve, reject, end or confirm an entry: what was seen, and why."""

    version = HiddenField()
    reason = TextAreaField(_l("Waarom?"), validators=[Length(max=2000)])


class LeaveForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """Someone leaves: who takes over the open work, and what they get of the access."""

    successor = SelectField(_l("Wie neemt het open werk over?"), validators=[Optional()])
    take_over_access = BooleanField(_l("Stel voor de opvolger dezelfde toegang voor"))


class ResetForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """Why someone's second step may be taken away."""

    reason = TextAreaField(
        _l("Hoe weet u dat deze persoon het zelf vraagt?"),
        description=_l("Bijvoorbeeld: ik sprak haar vandaag op school. Alleen de privacyfunctionaris leest dit."),
        validators=[DataRequired(_l("Schrijf op hoe u dat weet.")), Length(max=1000)],
    )


class SigningOutForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """After how long people are signed out."""

    idle = IntegerField(
        _l("Na hoeveel minuten zonder handeling?"),
        description=_l("Van 5 tot en met 60 minuten."),
        validators=[DataRequired(_l("Vul een aantal minuten in."))],
    )
    hours = IntegerField(
        _l("Na hoeveel uur in elk geval?"),
        description=_l("Van 1 tot en met 12 uur."),
        validators=[DataRequired(_l("Vul een aantal uren in."))],
    )


class SignOnForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """The provider at which people of an organisation sign in."""

    issuer = StringField(
        _l("Adres van de aanmelddienst (issuer)"),
        description=_l("Precies zoals de dienst het noemt, zoals https://login.voorbeeld.nl."),
        validators=[DataRequired(_l("Vul het adres van de aanmelddienst in.")), Length(max=300)],
    )
    client = StringField(_l("Client-id"), validators=[DataRequired(_l("Vul de client-id in.")), Length(max=200)])
    secret = PasswordField(
        _l("Geheim (client secret)"),
        description=_l("Leeg laten als het hetzelfde blijft. Wij tonen het nooit meer."),
        validators=[Length(max=500)],
    )
    domains = StringField(
        _l("Domeinen van uw e-mailadressen"),
        description=_l("Het deel achter de @, met een spatie ertussen. Zoals: school.nl leerplein.nl"),
        validators=[DataRequired(_l("Vul ten minste één domein in.")), Length(max=1000)],
    )
    strong = StringField(
        _l("Wanneer telt aanmelden daar als tweede stap?"),
        description=_l(
            "De waarden van acr (of amr: met amr: ervoor) waarbij de dienst een sterke tweede stap vroeg. "
            "Leeg: iedereen doet hier een tweede stap."
        ),
        validators=[Length(max=1000)],
    )
    member_claim = StringField(
        _l("Kenmerk dat de organisatie noemt (claim)"),
        description=_l("Zoals nlEduPersonHomeOrganizationId. Het geeft geen toegang; het weigert wie hier niet hoort."),
        validators=[Length(max=100)],
    )
    member_values = StringField(
        _l("Welke waarde hoort bij uw organisatie?"),
        description=_l("Leeg: het BRIN van de school van het account, met of zonder vestigingsnummer."),
        validators=[Length(max=1000)],
    )
    affiliation_claim = StringField(
        _l("Kenmerk dat zegt wat iemand er doet (claim)"),
        description=_l("Zoals eduPersonAffiliation."),
        validators=[Length(max=100)],
    )
    affiliation_values = StringField(
        _l("Welke waarden mogen zich aanmelden?"),
        description=_l("Zoals: employee staff. Dan kan een leerling zich niet aanmelden."),
        validators=[Length(max=1000)],
    )
    required = BooleanField(
        _l("Wie gekoppeld is, meldt zich altijd zo aan"),
        description=_l(
            "Een wachtwoord of passkey werkt dan niet meer. Voor beheerders wel, zodat u het kunt uitzetten."
        ),
    )


class StopSignOnForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """Stop signing in at the organisation."""

    links = BooleanField(_l("Verwijder ook alle koppelingen van mensen"))
