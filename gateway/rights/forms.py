"""The forms of a request: what a parent or pupil asks, what staff enter from paper, and the officer's steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, Optional

from gateway.rights.asking import NewRequest, OnPaper
from gateway.rights.rules import KINDS, MOST_ITEMS, NAME_MAX, OTHER, TEXT_MAX, NewItem
from gateway.rights_words import CHANGES, COMPLAINT_OUTCOMES, FIELDS, OUTCOMES
from gateway.text import choices, date_text, word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from gateway.rights.asking import Asker
    from gateway.rights.queries import RequestLine

_TEXT = Length(max=TEXT_MAX, message=_l("Schrijf ten hoogste 4000 tekens."))
_NAME = Length(max=NAME_MAX, message=_l("Schrijf ten hoogste 200 tekens."))
_FILLED = DataRequired(_l("Vul dit in."))
_A_DAY = _l("Vul een geldige datum in.")
_CHOOSE = ("", _l("Kies …"))
KIND = "<any('inzage','correctie','verzet','beperking','wissing','overdracht','klacht'):what>"
"""The part of an address that names a right."""
QUESTIONS: dict[str, Any] = {
    "inzage": _l("Wilt u iets bepaalds zien?"),
    "correctie": _l("Wilt u er nog iets bij zeggen?"),
    "verzet": _l("Wat is uw eigen situatie, en waarom wilt u dit daarom niet?"),
    "beperking": _l("Waarom wilt u dat de gegevens zolang niet worden gebruikt?"),
    "wissing": _l("Welke gegevens moeten weg, en waarom?"),
    "overdracht": _l("Wilt u er iets bij zeggen?"),
    "klacht": _l("Waar gaat uw klacht over?"),
}


class AskForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """What is asked. `for_kind` makes the form of one right, with its own question and its items."""

    places: int = 0
    text = TextAreaField(validators=[Optional(), _TEXT])
    assisted = StringField(
        _l("Helpt iemand u hierbij?"),
        description=_l("Schrijf wie, bijvoorbeeld: mijn zus. U mag u altijd laten helpen."),
        validators=[Optional(), _NAME],
    )
    language = RadioField(
        _l("In welke taal wilt u onze brieven?"),
        choices=[("nl", _l("Nederlands")), ("en", _l("Engels, met de Nederlandse tekst erbij"))],
        default="nl",
        validators=[DataRequired(_l("Kies een taal."))],
    )

    def items(self) -> tuple[NewItem, ...]:
        """What is pointed at; a block that was left empty does not count, unless it is the only one."""
        found = [self._item(place) for place in range(self.places)]
        filled = [item for item in found if item.wrong.strip() or item.should_be.strip() or item.document_id]
        return tuple(filled or found[:1])

    def _item(self, place: int) -> NewItem:
        about = str(self[f"about-{place}"].data or "")
        kind, _, value = about.partition(":")
        return NewItem(
            change=str(self[f"change-{place}"].data or ""),
            wrong=str(self[f"wrong-{place}"].data or ""),
            should_be=str(self[f"should_be-{place}"].data or ""),
            document_id=value if kind == "document" else None,
            field=value if kind == "field" else None,
        )

    def new(self, kind: str) -> NewRequest:
        """What was typed."""
        return NewRequest(
            kind=kind,
            text=self.text.data or "",
            assisted=self.assisted.data or "",
            language=self.language.data or "nl",
            items=self.items(),
        )


F = TypeVar("F", bound=AskForm)


class PaperForm(AskForm):
    """The same, with who wrote it, when it came, and the scan."""

    asker = RadioField(_l("Wie vraagt dit?"), validators=[DataRequired(_l("Kies wie dit vraagt."))])
    who = StringField(
        _l("Naam van iemand anders"),
        description=_l("Alleen als u “iemand anders” koos. Zo iemand krijgt antwoord, maar geen gegevens."),
        validators=[Optional(), _NAME],
    )
    received_on = DateField(
        _l("Wanneer kwam het binnen?"),
        description=_l("Vanaf deze dag telt de termijn."),
        validators=[DataRequired(_A_DAY)],
    )
    identified = TextAreaField(
        _l("Hoe is vastgesteld wie dit is?"),
        description=_l("Bijvoorbeeld: paspoort gezien aan de balie, door wie. Bewaar geen kopie van het bewijs."),
        validators=[_FILLED, _TEXT],
    )
    scan_id = SelectField(
        _l("De scan van het verzoek"),
        validators=[DataRequired(_l("Kies de scan van het verzoek. Voeg die eerst toe."))],
    )
    street = StringField(_l("Straat en huisnummer voor de brief"), validators=[Optional(), _NAME])
    postcode = StringField(_l("Postcode"), validators=[Optional(), _NAME])
    town = StringField(_l("Plaats"), validators=[Optional(), _NAME])

    def offer(self, askers: Sequence[Asker], scans: Sequence[tuple[str, str]]) -> None:
        """Who can have asked, and the scans that lie in the dossier."""
        self.asker.choices = [
            *((each.key, f"{each.name} ({word(each.capacity, 'right_capacity')})") for each in askers),
            (OTHER, gettext("iemand anders")),
        ]
        self.scan_id.choices = [_CHOOSE, *scans]

    def paper(self) -> OnPaper:
        """What was typed of the paper."""
        return OnPaper(
            asker=self.asker.data,
            who=self.who.data or "",
            received_on=self.received_on.data,
            identified=self.identified.data,
            scan_id=self.scan_id.data or None,
            street=self.street.data or "",
            postcode=self.postcode.data or "",
            town=self.town.data or "",
        )


def for_kind(form: type[F], kind: str, points: Sequence[tuple[str, str, date]], sent: Mapping[str, str]) -> F:
    """The form for one right; a correctie has as many blocks as were asked for, and each can be left empty."""
    places = asked_places(sent) if KINDS[kind].items else 0
    fields: dict[str, Any] = {"places": places}
    about = [
        _CHOOSE,
        *((f"document:{document}", _called(name, day)) for document, name, day in points),
        *((f"field:{code}", word(code, "right_field")) for code in FIELDS),
    ]
    for place in range(places):
        fields[f"about-{place}"] = SelectField(_l("Waar gaat het om?"), choices=about, validators=[Optional()])
        fields[f"change-{place}"] = RadioField(
            _l("Wat moeten wij doen?"),
            description=_l("Afschermen kan alleen bij een stuk."),
            choices=choices(CHANGES),
            validators=[Optional()],
        )
        fields[f"wrong-{place}"] = TextAreaField(_l("Wat klopt er niet?"), validators=[Optional(), _TEXT])
        fields[f"should_be-{place}"] = TextAreaField(
            _l("Wat moet er staan?"),
            description=_l("Bij verbeteren en aanvullen. Bij verwijderen of afschermen mag u dit leeg laten."),
            validators=[Optional(), _TEXT],
        )
    made: F = type(form.__name__, (form,), fields)()
    made.text.label.text = QUESTIONS[kind]
    if KINDS[kind].reasons:
        made.text.flags.required = True
        made.text.validators = [_FILLED, _TEXT]
    return made


def _called(kind: str, day: date) -> str:
    return str(gettext("%(kind)s, van %(day)s", kind=word(kind, "kind"), day=date_text(day)))


def asked_places(sent: Mapping[str, str]) -> int:
    """How many blocks the page has, from what was sent: one more each time it was asked."""
    text = sent.get("places", "1")
    asked = int(text) if text.isascii() and text.isdigit() and len(text) <= 2 else 1  # noqa: PLR2004 - two digits are enough
    return min(max(asked, 1) + ("more" in sent), MOST_ITEMS)


class StepForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """A step without words of its own; `seen` is the version of the request that the officer saw."""

    seen = HiddenField()


class AskProofForm(StepForm):
    """Which proof is asked."""

    proof = TextAreaField(
        _l("Welk bewijs vraagt u, en waarom twijfelt u?"),
        description=_l("Dit komt in de brief. Vraag niet meer dan nodig is, en geen kopie van een identiteitsbewijs."),
        validators=[_FILLED, _TEXT],
    )


class ProofInForm(StepForm):
    """The proof arrived."""

    on = DateField(
        _l("Wanneer kwam het bewijs?"),
        description=_l("Deze dag telt nog als stilstand. Daarna loopt de termijn weer."),
        validators=[DataRequired(_A_DAY)],
    )
    how = TextAreaField(
        _l("Wat zag u, en wie controleerde het?"),
        description=_l("Schrijf geen nummers van een identiteitsbewijs op."),
        validators=[_FILLED, _TEXT],
    )


class ExtendForm(StepForm):
    """A longer term."""

    weeks = SelectField(_l("Met hoeveel weken?"), coerce=int, validators=[DataRequired(_l("Kies met hoeveel weken."))])
    why = TextAreaField(
        _l("Waarom hebt u meer tijd nodig?"), description=_l("Dit komt in de brief."), validators=[_FILLED, _TEXT]
    )

    def offer(self, most: int) -> None:
        """One to as many weeks as the law gives."""
        self.weeks.choices = [(number, str(number)) for number in range(1, most + 1)]


class DecideForm(StepForm):
    """The decision; `for_line` adds a choice for each item of a correctie."""

    outcome = RadioField(_l("Wat beslist u?"), validators=[DataRequired(_l("Kies wat u beslist."))])
    reasons = TextAreaField(
        _l("Waarom?"),
        description=_l("In gewone taal: dit komt in de brief. Noem wat u toewijst, wat niet, en waarom niet."),
        validators=[DataRequired(_l("Schrijf waarom u zo beslist. Dit komt in de brief.")), _TEXT],
    )
    article = StringField(_l("Op welk artikel rust dit?"), validators=[Optional(), Length(max=60)])
    excessive = BooleanField(
        _l("Afgewezen omdat het verzoek kennelijk ongegrond of buitensporig is (AVG 12, lid 5)"),
        description=_l(
            "Bijvoorbeeld steeds hetzelfde verzoek. U moet kunnen laten zien waarom, ook bij de toezichthouder."
        ),
    )


def decide_form(line: RequestLine) -> DecideForm:
    """The form that decides on this request."""
    fields: dict[str, Any] = {}
    for item in line.items:
        fields[f"item-{item.row.id}"] = RadioField(
            _l("Dit onderdeel"),
            choices=[("granted", word("granted", "right_outcome")), ("refused", word("refused", "right_outcome"))],
            validators=[DataRequired(_l("Beslis over elk onderdeel."))],
        )
        fields[f"because-{item.row.id}"] = TextAreaField(
            _l("Waarom dit onderdeel niet?"), validators=[Optional(), _TEXT]
        )
    form: DecideForm = type("DecideForm", (DecideForm,), fields)()
    form.outcome.choices = choices(COMPLAINT_OUTCOMES if line.row.kind == "klacht" else OUTCOMES)
    if not form.is_submitted():
        form.article.data = KINDS[line.row.kind].article
    return form


class CarryOutForm(StepForm):
    """What was done."""

    how = TextAreaField(
        _l("Wat is er gedaan?"),
        description=_l("Wie het vroeg, leest dit op zijn eigen pagina."),
        validators=[_FILLED, _TEXT],
    )


class WithdrawnForm(StepForm):
    """A request on paper that was taken back on paper."""

    why = TextAreaField(_l("Hoe en wanneer is het ingetrokken?"), validators=[_FILLED, _TEXT])


class ProofForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """The answer of who asked to the question for proof."""

    answer = TextAreaField(
        _l("Uw antwoord"),
        description=_l(
            "Bijvoorbeeld: ik was vandaag op school en liet mijn paspoort zien. Stuur geen kopie van een "
            "identiteitsbewijs."
        ),
        validators=[DataRequired(_l("Schrijf uw antwoord.")), _TEXT],
    )


class SearchForm(FlaskForm):  # type: ignore[misc] # flask-wtf ships no types
    """A pupil to enter a request on paper for."""

    zoek = StringField(_l("Naam of BSN van de leerling"), validators=[_FILLED, _NAME])
