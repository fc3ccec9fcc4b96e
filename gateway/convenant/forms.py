"""Forms of convenants."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, Optional

from gateway.convenant import exchange, rules
from gateway.convenant.making import NAME_MAX, TEXT_MAX
from gateway.dossiers.rules import PURPOSES
from gateway.text import category_choices, choices

WORDS_MAX = 4000
CHOOSE = _l("Kies …")
TERMS = {
    "P1W": _l("één week"),
    "P2W": _l("twee weken"),
    "P3W": _l("drie weken"),
    "P4W": _l("vier weken"),
    "P6W": _l("zes weken"),
}
"""Terms of delivery that are offered; SO3 has two weeks, and four more when research is needed."""


class NewForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """A convenant begins: which kind, how it is called, with whom."""

    kind = HiddenField()
    name = StringField(
        _l("Hoe heet het convenant?"),
        validators=[DataRequired(_l("Geef het convenant een naam.")), Length(max=NAME_MAX)],
    )
    partner_ids = SelectMultipleField(
        _l("Met wie sluit u het?"), validators=[DataRequired(_l("Kies met wie u dit convenant sluit."))]
    )


class TextForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """The text: typed here, or a document that was added."""

    change = TextAreaField(
        _l("Wat verandert er, en waarom?"),
        description=_l("De andere partij leest dit bij de tekst. Bij de eerste tekst mag u dit leeg laten."),
        validators=[Length(max=WORDS_MAX)],
    )
    document_id = SelectField(_l("Is de tekst een document?"), validators=[Optional()])
    text = TextAreaField(
        _l("Of typ de tekst hier"),
        description=_l("Eén van de twee: een document of getypte tekst."),
        validators=[Length(max=TEXT_MAX)],
    )


class SignForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """Signing in the portal: by which authority; `seen` is the hash that stood on the page."""

    seen = HiddenField()
    authority = RadioField(
        _l("Op grond waarvan tekent u?"),
        choices=choices(rules.AUTHORITIES),
        validators=[DataRequired(_l("Kies op grond waarvan u tekent."))],
    )
    ground = StringField(
        _l("Waaruit blijkt het mandaat of de volmacht?"),
        description=_l("Alleen nodig als u met een mandaat of volmacht tekent. Bijvoorbeeld: besluit van 3 maart."),
        validators=[Length(max=300)],
    )
    also_for = SelectMultipleField(_l("Tekent u met volmacht ook voor deze organisaties?"), validators=[Optional()])


class PaperForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """A signature on paper, as the scan shows it."""

    party_id = SelectField(_l("Welke partij tekende?"), validators=[DataRequired(_l("Kies de partij."))])
    name = StringField(_l("Wie tekende er?"), validators=[DataRequired(_l("Schrijf wie er tekende.")), Length(max=300)])
    function = StringField(
        _l("In welke functie?"), validators=[DataRequired(_l("Schrijf in welke functie.")), Length(max=300)]
    )
    authority = RadioField(
        _l("Op grond waarvan?"),
        choices=choices(rules.AUTHORITIES),
        validators=[DataRequired(_l("Kies op grond waarvan er is getekend."))],
    )
    ground = StringField(
        _l("Waaruit blijkt het mandaat of de volmacht?"),
        description=_l("Alleen nodig bij een mandaat of volmacht."),
        validators=[Length(max=300)],
    )
    signed_on = DateField(_l("Op welke dag is getekend?"), validators=[DataRequired(_l("Vul een geldige datum in."))])
    document_id = SelectField(
        _l("Welk getekend stuk?"), validators=[DataRequired(_l("Voeg eerst het getekende stuk toe."))]
    )


class ContactForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """Appointing a contact person or a deputy of one's own organisation."""

    account_id = SelectField(_l("Wie wijst u aan?"), validators=[DataRequired(_l("Kies wie u aanwijst."))])
    kind = RadioField(
        _l("Als wat?"),
        choices=[("contact", _l("contactpersoon, in plaats van de vorige")), ("deputy", _l("plaatsvervanger"))],
        validators=[DataRequired(_l("Kies contactpersoon of plaatsvervanger."))],
    )
    valid_from = DateField(_l("Vanaf welke dag?"), validators=[DataRequired(_l("Vul een geldige datum in."))])
    valid_until = DateField(
        _l("Tot en met welke dag?"),
        description=_l("Bij een plaatsvervanger altijd. Bij een contactpersoon mag u dit leeg laten."),
        validators=[Optional()],
    )


class AgreementForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """Proposing agreements on deliveries."""

    manner = RadioField(
        _l("Hoe levert u?"),
        choices=choices(rules.MANNERS),
        validators=[DataRequired(_l("Kies hoe u levert."))],
    )
    term = SelectField(
        _l("Binnen welke termijn?"), choices=list(TERMS.items()), validators=[DataRequired(_l("Kies een termijn."))]
    )
    definitions = TextAreaField(
        _l("Wat bedoelt u met welke woorden?"),
        description=_l("Alleen als het anders onduidelijk is."),
        validators=[Length(max=WORDS_MAX)],
    )
    quality = TextAreaField(_l("Waaraan moeten de gegevens voldoen?"), validators=[Length(max=WORDS_MAX)])


class WordsForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """One text; its page says what for."""

    text = TextAreaField(_l("Uw tekst"), validators=[DataRequired(_l("Schrijf iets.")), Length(max=WORDS_MAX)])


class ConsultForm(WordsForm):
    """The consultation before a notice."""

    held_on = DateField(_l("Op welke dag was het overleg?"), validators=[DataRequired(_l("Vul een geldige datum in."))])


class NoticeForm(WordsForm):
    """Giving notice: the word typed by hand is the confirmation."""

    typed = StringField(
        _l("Typ het woord opzeggen"),
        description=_l("Zo weten wij dat u het bewust doet."),
        validators=[DataRequired(_l("Typ het woord opzeggen."))],
    )


class EndForm(WordsForm):
    """Proposing to end it together."""

    last_day = DateField(
        _l("Wat is de laatste dag?"),
        description=_l("Een verzoek op die dag telt nog mee. Daarna worden nieuwe verzoeken geweigerd."),
        validators=[DataRequired(_l("Vul een geldige datum in."))],
    )


class PartyForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """A further organisation in a regional convenant."""

    organisation_id = SelectField(_l("Welke organisatie?"), validators=[DataRequired(_l("Kies een organisatie."))])


class ExchangeForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """One line of who may exchange what with whom."""

    giver = SelectField(_l("Wie geeft?"), validators=[DataRequired(_l("Kies wie geeft."))])
    receiver = SelectField(_l("Wie ontvangt?"), validators=[DataRequired(_l("Kies wie ontvangt."))])
    categories = SelectMultipleField(
        _l("Welke soorten gegevens?"),
        choices=category_choices(),
        validators=[DataRequired(_l("Kies welke soorten gegevens."))],
    )
    purposes = SelectMultipleField(
        _l("Waarvoor?"),
        choices=choices({name: PURPOSES[name] for name in exchange.PURPOSES}),
        validators=[DataRequired(_l("Kies waarvoor."))],
    )


class ProxyForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """A volmacht, as its document says it."""

    holder = SelectField(_l("Welke partij heeft de volmacht?"), validators=[DataRequired(_l("Kies de partij."))])
    name = StringField(
        _l("Wie mag er tekenen?"),
        description=_l("De persoon, met functie."),
        validators=[DataRequired(_l("Schrijf wie de volmacht heeft.")), Length(max=300)],
    )
    parties = SelectMultipleField(
        _l("Voor welke organisaties?"), validators=[DataRequired(_l("Kies voor welke organisaties."))]
    )
    given_on = DateField(
        _l("Op welke dag is de volmacht gegeven?"), validators=[DataRequired(_l("Vul een geldige datum in."))]
    )
    valid_until = DateField(_l("Tot en met welke dag geldt zij?"), validators=[Optional()])
    document_id = SelectField(_l("Welk document?"), validators=[DataRequired(_l("Voeg eerst het document toe."))])
