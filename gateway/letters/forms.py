"""The forms of letters: the texts of a kind, the house style, and when a letter went out."""

from __future__ import annotations

from dataclasses import fields

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, DateField, HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from gateway.letter_words import WAYS
from gateway.letters.house import LINE_MAX, House
from gateway.letters.kinds import LANGUAGES
from gateway.letters.language import SUBJECT_MAX, TEXT_MAX, Text
from gateway.text import choices

_SUBJECT = _l("Schrijf een onderwerp van één regel, in ten hoogste 200 tekens.")
_BODY = _l("Schrijf de tekst van de brief, in ten hoogste 6000 tekens.")


class TextForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """The text of a kind of letter in both languages."""

    subject_nl = StringField(_l("Onderwerp"), validators=[DataRequired(_SUBJECT), Length(max=SUBJECT_MAX)])
    body_nl = TextAreaField(
        _l("Tekst van de brief"),
        description=_l("Een lege regel begint een nieuwe alinea. Velden staan tussen accolades."),
        validators=[DataRequired(_BODY), Length(max=TEXT_MAX + 500)],
    )
    subject_en = StringField(
        _l("Onderwerp in het Engels"), validators=[DataRequired(_SUBJECT), Length(max=SUBJECT_MAX)]
    )
    body_en = TextAreaField(
        _l("Tekst van de brief in het Engels"),
        description=_l("Voor ouders die daarom vragen. De Nederlandse brief gaat altijd mee."),
        validators=[DataRequired(_BODY), Length(max=TEXT_MAX + 500)],
    )

    def show(self, texts: dict[str, Text]) -> None:
        """Begin with these texts."""
        for language in LANGUAGES:
            self[f"subject_{language}"].data = texts[language].subject
            self[f"body_{language}"].data = texts[language].body

    def texts(self) -> dict[str, Text]:
        """The texts as typed."""
        return {
            language: Text(subject=self[f"subject_{language}"].data or "", body=self[f"body_{language}"].data or "")
            for language in LANGUAGES
        }


def _line(label: object, help_text: object = "", *, needed: object = None) -> StringField:
    validators = [Length(max=LINE_MAX, message=_l("Gebruik ten hoogste 200 tekens."))]
    if needed:
        validators.insert(0, DataRequired(needed))
    return StringField(label, description=help_text, validators=validators)


class HouseForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """Who writes, where one can go with a decision, and who signs."""

    seen = HiddenField()
    name = _line(_l("Naam boven de brief"), needed=_l("Vul de naam in waaronder u schrijft."))
    street = _line(_l("Straat en nummer, of postbus"), needed=_l("Vul straat en nummer of postbus in."))
    postcode = _line(_l("Postcode"), needed=_l("Vul de postcode in."))
    town = _line(_l("Plaats"), needed=_l("Vul de plaats in."))
    contact = _line(_l("Telefoon, e-mail of website"), _l("Komt boven de brief te staan."))
    objections = _line(
        _l("Waar maakt iemand bezwaar?"),
        _l("Naam, adres en plaats op één regel."),
        needed=_l("Vul in waar iemand bezwaar maakt: naam, adres en plaats."),
    )
    court = _line(
        _l("Welke rechtbank is bevoegd?"),
        _l("Naam, adres en plaats op één regel."),
        needed=_l("Vul de rechtbank in: naam, adres en plaats."),
    )
    signatory = _line(_l("Wie tekent de brieven?"), _l("Leeg: wie de brief maakt, staat eronder."))
    function = _line(_l("Functie van wie tekent"))
    on_behalf = _line(_l("Namens wie tekent deze persoon?"), _l("Bijvoorbeeld: het bestuur."))
    mandate = _line(_l("Volgens welk mandaat?"), _l("Bijvoorbeeld: mandaatbesluit van 1 maart 2026."))
    logo = FileField(_l("Logo"), description=_l("Een PNG van ten hoogste 500 kB. Leeg: het logo blijft zoals het is."))
    drop_logo = BooleanField(_l("Geen logo gebruiken"))

    def show(self, house: House, version: int) -> None:
        """Begin with this house style."""
        self.seen.data = str(version)
        for each in fields(House):
            self[each.name].data = getattr(house, each.name)

    def house(self) -> House:
        """The house style as typed."""
        return House(**{each.name: self[each.name].data or "" for each in fields(House)})

    def picture(self) -> bytes | None:
        """The logo that was chosen."""
        return self.logo.data.read() if self.logo.data else None


class HandForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """How and when a letter went out."""

    way = RadioField(
        _l("Hoe is de brief verstuurd?"),
        choices=choices(WAYS),
        validators=[DataRequired(_l("Kies hoe de brief is verstuurd."))],
    )
    on = DateField(_l("Op welke dag?"), validators=[DataRequired(_l("Vul een geldige datum in."))])
